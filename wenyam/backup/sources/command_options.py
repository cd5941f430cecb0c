"""What the configuration says about a backup made by somebody else's program."""

import re
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, model_validator

from wenyam.backup.sources.options import AbsolutePath, OverSsh

DUMP: Final = "{dump}"
SCRATCH: Final = "{scratch}"
QUESTION: Final = "{question}"


def _words(words: tuple[str, ...]) -> tuple[str, ...]:
    if not words[0].startswith("/"):
        raise ValueError("the first word must be the absolute path of a program")
    if any("\0" in word for word in words):
        raise ValueError("a word holds a NUL character")
    return words


def _expression(text: str) -> str:
    try:
        re.compile(text.encode())
    except re.error as error:
        raise ValueError(f"'{text}' is no regular expression: {error}") from error
    return text


Words = Annotated[tuple[str, ...], Field(min_length=1, max_length=200), AfterValidator(_words)]
"""A program's absolute path and its arguments; no shell sees them, and everybody on the machine does: no secret."""


class CommandOptions(OverSsh):
    """Which program makes the dump, how a whole one is known, and how it is restored and compared."""

    program: AbsolutePath
    """Absolute path of the program, here or on the job's device."""
    arguments: Annotated[tuple[str, ...], Field(max_length=200)] = ()
    """Its words; no shell sees them, and everybody on the machine does, so none may be a secret."""
    run_as: str | None = None
    """Account that starts the program here, when this is root; over SSH the credential's account does."""
    files: tuple[AbsolutePath, ...] = ()
    """What the program leaves; without it the dump is its standard output."""
    trailer: str | None = None
    """Text each dump must end with; spaces and line ends after it do not count."""
    trailer_pattern: Annotated[str, AfterValidator(_expression)] | None = None
    """Regular expression for the end of each dump, instead."""
    minimum_bytes: Annotated[int, Field(ge=1)] = 1
    """A smaller dump is none."""
    success_exit_codes: Annotated[tuple[Annotated[int, Field(ge=0, le=255)], ...], Field(min_length=1)] = (0,)
    """Exit codes after which the dump counts as made."""
    measure: Words | None = None
    """Prints `section<TAB>item<TAB>value` lines about the source; run where the program runs, before and after it."""
    restore: Words | None = None
    """Loads `{dump}` into `{scratch}`, on this machine; never anywhere else."""
    compare: Words | None = None
    """Prints the lines of `measure` about what was restored."""
    ask: Words | None = None
    """Prints the answer to `{question}` from what was restored."""
    remove: Words | None = None
    """Removes what `restore` made outside `{scratch}`; run however the test ends."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.trailer is not None and self.trailer_pattern is not None:
            raise ValueError("give either 'trailer' or 'trailer_pattern'")
        if self.trailer is not None and not self.trailer.strip():
            raise ValueError("'trailer' is empty, which every dump ends with")
        if (self.restore is None) != (self.compare is None):
            raise ValueError("'restore' and 'compare' belong together: one without the other proves nothing")
        if self.compare is not None and self.measure is None:
            raise ValueError("'compare' needs 'measure', which says at backup time what must come back")
        if self.restore is not None and not any(DUMP in word for word in self.restore):
            raise ValueError(f"'restore' does not name {DUMP}, so it cannot restore it")
        return self

    @property
    def provable(self) -> bool:
        """True when a restore can be made and compared."""
        return None not in (self.measure, self.restore, self.compare)
