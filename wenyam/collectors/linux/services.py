"""Services from systemctl (org.freedesktop.systemd1, unit states)."""

from typing import Final

from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK, STATUS_UNKNOWN

_ACTIVE: Final = {
    "active": STATUS_OK,
    "reloading": STATUS_OK,
    "refreshing": STATUS_OK,
    "activating": STATUS_DEGRADED,
    "deactivating": STATUS_DEGRADED,
    "maintenance": STATUS_DEGRADED,
    "inactive": STATUS_FAILED,
    "failed": STATUS_FAILED,
}
"""A unit that was chosen to be watched should run, so inactive is a failure."""


def read_failed(text: str) -> dict[str, int]:
    """Return the failed units of `systemctl list-units --failed --plain --no-legend`."""
    lines = (line.replace("●", " ", 1).split() for line in text.splitlines())
    return {words[0]: STATUS_FAILED for words in lines if words and "." in words[0]}


def read_units(text: str) -> dict[str, int]:
    """Return the units of `systemctl show`, one paragraph each."""
    found: dict[str, int] = {}
    for paragraph in text.strip().split("\n\n"):
        facts = dict(line.partition("=")[::2] for line in paragraph.splitlines())
        name = facts.get("Id", "")
        if not name:
            continue
        is_absent = facts.get("LoadState") in ("not-found", "masked")
        found[name] = STATUS_ABSENT if is_absent else _ACTIVE.get(facts.get("ActiveState", ""), STATUS_UNKNOWN)
    return found
