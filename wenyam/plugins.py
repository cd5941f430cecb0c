"""The plug-in register: classes found by entry point, loaded only when asked for by name."""

from functools import cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any

from wenyam.errors import PluginError

COLLECTORS = "wenyam.collectors"
CHECKS = "wenyam.checks"
SOURCES = "wenyam.sources"
DESTINATIONS = "wenyam.destinations"
NOTIFIERS = "wenyam.notifiers"
STEPS = "wenyam.steps"


@cache
def _register(group: str) -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=group):
        if point.name in found and found[point.name].value != point.value:
            raise PluginError(f"'{point.name}' is registered twice in {group}: {found[point.name].value}, {point.value}")
        found[point.name] = point
    return found


def names(group: str) -> tuple[str, ...]:
    """Return every registered name of a group, sorted."""
    return tuple(sorted(_register(group)))


def load(group: str, name: str) -> Any:
    """Import and return the object registered under this name; PluginError if absent or broken."""
    point = _register(group).get(name)
    if point is None:
        raise PluginError(f"no '{name}' in {group}; there are: {', '.join(names(group)) or 'none'}")
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise PluginError(f"'{name}' ({point.value}): {error}") from error
