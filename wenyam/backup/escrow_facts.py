"""When the envelope was made and proven, for whom, and whether it still fits: its facts, read and written. Pure.

A repository's key is in a fact only as a slow, salted digest (scrypt): enough to see that it changed, of no use to guess it.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from wenyam.backup.facts import TOOL
from wenyam.model.facts import ChainedFact, Fact, FactBody
from wenyam.model.instants import Instant

MADE = "escrow-made"
PROVEN = "envelope-proven"
KEY_SEEN = "escrow-key-seen"
"""Somebody who can read a repository's key saw that it is no longer the sealed one, or that it is again."""
KINDS = (MADE, PROVEN, KEY_SEEN)
_KEY, _PLACE, _OPENER = "key:", "place:", "opens:"
_SCRYPT_N, _SCRYPT_R, _SCRYPT_P = 2**14, 8, 1


@dataclass(frozen=True, slots=True)
class Kept:
    """One repository as it is now."""

    place: str
    key: str | None
    """None: it cannot be read by this account."""

    def __repr__(self) -> str:
        """Show no key."""
        return f"Kept({self.place!r})"


@dataclass(frozen=True, slots=True)
class EscrowState:
    """What is known of the envelope."""

    made: Instant | None = None
    """None: there was never one."""
    digest: str = ""
    openers: tuple[str, ...] = ()
    """Person and fingerprint of every key that opens it."""
    proven: Instant | None = None
    """When a restore from this very envelope alone worked; None: never proven."""
    changes: tuple[str, ...] = ()
    """What is different now, as sentences."""
    untested: tuple[str, ...] = ()
    """What could not be compared by this account, as sentences."""


def made(
    at: Instant,
    actor: str,
    digest: str,
    configuration: str,
    *,
    salt: bytes,
    kept: Mapping[str, Kept],
    openers: Iterable[tuple[str, str]],
) -> Fact:
    """Build the fact that an envelope was written, for these people's keys (fingerprint, person)."""
    body: dict[str, str] = {"digest": digest, "configuration": configuration, "salt": salt.hex()}
    for name, each in kept.items():
        body[_PLACE + name] = place_digest(salt, each.place)
        body[_KEY + name] = key_digest(salt, each.key or "")
    body |= {_OPENER + fingerprint: person for fingerprint, person in openers}
    return Fact(MADE, at, actor, body)


def proven(
    at: Instant,
    actor: str,
    digest: str,
    *,
    job: str,
    repository: str,
    snapshot: str,
    files: int,
    size: int,
    sha256: str,
    seconds: float,
    key: str,
) -> Fact:
    """Build the fact that a job was restored on an empty place from this envelope alone; `key` is what opened it."""
    body: FactBody = {
        "digest": digest, "job": job, "repository": repository, "snapshot": snapshot, "files": files, "bytes": size,
        "sha256": sha256, "seconds": round(seconds, 3), "key": key,
    }  # fmt: skip
    return Fact(PROVEN, at, actor, body)


def key_seen(facts: Sequence[ChainedFact], at: Instant, name: str, key: str) -> Fact | None:
    """Build the fact that a repository's key no longer is the sealed one, or is it again; None when that is known already."""
    newest = _newest(facts)
    sealed = None if newest is None else newest.body.get(_KEY + name)
    if newest is None or sealed is None:
        return None
    fits = sealed == key_digest(bytes.fromhex(str(newest.body["salt"])), key)
    if _seen(facts, str(newest.body["digest"])).get(name, True) == fits:
        return None
    return Fact(KEY_SEEN, at, TOOL, {"digest": str(newest.body["digest"]), "repository": name, "fits": fits})


def state_of(facts: Sequence[ChainedFact], kept: Mapping[str, Kept], keys: Mapping[str, Iterable[str]]) -> EscrowState:
    """Return what is known; `kept` are the repositories now, `keys` the usable fingerprints of every person now."""
    newest = _newest(facts)
    if newest is None:
        return EscrowState()
    body = newest.body
    digest = str(body["digest"])
    done = [each.fact.at for each in facts if each.fact.kind == PROVEN and each.fact.body["digest"] == digest]
    openers = {name.removeprefix(_OPENER): str(person) for name, person in body.items() if name.startswith(_OPENER)}
    changes = [*_repositories(body, kept, _seen(facts, digest)), *_people(openers, keys)]
    untested = [f"this account cannot read the key of '{name}', so whether it changed is NOT TESTED" for name in _unread(kept)]
    listed = tuple(f"{person} {fingerprint}" for fingerprint, person in openers.items())
    return EscrowState(newest.at, digest, listed, done[-1] if done else None, tuple(changes), tuple(untested))


def is_known(facts: Iterable[ChainedFact], digest: str) -> bool:
    """Tell whether an envelope with this digest was written here."""
    return any(each.fact.kind == MADE and each.fact.body["digest"] == digest for each in facts)


def _newest(facts: Sequence[ChainedFact]) -> Fact | None:
    return next((each.fact for each in reversed(facts) if each.fact.kind == MADE), None)


def _seen(facts: Iterable[ChainedFact], digest: str) -> dict[str, bool]:
    """Return whether each repository's key was last seen to be the one in the envelope."""
    bodies = (each.fact.body for each in facts if each.fact.kind == KEY_SEEN)
    return {str(body["repository"]): bool(body["fits"]) for body in bodies if body["digest"] == digest}


def _repositories(body: Mapping[str, object], kept: Mapping[str, Kept], seen: Mapping[str, bool]) -> Iterable[str]:
    salt = bytes.fromhex(str(body["salt"]))
    before = [name.removeprefix(_PLACE) for name in body if name.startswith(_PLACE)]
    yield from (f"repository '{name}' is not in it" for name in kept if name not in before)
    yield from (f"repository '{name}' is in it but no longer in the configuration" for name in before if name not in kept)
    for name, each in kept.items():
        if name not in before:
            continue
        if body[_PLACE + name] != place_digest(salt, each.place):
            yield f"repository '{name}' is at another place now"
        fits = seen.get(name, True) if each.key is None else body[_KEY + name] == key_digest(salt, each.key)
        if not fits:
            yield f"repository '{name}' has another key now"


def _unread(kept: Mapping[str, Kept]) -> Iterable[str]:
    return (name for name, each in kept.items() if each.key is None)


def _people(openers: Mapping[str, str], keys: Mapping[str, Iterable[str]]) -> Iterable[str]:
    for fingerprint, person in openers.items():
        if fingerprint not in set(keys.get(person, ())):
            yield f"{person} no longer has the key {fingerprint} that opens it"


def place_digest(salt: bytes, place: str) -> str:
    """Return the digest under which a place is on record."""
    return hashlib.sha256(salt + place.encode()).hexdigest()


def key_digest(salt: bytes, key: str) -> str:
    """Return the digest under which a key is on record: slow on purpose."""
    return hashlib.scrypt(key.encode(), salt=salt, n=_SCRYPT_N, r=_SCRYPT_R, p=_SCRYPT_P, dklen=32).hex()
