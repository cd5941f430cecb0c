import pytest
from rich.cells import cell_len

from wenyam.i18n.lengths import short_time, told_time
from wenyam.i18n.translate import translator
from wenyam.model.durations import write

THAI = translator("th")
DAY = 86_400.0


@pytest.mark.parametrize(
    ("length", "short", "told"),
    [
        (0.25, "0.25 วิ.", "0.25 วินาที"),
        (754.0, "12 นาที 34 วิ.", "12 นาที 34 วินาที"),
        (3 * 3600.0, "3 ชม.", "3 ชั่วโมง"),
        (40 * DAY + 3 * 3600.0, "40 วัน 3 ชม.", "40 วัน 3 ชั่วโมง"),
    ],
)
def test_a_length_has_thai_units(length: float, short: str, told: str) -> None:
    assert short_time(write(length), THAI) == short
    assert told_time(write(length), THAI) == told


def test_no_length_that_people_meet_is_wider_than_its_column() -> None:
    longest = (59 * 60.0 + 59, 23 * 3600.0 + 59 * 60, 99 * DAY + 23 * 3600.0, 999 * DAY)
    assert max(cell_len(short_time(write(length), THAI)) for length in longest) <= 13
