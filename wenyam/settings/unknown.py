"""How a name that nobody configured is refused: with the nearest one, or with those there are."""

from collections.abc import Iterable

from wenyam.errors import UsageError
from wenyam.nearest import near_names

_MOST = 12
"""Names that a sentence lists; a site may have a thousand devices."""


def unknown(what: str, name: str, known: Iterable[str], *, place: str = "") -> UsageError:
    """Return the refusal of a name; `place` follows it, such as ` in /etc/wenyam`."""
    names, shown = list(known), "".join(each if each.isprintable() else "?" for each in name)
    near = near_names(name, names)
    if near:
        return UsageError(f"there is no {what} '{shown}'{place}", hint=f"Did you mean '{near[0]}'?")
    return UsageError(f"there is no {what} '{shown}'{place}; there are: {_listed(names)}")


def _listed(names: list[str]) -> str:
    left = len(names) - _MOST
    return (", ".join(names[:_MOST]) or "none") + (f" and {left} more" if left > 0 else "")
