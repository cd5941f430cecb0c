"""Who signed a text: OpenSSH signatures (`ssh-keygen -Y verify`) against the keys of `people`, each valid for its time."""

import base64
import hashlib
import os
import re
import struct
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.i18n.clean_text import clean
from wenyam.links.programs import run_program
from wenyam.links.signed_text import LINE, SignatureRefusedError
from wenyam.model.instants import MILLISECONDS, Instant, to_datetime, to_iso
from wenyam.model.inventory import Person, SigningKey

NAMESPACE: Final = "wenyam"
"""What `ssh-keygen -Y sign -n` is given, so that no signature made for mail, files or git can serve here."""
_ARMOR: Final = re.compile(rb"-----BEGIN SSH SIGNATURE-----\n([A-Za-z0-9+/=\n]+)\n-----END SSH SIGNATURE-----\n?")
_MAGIC: Final = b"SSHSIG"
_LIMIT: Final = 64 << 10
_SECONDS: Final = 20.0


@dataclass(frozen=True, slots=True)
class Signer:
    """Who signed, and with which key."""

    person: Person
    key: str
    """`SHA256:…`, as `ssh-keygen -l` prints it."""


async def verify(
    content: bytes, signature: bytes, people: Iterable[Person], *, now: Instant, ssh_keygen: str, namespace: str = NAMESPACE
) -> Signer:
    """Return who signed exactly these bytes; SignatureRefusedError otherwise. `ssh-keygen -Y verify` is the proof.

    The signature's own claim (key, namespace) only finds the person and the sentence.
    """
    everybody = tuple(people)
    claim = _claim(signature)
    if claim.namespace != namespace:
        raise SignatureRefusedError(
            f"it was made for '{clean(claim.namespace, 60)}', not for '{namespace}'",
            hint=f"Sign with: ssh-keygen -Y sign -f KEY -n {namespace} FILE",
        )
    person = _owner(claim, everybody, now)
    with _private_directory() as place:
        allowed, signed = place / "allowed_signers", place / "signature"
        _write(allowed, allowed_signers(everybody, namespace).encode())
        _write(signed, signature)
        moment = f"verify-time={_stamp(now - now % MILLISECONDS)}"
        words = [
            ssh_keygen,
            "-Y",
            "verify",
            "-f",
            str(allowed),
            "-I",
            person.id,
            "-n",
            namespace,
            "-s",
            str(signed),
            "-O",
            moment,
        ]
        done = await run_program(words, timeout=_SECONDS, input=content, environment={"TZ": "UTC"})
    if done.exit_status != 0:
        said = clean(done.stderr.replace(str(place).encode(), b""), LINE) or f"ssh-keygen ended with status {done.exit_status}"
        raise SignatureRefusedError(f"it is not {person.id}'s over this text: {said}", hint="Was the text changed after signing?")
    return Signer(person, claim.fingerprint)


def allowed_signers(people: Iterable[Person], namespace: str = NAMESPACE) -> str:
    """Write everybody's keys as an allowed-signers file (ssh-keygen(1)), each valid for its time, in UTC, for one namespace."""
    lines = [_allowed(person.id, key, namespace) for person in people for key in person.keys]
    return "".join(f"{line}\n" for line in lines)


def _allowed(who: str, key: SigningKey, namespace: str) -> str:
    options = [f'namespaces="{namespace}"']
    if key.valid_from is not None:
        options.append(f'valid-after="{_stamp(_whole_second(key.valid_from))}"')
    if key.valid_until is not None:
        # ssh-keygen still accepts the second it is given; ours ends before it begins.
        options.append(f'valid-before="{_stamp(_whole_second(key.valid_until) - MILLISECONDS)}"')
    return f"{who} {','.join(options)} {' '.join(key.public.split()[:2])}"


def _whole_second(instant: Instant) -> int:
    return -(-instant // MILLISECONDS) * MILLISECONDS


def _stamp(milliseconds: int) -> str:
    return f"{to_datetime(Instant(milliseconds)):%Y%m%d%H%M%S}Z"


def fingerprint(public: str) -> str:
    """Return `SHA256:…` of an OpenSSH public key line; ValueError when it is none."""
    return _fingerprint(_blob(public))


def _fingerprint(blob: bytes) -> str:
    return "SHA256:" + base64.b64encode(hashlib.sha256(blob).digest()).decode("ascii").rstrip("=")


def _blob(public: str) -> bytes:
    return base64.b64decode(public.split()[1], validate=True)


def is_valid(key: SigningKey, now: Instant) -> bool:
    """Tell whether a key may be used at a moment."""
    return (key.valid_from is None or key.valid_from <= now) and (key.valid_until is None or now < key.valid_until)


def has_valid_key(person: Person, now: Instant) -> bool:
    """Tell whether a person can sign at a moment."""
    return any(is_valid(key, now) for key in person.keys)


@dataclass(frozen=True, slots=True)
class _Claim:
    """What a signature says about itself."""

    key: bytes
    namespace: str

    @property
    def fingerprint(self) -> str:
        return _fingerprint(self.key)


def _claim(signature: bytes) -> _Claim:
    """Read key and namespace out of a signature (OpenSSH, PROTOCOL.sshsig)."""
    try:
        key, rest = _string(_unwrapped(signature)[len(_MAGIC) + 4 :])  # after the magic comes the version
        namespace, _ = _string(rest)
        return _Claim(key, namespace.decode("utf-8"))
    except (ValueError, struct.error) as error:
        hint = f"Sign with: ssh-keygen -Y sign -f KEY -n {NAMESPACE} FILE; it writes FILE.sig."
        raise SignatureRefusedError("the file holds no OpenSSH signature", hint=hint) from error


def _unwrapped(signature: bytes) -> bytes:
    found = _ARMOR.fullmatch(signature.replace(b"\r\n", b"\n")) if len(signature) <= _LIMIT else None
    blob = b"" if found is None else base64.b64decode(found[1].replace(b"\n", b""), validate=True)
    if not blob.startswith(_MAGIC):
        raise ValueError("no signature")
    return blob


def _string(data: bytes) -> tuple[bytes, bytes]:
    (length,) = struct.unpack_from(">I", data)
    if length > len(data) - 4:
        raise ValueError("cut short")
    return data[4 : 4 + length], data[4 + length :]


def _owner(claim: _Claim, people: tuple[Person, ...], now: Instant) -> Person:
    """Return the one person a key belongs to, now."""
    owners = {person.id: person for person in people for key in person.keys if _is_key(key, claim.key)}
    if not owners:
        raise SignatureRefusedError(
            f"key {claim.fingerprint} belongs to nobody in 'people'", hint="Add it to the person's keys, or sign with another."
        )
    if len(owners) > 1:
        raise SignatureRefusedError(f"key {claim.fingerprint} belongs to {' and '.join(sorted(owners))}; it names nobody")
    (person,) = owners.values()
    keys = [key for key in person.keys if _is_key(key, claim.key)]
    if not any(is_valid(key, now) for key in keys):
        raise SignatureRefusedError(f"{person.id}'s key {claim.fingerprint} {_when(keys[0], now)}")
    return person


def _is_key(key: SigningKey, blob: bytes) -> bool:
    try:
        return _blob(key.public) == blob
    except ValueError:
        return False


def _when(key: SigningKey, now: Instant) -> str:
    if key.valid_from is not None and now < key.valid_from:
        return f"is not valid before {to_iso(key.valid_from)}"
    return "has expired" if key.valid_until is None else f"expired at {to_iso(key.valid_until)}"


@contextmanager
def _private_directory() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="wenyam-signature-") as name:  # made 0700
        yield Path(name)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
