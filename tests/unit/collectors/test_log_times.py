"""The times logs write."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from wenyam.collectors.linux.log_times import time_of, zone_of
from wenyam.model.instants import Instant, from_datetime

BANGKOK = timezone(timedelta(hours=7))
NOW = from_datetime(datetime(2026, 1, 5, 12, tzinfo=UTC))


def read(line: str, now: Instant = NOW) -> str:
    found = time_of(line, BANGKOK, now)
    return "" if found is None else datetime.fromtimestamp(found / 1000, UTC).isoformat()


@pytest.mark.parametrize(
    ("line", "moment"),
    [
        ("2026-01-05T10:00:00.123456+07:00 fw1 kernel: x", "2026-01-05T03:00:00+00:00"),
        ("2026-01-05T03:00:00Z host app: x", "2026-01-05T03:00:00+00:00"),
        ("2026-01-05 10:00:00,5 INFO x", "2026-01-05T03:00:00+00:00"),
        ("Jan  5 10:00:00 host sshd[1]: x", "2026-01-05T03:00:00+00:00"),
        ("<134>Dec 31 23:59:59 host x", "2025-12-31T16:59:59+00:00"),
        ('192.0.2.1 - - [05/Jan/2026:10:00:00 +0700] "GET / HTTP/1.1" 200 5', "2026-01-05T03:00:00+00:00"),
        ("1767582000.123    45 192.0.2.1 TCP_MISS/200", "2026-01-05T03:00:00+00:00"),
        ('date=2026-01-05 time=10:00:00 devname="fw" tz="+0700"', "2026-01-05T03:00:00+00:00"),
        ("date=2026-01-05 time=10:00:00 devname=fw", "2026-01-05T03:00:00+00:00"),
        ("Feb 29 10:00:00 host x", ""),
        ("2026-13-05T10:00:00 x", ""),
        ("nothing", ""),
        ("", ""),
    ],
)
def test_each_form_is_understood(line: str, moment: str) -> None:
    assert read(line) == moment


def test_a_leap_day_belongs_to_the_year_that_has_it() -> None:
    assert read("Feb 29 10:00:00 host x", from_datetime(datetime(2028, 3, 1, tzinfo=UTC))) == "2028-02-29T03:00:00+00:00"


@pytest.mark.parametrize("text", ["", "7", "+07", "ICT", "+07:00:00"])
def test_what_is_no_offset_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no offset"):
        zone_of(text)
