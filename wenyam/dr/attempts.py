"""What one attempt of a step may not exceed or leak: its seconds, foreign text made harmless, errors as the step's own."""

import contextlib
from collections.abc import Iterator
from typing import Final

from wenyam.dr.contract import GoesOnError, StepError, StepPlace
from wenyam.errors import CollectError, WenyamError
from wenyam.i18n.clean_text import clean

LINE: Final = 300
"""Longest piece of foreign text in a sentence."""
_KEPT: Final = 64 << 10
"""Longest foreign text that is kept as evidence."""
_LINE_KEPT: Final = 2000


@contextlib.contextmanager
def step_errors() -> Iterator[None]:
    """Make every error of a connection or a secret the step's own, its sentence and advice kept."""
    try:
        yield
    except StepError:
        raise
    except WenyamError as error:
        if isinstance(error, CollectError) and error.goes_on:
            raise GoesOnError(error.sentence) from error
        raise StepError(error.sentence, hint=error.advice) from error


def until(place: StepPlace, seconds: float) -> float:
    """Return the monotonic second at which something that may take `seconds` must be over."""
    return min(place.deadline, place.clock.monotonic() + seconds)


def left(place: StepPlace, seconds: float) -> float:
    """Return how many seconds something may take that wants `seconds`; StepError when the attempt has none left."""
    found = until(place, seconds) - place.clock.monotonic()
    if found <= 0:
        raise StepError("its time is up", hint="Give the step a longer 'timeout'.")
    return found


def kept(text: str | bytes) -> str:
    """Return foreign text as it is kept: clean lines, the middle of what is too long left out."""
    decoded = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    if len(decoded) > _KEPT:
        decoded = f"{decoded[: _KEPT // 2]}\n… left out …\n{decoded[-_KEPT // 2 :]}"
    return "\n".join(clean(line, _LINE_KEPT) for line in decoded.rstrip("\n").split("\n"))


def said(stdout: bytes, stderr: bytes) -> str:
    """Return what a command said last, as one short line for a sentence."""
    text = (stderr.strip() or stdout.strip()).decode("utf-8", "replace")
    return clean(text[-LINE:], LINE) or "it said nothing"
