"""Problems of a configuration: where, what, and the nearest thing that exists; all of them at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from wenyam.errors import ConfigurationError
from wenyam.nearest import did_you_mean

_MOST_SUGGESTIONS = 200
"""Looking for a near name among thousands is slow; after this many nobody reads them."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A line of a file of the configuration folder; line 0 is the file as a whole."""

    file: str
    line: int = 0


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One sentence about one place."""

    file: str
    line: int
    sentence: str

    def __str__(self) -> str:
        """Write as `file:line: sentence`."""
        return f"{self.file}:{self.line}: {self.sentence}" if self.line else f"{self.file}: {self.sentence}"


class BrokenConfigurationError(ConfigurationError):
    """The configuration has problems."""

    def __init__(self, folder: str, problems: Iterable[Problem]) -> None:
        """Take every problem found in this folder."""
        self.problems = tuple(sorted(set(problems)))
        super().__init__(f"{len(self.problems)} in {folder}")

    def __str__(self) -> str:
        """Write one line for each problem between the sentence and the advice."""
        return "\n".join([self.sentence, *(f"  {problem}" for problem in self.problems), self.advice])


@dataclass(slots=True)
class Findings:
    """What reading a configuration has found so far."""

    problems: set[Problem] = field(default_factory=set)
    warnings: set[Problem] = field(default_factory=set)
    suggestions: int = 0
    whole: bool = True
    """False when a file was not understood: what seems to be missing may stand there, so it is not reported."""

    def problem(self, place: Place, sentence: str) -> None:
        """Note something that must be corrected."""
        self.problems.add(Problem(place.file, place.line, sentence))

    def warning(self, place: Place, sentence: str) -> None:
        """Note something that may be meant."""
        self.warnings.add(Problem(place.file, place.line, sentence))

    def nearest(self, name: str, known: Iterable[str]) -> str:
        """Return `; did you mean 'x'?` for the nearest known name, or nothing."""
        self.suggestions += 1
        return did_you_mean(name, known) if self.suggestions <= _MOST_SUGGESTIONS else ""

    def refers(self, place: Place, path: str, what: str, name: str, known: Iterable[str]) -> bool:
        """Tell whether a name exists; note a problem with the nearest one when it does not.

        The name of a credential is not repeated: where one is expected, people write the secret itself.
        """
        if name in known or not self.whole:
            return True
        shown = "of this name" if what.endswith("credential") else f"'{name}'"
        self.problem(place, f"{path}: there is no {what} {shown}{self.nearest(name, known)}")
        return False
