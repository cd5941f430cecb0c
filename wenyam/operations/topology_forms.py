"""A map of cables as text, as Graphviz DOT and as data. Pure; every name in it is a stranger's."""

from collections.abc import Mapping, Sequence
from typing import Any

from wenyam.model.topology import Cable, Change, End
from wenyam.operations.topology_map import Map

VERSION = 1
_INDENT = "  "


def text(drawn: Map, unread: Mapping[str, str], changed: Sequence[Change] | None) -> str:
    """Write cables by device and port, proposed parents, changes, and who could not be read."""
    lines = ["Cables"]
    rows = sorted((end, other, cable.by) for cable in drawn.cables for end, other in _halves(cable) if end.known)
    width = max((len(str(end)) for end, _, _ in rows), default=0)
    lines += [f"{_INDENT}{end!s:{width}}  —  {other}  ({by})" for end, other, by in rows] or [f"{_INDENT}none is seen"]
    if drawn.parents:
        lines += ["", "Proposed parents, where the configuration says otherwise"]
        lines += [f"{_INDENT}{name}: parents: [{', '.join(above)}]" for name, above in drawn.parents.items()]
    if changed is not None:
        lines += ["", "Changed since the map was last recorded"]
        lines += [f"{_INDENT}{change.sentence}" for change in changed] or [f"{_INDENT}nothing"]
    lines += ["", "Not read", *(f"{_INDENT}{name}: {why}" for name, why in unread.items())] if unread else []
    return "\n".join(lines) + "\n"


def _halves(cable: Cable) -> tuple[tuple[End, End], tuple[End, End]]:
    return (cable.one, cable.other), (cable.other, cable.one)


def dot(drawn: Map) -> str:
    """Write an undirected graph; strangers are dashed."""
    ends = {end.device: end.known for cable in drawn.cables for end in (cable.one, cable.other)}
    lines = ["graph cables {", "  node [shape=box];"]
    lines += [f"  {_quoted(name)}{'' if known else ' [style=dashed]'};" for name, known in sorted(ends.items())]
    for cable in drawn.cables:
        labels = f"taillabel={_quoted(cable.one.port)}, headlabel={_quoted(cable.other.port)}"
        lines.append(f"  {_quoted(cable.one.device)} -- {_quoted(cable.other.device)} [{labels}];")
    return "\n".join([*lines, "}"]) + "\n"


def _quoted(name: str) -> str:
    escaped = name.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def data(drawn: Map, unread: Mapping[str, str], changed: Sequence[Change] | None) -> dict[str, Any]:
    """Return the published shape."""
    made: dict[str, Any] = {
        "version": VERSION,
        "cables": [cable_data(cable) for cable in drawn.cables],
        "parents": {name: list(above) for name, above in drawn.parents.items()},
        "not_read": dict(unread),
    }
    if changed is not None:
        made["changes"] = [
            {"device": each.device, "port": each.port, "before": each.before, "after": each.after} for each in changed
        ]
    return made


def cable_data(cable: Cable) -> dict[str, Any]:
    """Return one cable as data."""
    ends = [{"device": end.device, "port": end.port, "known": end.known} for end in (cable.one, cable.other)]
    return {"ends": ends, "by": cable.by}


def cable_of(row: Mapping[str, Any]) -> Cable:
    """Read what `cable_data` wrote; KeyError, TypeError or ValueError when it is something else."""
    one, other = (End(str(end["device"]), str(end["port"]), bool(end["known"])) for end in row["ends"])
    return Cable(one, other, str(row["by"]))
