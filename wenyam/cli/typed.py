"""Names that a person types before something is replaced or removed."""

import sys

from wenyam.errors import UsageError


def require_name(wanted: str, given: str, what: str, *, act: str = "replace") -> None:
    """Return when the name was given or is typed exactly; UsageError otherwise, and nothing was changed."""
    if not given:
        given = _asked(wanted, what, act)
    if given != wanted:
        raise UsageError(f"the name is '{wanted}', not '{given}'; nothing was changed")


def _asked(wanted: str, what: str, act: str) -> str:
    if not sys.stdin.isatty():
        how = f"when somebody types its name at a terminal, or with: --confirm '{wanted}'"
        raise UsageError(f"{what} is {act}d only {how}; nothing was changed")
    print(f"To {act} {what}, type its name ({wanted}): ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().rstrip("\n")
