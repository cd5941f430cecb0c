"""Sizes: what is normal, and what a person must explain."""

from dataclasses import replace

import pytest

from wenyam.backup import size
from wenyam.backup.catalogue import Backup
from wenyam.model.backup import SizeBand
from wenyam.model.instants import Instant

BAND = SizeBand(shrink=0.10, grow=0.50, minimum_bytes=1000)
ONE = Backup("j", "r", Instant(0), Instant(0), "local", "s", 1, 100_000, 0, 1.0, "m", complete=True)


def night(bytes_: int, *, complete: bool = True, accepted: str = "") -> Backup:
    return replace(ONE, bytes=bytes_, complete=complete, accepted=accepted)


def test_the_first_backup_has_nothing_to_be_compared_with() -> None:
    assert size.normal([]) is None
    assert size.anomaly(5, None, BAND) == ""


@pytest.mark.parametrize(
    ("bytes_", "sentence"),
    [
        (100_000, ""),
        (90_001, ""),
        (89_999, "size -10%: 87.9 KiB, normal 97.7 KiB, limit -10%"),
        (50_000, "size -50%: 48.8 KiB, normal 97.7 KiB, limit -10%"),
        (0, "size -100%: 0 B, normal 97.7 KiB, limit -10%"),
        (150_000, ""),
        (150_001, "size +50%: 146.5 KiB, normal 97.7 KiB, limit +50%"),
        (300_000, "size +200%: 293.0 KiB, normal 97.7 KiB, limit +50%"),
    ],
)
def test_outside_the_band_is_an_anomaly(bytes_: int, sentence: str) -> None:
    assert size.anomaly(bytes_, 100_000, BAND) == sentence


def test_a_small_change_is_none_however_large_its_share() -> None:
    assert size.anomaly(1, 900, BAND) == ""


def test_where_nearly_everything_is_gone_no_change_is_small() -> None:
    band = SizeBand(minimum_bytes=1_000_000)
    assert size.anomaly(20_000, 100_000, band) == ""
    assert size.anomaly(9_000, 100_000, band) == "size -91%: 8.8 KiB, normal 97.7 KiB, limit -10%"
    assert size.anomaly(0, 4_095, band) == "", "of so little nothing can be said"


def test_emptied_tables_are_told_by_their_rows() -> None:
    usual = size.normal_rows([replace(night(1), rows=500), replace(night(1), rows=700), night(1)])
    assert usual == 600
    assert size.lost_rows(59, usual) == "rows -90%: 59 in all tables, normal 600: nearly all of them are gone"
    assert [size.lost_rows(rows, usual) for rows in (60, 900, None)] == ["", "", ""]
    assert (size.lost_rows(0, None), size.lost_rows(0, 9), size.normal_rows([night(1)])) == ("", "", None)


def test_a_little_less_every_night_is_noticed_in_the_end() -> None:
    nights = [night(100_000) for _ in range(10)]
    found = ""
    for number in range(1, 6):
        bytes_ = round(100_000 * 0.95**number)
        found = found or size.anomaly(bytes_, size.normal(nights), BAND)
        nights.append(night(bytes_))
    assert found.startswith("size -1")


def test_what_was_not_accepted_is_not_normal_and_what_was_begins_anew() -> None:
    grown = [night(100_000), night(500_000, complete=False)]
    assert size.normal(grown) == 100_000
    grown = [night(100_000), night(500_000, complete=False, accepted="a new system joined")]
    assert size.normal(grown) == 500_000
    assert size.normal([*grown, night(520_000)]) == 510_000


def test_sizes_are_written_for_people() -> None:
    assert [size.write(value) for value in (0, 1023, 1024, 5 * 2**30)] == ["0 B", "1023 B", "1.0 KiB", "5.0 GiB"]
