"""Whether a site is down, or only the path to it is broken: judged from what several vantage points saw. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

NEEDED = 2
"""Vantage points on different paths that must all see nothing."""


class Answer(StrEnum):
    """The three answers; only the first one is a reason to move."""

    SITE_DOWN = "site down"
    PATH_FAULT = "path fault"
    SITE_UP = "site up"


@dataclass(frozen=True, slots=True)
class Sight:
    """What one vantage point saw."""

    name: str
    path: str
    """The way by which it looks at the site."""
    works: bool
    """It sees the rest of the world, so that its silence means something."""
    answered: tuple[str, ...] = ()
    """What answered from the site, in words."""
    why_blind: str = ""

    @property
    def line(self) -> str:
        """Write it for the evidence."""
        if self.answered:
            return f"{self.name} ({self.path}): {', '.join(self.answered)}"
        return f"{self.name} ({self.path}): " + ("nothing answered" if self.works else f"sees nothing at all: {self.why_blind}")


@dataclass(frozen=True, slots=True)
class Judgement:
    """The answer and its reason."""

    answer: Answer
    reason: str


def judge(site: str, sights: Sequence[Sight]) -> Judgement:
    """Judge what was seen. One answer from anywhere means that the site lives; silence counts only where two paths agree."""
    seeing = [sight for sight in sights if sight.answered]
    silent = [sight for sight in sights if not sight.answered]
    blind = [sight for sight in silent if not sight.works]
    if seeing and not silent:
        return Judgement(Answer.SITE_UP, f"site {site} answers on every path: {_names(seeing)}")
    if seeing:
        return Judgement(Answer.PATH_FAULT, f"site {site} lives: {_names(seeing)} sees it, {_names(silent)} does not")
    paths = {sight.path for sight in silent if sight.works}
    if len(paths) < NEEDED:
        only = f"only {', '.join(sorted(paths))} could be looked along" if paths else "no path could be looked along"
        return Judgement(
            Answer.PATH_FAULT, f"it is not known whether site {site} lives: {only}; {_names(blind)} sees nothing at all"
        )
    return Judgement(Answer.SITE_DOWN, f"nothing of site {site} answers on {len(paths)} paths: {', '.join(sorted(paths))}")


def merged(rounds: Sequence[Sequence[Sight]]) -> list[Sight]:
    """Join what the same vantage points saw in several rounds: an answer in any of them counts, blindness in any of them too."""
    found = []
    for same in zip(*rounds, strict=True):
        answered = tuple(dict.fromkeys(word for sight in same for word in sight.answered))
        why = next((sight.why_blind for sight in same if not sight.works), "")
        found.append(Sight(same[0].name, same[0].path, all(sight.works for sight in same), answered, why))
    return found


def _names(sights: Sequence[Sight]) -> str:
    return " and ".join(f"{sight.name} ({sight.path})" for sight in sights) or "no vantage point"
