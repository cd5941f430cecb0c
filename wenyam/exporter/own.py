"""What Wenyam says of its own parts: whether facts are written, channels take messages, the configuration is in force."""

from collections.abc import Container, Iterator

from wenyam.engine.board import Board
from wenyam.exporter.check_states import CHECK_CODES, check_family
from wenyam.exporter.snapshot import Exposed
from wenyam.model.states import State


def own_parts(board: Board, fed: Container[str]) -> Iterator[Exposed]:
    """Yield the checks of every monitor but those of which a feed brings samples too, which are shown with these."""
    found: dict[str, dict[str, float]] = {}
    for record in board.monitors():
        if str(record.subject.owner) not in fed:
            found.setdefault(record.subject.name, {})[record.subject.check] = CHECK_CODES.get(
                record.state, CHECK_CODES[State.UNKNOWN]
            )
    for name, checks in found.items():
        yield Exposed(f"monitor:{name}", (("monitor", name),), families=check_family(tuple(checks.items())))
