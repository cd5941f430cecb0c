"""LINE's identifiers: a letter that says the kind and 32 more, digits and a to f; known from a webhook event only."""

import re
from typing import Final

_KINDS: Final = {"U": "a person's", "C": "a group's", "R": "a room's"}
_ID: Final = re.compile(r"[UCR][0-9a-f]{32}")


def user_fault(identifier: str) -> str:
    """Say why this is not the id of a person; empty when it is."""
    return _fault(identifier, "U", "a person's LINE id begins with U")


def place_fault(identifier: str) -> str:
    """Say why this is not the id of a group or room; empty when it is."""
    return _fault(identifier, "CR", "a group's LINE id begins with C, a room's with R")


def _fault(identifier: str, wanted: str, rule: str) -> str:
    if _ID.fullmatch(identifier) is None:
        return f"'{identifier[:40]}' is no LINE id: {rule}, and 32 digits or letters a to f follow; no name, no telephone number"
    if identifier[0] in wanted:
        return ""
    return f"{identifier} is {_KINDS[identifier[0]]} LINE id; {rule}"
