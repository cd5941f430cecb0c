"""What Wenyam says of its own parts: whether facts are written, channels take messages, the configuration is in force."""

from collections.abc import Container, Iterator

from wenyam.engine.board import Board
from wenyam.exporter.snapshot import Exposed
from wenyam.model.samples import Family, labelled
from wenyam.model.states import State

_CODES = {State.OK: 0.0, State.WARN: 1.0, State.CRIT: 2.0}
_UNKNOWN = 3.0


def own_parts(board: Board, fed: Container[str]) -> Iterator[Exposed]:
    """Yield the checks of every monitor but those of which a feed brings samples too, which are shown with these."""
    found: dict[str, dict[str, float]] = {}
    for record in board.monitors():
        if str(record.subject.owner) not in fed:
            found.setdefault(record.subject.name, {})[record.subject.check] = _CODES.get(record.state, _UNKNOWN)
    for name, checks in found.items():
        family = Family("check_state", labelled("check", tuple(checks)), tuple(checks.values()))
        yield Exposed(f"monitor:{name}", (("monitor", name),), families=(family,))
