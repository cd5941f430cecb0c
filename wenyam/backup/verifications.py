"""What is known of the checks of repositories, read out of the facts. Pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wenyam.backup import facts
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
    verdict = Verdict(str(body["verdict"]))
    return Verification(
        str(body["repository"]), fact.at, _whole(body["part"]), _whole(body["parts"]), verdict, str(body["problem"])
    )


def _whole(value: object) -> int:
    return int(value) if isinstance(value, int | float) else 0
