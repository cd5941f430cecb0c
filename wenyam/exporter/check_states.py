"""How the states of checks are shown: as a code each, in one family for all checks of a subject."""

from functools import lru_cache

from wenyam.model.samples import Family, labelled
from wenyam.model.states import State

CHECK_CODES = {State.OK: 0.0, State.WARN: 1.0, State.CRIT: 2.0, State.UNKNOWN: 3.0}

Coded = tuple[tuple[str, float], ...]
"""Names of checks with their codes."""


@lru_cache(4096)
def check_family(checks: Coded) -> tuple[Family, ...]:
    """Return the family of these checks, the same object for the same codes; none where there is no check."""
    if not checks:
        return ()
    return (Family("check_state", labelled("check", tuple(name for name, _ in checks)), tuple(code for _, code in checks)),)
