"""What is known of the checks of repositories, read out of the facts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wenyam.backup import facts
from wenyam.backup.contract import ReadBack
from wenyam.model.backup import Verdict
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant


@dataclass(frozen=True, slots=True)
class Verification:
    """One check of a repository."""

    repository: str
    at: Instant
    part: int
    parts: int
    verdict: Verdict
    problem: str
    read: ReadBack | None = None
    """How much data it read; None where it failed, read none on purpose, or an older version of this program did not say."""

    def has_read(self, parts: int) -> bool:
        """Tell whether it found its share of the data whole: at least one part of so many, unless that part holds nothing."""
        return 0 < self.parts <= parts and self.verdict is Verdict.PASS and not (self.read and self.read.is_empty)


def verifications(chained: Iterable[ChainedFact]) -> list[Verification]:
    """Return the checks of repositories among facts, oldest first."""
    return [verification(each.fact) for each in chained if each.fact.kind == facts.VERIFIED]


def next_part(done: Sequence[Verification], parts: int) -> tuple[int, int]:
    """Return which part of so many comes next, so that every pack is read once in a round; one that failed comes again."""
    last = next((each for each in reversed(done) if each.parts == parts), None)
    if last is None:
        return 1, parts
    return (last.part if last.verdict is Verdict.FAIL else last.part % parts + 1), parts


def verification(fact: Fact) -> Verification:
    """Read one check of a repository out of its fact."""
    body = fact.body
    return Verification(
        str(body["repository"]),
        fact.at,
        _whole(body["part"]),
        _whole(body["parts"]),
        Verdict(str(body["verdict"])),
        str(body["problem"]),
        None if body.get("packs") is None else ReadBack(_whole(body["packs_read"]), _whole(body["packs"])),
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
