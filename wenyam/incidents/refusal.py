"""What people write about incidents made safe, and the sentence when an act is refused."""

from typing import Final

from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean

LONGEST_LINE: Final = 300
LONGEST_TEXT: Final = 4000


class IncidentRefusedError(WenyamError):
    """Nothing was changed."""

    permanent = True


def line(text: str, what: str, *, needed: bool = True) -> str:
    """Return one clean line; IncidentRefusedError when it is needed and empty, or longer than anybody reads."""
    return _written(clean(text, LONGEST_TEXT), what, LONGEST_LINE, needed=needed)


def lines(text: str, what: str, *, needed: bool = True) -> str:
    """Return clean lines as they were written; IncidentRefusedError when they are needed and empty, or too long."""
    kept = "\n".join(clean(each, LONGEST_TEXT + 1) for each in text.splitlines())
    return _written(kept.strip("\n"), what, LONGEST_TEXT, needed=needed)


def _written(text: str, what: str, longest: int, *, needed: bool) -> str:
    if needed and not text.strip():
        raise IncidentRefusedError(f"{what} is empty")
    if len(text) > longest:
        raise IncidentRefusedError(f"{what} has {len(text)} characters; at most {longest} are kept")
    return text
