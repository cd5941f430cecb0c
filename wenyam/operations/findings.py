"""What `doctor` finds: a verdict, a sentence and advice; and what its examinations may look at."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from wenyam.clock import Clock
from wenyam.model.instance import Configuration


class Verdict(StrEnum):
    """Three verdicts; what was not looked at is never PASS."""

    PASS = "PASS"  # noqa: S105  # a verdict, not a password
    FAIL = "FAIL"
    NOT_TESTED = "NOT TESTED"


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was examined."""

    about: str
    verdict: Verdict
    sentence: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the examinations look at. `root` stands for `/` where system files are read."""

    clock: Clock
    folder: Path
    configuration: Configuration | None
    root: Path = field(default=Path("/"))
    reach_devices: bool = False

    @property
    def state_directory(self) -> Path | None:
        """The state directory, None without a valid configuration."""
        return None if self.configuration is None else Path(self.configuration.instance.state_directory)


Examination = Callable[[Surroundings], Iterable[Finding]]
"""Looks at one thing; may raise, which is a FAIL of its own and hides nothing else."""


def good(about: str, sentence: str, advice: str = "") -> Finding:
    """Return a PASS."""
    return Finding(about, Verdict.PASS, sentence, advice)


def bad(about: str, sentence: str, advice: str = "") -> Finding:
    """Return a FAIL."""
    return Finding(about, Verdict.FAIL, sentence, advice)


def untested(about: str, sentence: str, advice: str = "") -> Finding:
    """Return a NOT TESTED."""
    return Finding(about, Verdict.NOT_TESTED, sentence, advice)


def counted(number: int, noun: str) -> str:
    """Write a number with its noun."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def milliseconds(seconds: float) -> str:
    """Write a short time."""
    return f"{max(seconds * 1000, 0.01):.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def summary(findings: Sequence[Finding]) -> str:
    """Count the verdicts and name what failed, so that nobody has to look for it among a hundred lines."""
    failed = [finding.about for finding in findings if finding.verdict is Verdict.FAIL]
    counts = [f"{sum(finding.verdict is verdict for finding in findings)} {verdict.value}" for verdict in Verdict]
    return ", ".join(counts) + (f"; failed: {', '.join(dict.fromkeys(failed))}" if failed else "")


def without_configuration(about: str) -> list[Finding]:
    """Return the finding of an examination that needs a configuration when there is none."""
    return [untested(about, "needs a valid configuration")]
