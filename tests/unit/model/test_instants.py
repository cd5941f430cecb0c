"""Instants as text: every moment the calendar knows is written as `datetime` writes it, and read back."""

from datetime import UTC, datetime

from hypothesis import example, given
from hypothesis import strategies as st

from wenyam.model.instants import Instant, from_iso, to_iso

_FIRST, _LAST = -62_135_596_800_000, 253_402_300_799_999
"""The first and the last millisecond of the years 1 to 9999."""


@given(st.integers(_FIRST, _LAST))
@example(0)
@example(-1)
@example(_FIRST)
@example(_LAST)
def test_a_moment_is_written_in_utc_with_milliseconds_and_reads_back(milliseconds: int) -> None:
    text = to_iso(Instant(milliseconds))
    seconds, rest = divmod(milliseconds, 1000)
    assert text == f"{datetime.fromtimestamp(seconds, UTC).replace(tzinfo=None).isoformat()}.{rest:03}Z"
    assert from_iso(text) == milliseconds
