"""Moments of the command line that are an end."""

from wenyam.model.instants import Instant, to_iso
from wenyam.operations.moments import deadline_of

NOW = Instant(1_795_800_000_000)


def test_what_is_due_on_a_day_is_due_on_that_day_wherever_it_is_shown() -> None:
    assert to_iso(deadline_of("2026-12-31", "--due", NOW, "Asia/Bangkok")) == "2026-12-31T16:59:59.000Z"
    assert to_iso(deadline_of("2026-12-31T10:00", "--due", NOW, "Asia/Bangkok")) == "2026-12-31T03:00:00.000Z"
    assert deadline_of("+2h", "--due", NOW, "Asia/Bangkok") == NOW + 2 * 3_600_000
