"""Verification of the whole: every link of the chain, every projection against its fact, and the anchor kept elsewhere."""

import sqlite3
from dataclasses import dataclass, field
from typing import Any

from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instants import Instant, to_iso
from wenyam.store import inventory, ledger, projections, retention
from wenyam.store.chain import STATE_CHANGE, ParsedFact, genesis, link, parse
from wenyam.store.interface import Verdict
from wenyam.store.projections import BrokenError, Expected
from wenyam.store.queries import query
from wenyam.store.retention import Seal
from wenyam.store.rows import Row, change_body, state_change
from wenyam.store.subjects import Subjects

_KEPT = frozenset({inventory.BORN, inventory.RETIRED, inventory.ENTERED, inventory.WITHDRAWN, ledger.FINISHED, retention.SEALED})


def free(fact: Fact) -> Fact:
    """Return a fact that anybody may append; ValueError for a kind that stands for a row of a table."""
    if fact.kind in _KEPT or fact.kind == STATE_CHANGE:
        raise ValueError(f"facts of kind '{fact.kind}' are written with their rows only")
    return fact


@dataclass(slots=True)
class _Walk:
    """Where the verification stands."""

    connection: sqlite3.Connection
    subjects: Subjects
    sequence: int
    digest: str
    at: Instant
    facts: int = 0
    expected: Expected = field(default_factory=Expected)
    anchored: str | None = None
    """Digest of the fact that the anchor names."""


def verify(connection: sqlite3.Connection, instance: str, subjects: Subjects, anchor: ChainHead | None) -> Verdict:
    """Check everything inside one read transaction."""
    seal = retention.newest_seal(connection.execute(query("newest_seal")).fetchone())
    walk = _Walk(connection, subjects, seal.last if seal else 0, seal.chain_digest if seal else genesis(instance), Instant(0))
    if anchor is not None and anchor.sequence == walk.sequence:
        walk.anchored = walk.digest
    try:
        _walk_chain(walk, anchor)
        projections.check(connection, subjects, walk.expected, seal)
        _check_seal(walk, seal)
        untested = _check_anchor(walk, anchor, seal, instance)
    except BrokenError as broken:
        return Verdict(walk.facts, _head(connection, instance), broken.sentence, broken.sequence)
    return Verdict(walk.facts, ChainHead(instance, walk.sequence, walk.digest, walk.at), untested=untested)


def _head(connection: sqlite3.Connection, instance: str) -> ChainHead:
    row = connection.execute(query("chain_head")).fetchone()
    sequence, digest, at = row or (0, bytes.fromhex(genesis(instance)), Instant(0))
    return ChainHead(instance, sequence, digest.hex(), at)


def _walk_chain(walk: _Walk, anchor: ChainHead | None) -> None:
    changes = walk.connection.execute(query("changes_in_order"))
    change = changes.fetchone()
    for row in walk.connection.execute(query("facts_in_order"), (walk.sequence,)):
        parsed = _check_link(walk, row)
        if change is not None and change[0] < walk.sequence:
            break
        if parsed.fact.kind == STATE_CHANGE:
            _check_change(walk, parsed, change)
            change = changes.fetchone()
        elif parsed.fact.kind in _KEPT:
            walk.expected.facts[parsed.fact.kind, walk.sequence] = parsed.fact.body
        if parsed.personal:
            walk.expected.personal[walk.sequence] = parsed.personal
        if anchor is not None and anchor.sequence == walk.sequence:
            walk.anchored = walk.digest
    if change is not None:
        raise BrokenError(
            f"row {change[0]} of state_change has no fact: it was added, or the end of the chain was cut", change[0]
        )


def _check_link(walk: _Walk, row: Row) -> ParsedFact:
    sequence, kind, at, text, digest = row
    if sequence != walk.sequence + 1:
        raise BrokenError(f"fact {walk.sequence + 1} is missing; the next one is {sequence}", walk.sequence + 1)
    walk.digest = link(walk.digest, text)
    if walk.digest != digest.hex():
        raise BrokenError(f"fact {sequence} ({kind}, {_when(at)}) does not follow from the one before: it was changed", sequence)
    try:
        parsed = parse(text)
    except ValueError as error:
        raise BrokenError(f"fact {sequence} is not readable: {error}", sequence) from error
    if (parsed.sequence, parsed.fact.kind, parsed.fact.at) != (sequence, kind, at):
        raise BrokenError(f"the number, kind or time of fact {sequence} was changed beside its text", sequence)
    walk.sequence, walk.at, walk.facts = sequence, Instant(at), walk.facts + 1
    return parsed


def _when(at: int) -> str:
    try:
        return to_iso(Instant(at))
    except (ValueError, OverflowError, OSError):
        return f"{at} ms"


def _check_change(walk: _Walk, parsed: ParsedFact, row: Row | None) -> None:
    if row is None or row[0] != walk.sequence:
        raise BrokenError(f"fact {walk.sequence} is a state change, but its row in state_change is missing", walk.sequence)
    change = state_change(row, walk.subjects)
    if change.recorded != parsed.fact.at or change_body(change) != parsed.fact.body:
        raise BrokenError(
            f"row {walk.sequence} of state_change ({change.subject}) does not say what its fact says", walk.sequence
        )
    walk.expected.last_state[row[1]] = (change.state.value, walk.sequence)


def _check_seal(walk: _Walk, seal: Seal | None) -> None:
    if seal is None:
        return
    body: dict[str, Any] = dict(walk.expected.facts.get((retention.SEALED, seal.fact), {}))
    rows = walk.connection.execute(query("sealed_timeline"), (seal.last,))
    found = {
        "last": seal.last,
        "chain_digest": seal.chain_digest,
        "month": seal.month,
        "timeline": retention.timeline_digest(rows),
    }
    wrong = sorted(key for key, value in found.items() if body.get(key) != value)
    if wrong:
        raise BrokenError(f"the seal of {seal.month} does not agree with fact {seal.fact} ({', '.join(wrong)})", seal.fact)


def _check_anchor(walk: _Walk, anchor: ChainHead | None, seal: Seal | None, instance: str) -> str:
    if anchor is None:
        return ""
    if anchor.instance != instance:
        raise BrokenError(f"the anchor belongs to '{anchor.instance}', this chain to '{instance}'")
    if anchor.sequence > walk.sequence:
        raise BrokenError(f"the chain ends at fact {walk.sequence}, the anchor knows fact {anchor.sequence}: its end was cut",
                          walk.sequence + 1)  # fmt: skip
    if seal is not None and anchor.sequence < seal.last:
        return f"the anchor (fact {anchor.sequence}) lies in the sealed months up to fact {seal.last} and proves nothing any more"
    if walk.anchored != anchor.digest:
        raise BrokenError(f"fact {anchor.sequence} is not the one the anchor knows: the history was rewritten", anchor.sequence)
    return ""
