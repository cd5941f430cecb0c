"""The fact chain as pure functions: canonical text, digests, salted digests of personal fields, verification of a link."""

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass

from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant

STATE_CHANGE = "state-change"
"""Kind of the fact that every hard change leaves."""

Scalar = str | int | float | bool | None


def genesis(instance: str) -> str:
    """Return the digest that stands before the first fact of an instance."""
    return hashlib.sha256(f"wenyam fact chain 1\n{instance}".encode()).hexdigest()


def link(previous: str, text: str) -> str:
    """Return the digest of a fact: SHA-256 hex over the previous digest (as hex) followed by the text (UTF-8)."""
    return hashlib.sha256(previous.encode() + text.encode()).hexdigest()


def storable(text: str) -> str:
    """Return text that UTF-8 can carry; a byte of a file name that is no text is written as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def finite(value: float | None) -> float | None:
    """Return the value, or None for NaN and infinity, which JSON and SQL cannot carry."""
    return value if value is not None and math.isfinite(value) else None


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":"))


def _cleaned(body: Mapping[str, Scalar]) -> dict[str, Scalar]:
    return {storable(key): _clean(value) for key, value in body.items()}


def _clean(value: Scalar) -> Scalar:
    if isinstance(value, str):
        return storable(value)
    return finite(value) if isinstance(value, float) else value


def canonical(sequence: int, fact: Fact, personal: Mapping[str, str]) -> str:
    """Return the text that is hashed: JSON with sorted keys and no spaces; `personal` maps fields to salted digests."""
    text: dict[str, object] = {
        "actor": storable(fact.actor), "at": fact.at, "body": _cleaned(fact.body), "kind": fact.kind, "sequence": sequence,
    }  # fmt: skip
    if personal:
        text["personal"] = {storable(field): digest for field, digest in personal.items()}
    return _json(text)


def personal_text(value: Scalar) -> str:
    """Return how a personal value is kept: as JSON text, so that its type survives."""
    return _json(_clean(value))


def salted(salt: bytes, value: str) -> str:
    """Return the digest under which a personal value enters the chain; worthless once the salt is erased."""
    return hashlib.sha256(salt + value.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class ParsedFact:
    """A canonical text read back."""

    sequence: int
    fact: Fact
    personal: Mapping[str, str]
    """Salted digests by field."""


def parse(text: str) -> ParsedFact:
    """Read a canonical text; ValueError when it is none."""
    try:
        raw = json.loads(text)
        body: FactBody = dict(raw["body"])
        fact = Fact(str(raw["kind"]), Instant(int(raw["at"])), str(raw["actor"]), body)
        return ParsedFact(int(raw["sequence"]), fact, dict(raw.get("personal", {})))
    except (KeyError, TypeError, RecursionError) as error:
        raise ValueError(f"not a fact: {error}") from error
