from math import nan

from wenyam.model.instants import Instant, Period
from wenyam.model.states import State
from wenyam.tui.drawing import availability_bar, gauge, sparkline

DAY = Period(Instant(0), Instant(86_400_000))


def drawn(*spans: tuple[float, State], initial: State = State.UP, width: int = 24) -> str:
    found = availability_bar(initial, [(Instant(round(hour * 3_600_000)), state) for hour, state in spans], DAY, width)
    return "".join(cell.text for cell in found)


def test_a_bar_has_the_worst_of_each_stretch_however_short() -> None:
    assert drawn() == "█" * 24
    assert drawn((6, State.DOWN), (7, State.UP)) == "█" * 6 + "▁" + "█" * 17
    assert drawn((6.1, State.DOWN), (6.2, State.UP)) == "█" * 6 + "▁" + "█" * 17
    assert drawn((23.99, State.UNREACHABLE)) == "█" * 23 + "▂"
    assert drawn((-5, State.UP), (25, State.DOWN), initial=State.UNKNOWN) == "█" * 24


def test_a_bar_can_be_read_without_colours() -> None:
    assert len({drawn(initial=state, width=1) for state in (State.UP, State.DOWN, State.UNREACHABLE, State.UNKNOWN)}) == 4


def test_a_course_of_values_shows_gaps_and_nothing_for_nothing() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([0, nan, nan, 1], 2) == "▁█"
    assert sparkline([0, 0, nan, nan, 8, 8], 3) == "▁ █"
    assert sparkline([nan, nan], 2) == ""
    assert sparkline([], 5) == ""
    assert sparkline([5, 5], 2) == "▁▁"
    assert sparkline([0.5], 1, 0, 1) == "▅"


def test_a_gauge_stays_within_its_width() -> None:
    for ratio in (-1, 0, 0.5, 1, 9):
        assert len("".join(cell.text for cell in gauge(ratio, 10))) == 10
