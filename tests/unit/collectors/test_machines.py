from hypothesis import given
from hypothesis import strategies as some

from wenyam.collectors.linux.machines import read_names, read_oldest_snapshots, read_states

STATES = """Domain: 'erp app's'
  state.state=1
  state.reason=0

Domain: '-off'
  state.state=5
Domain: 'crashed'
  state.state=6
Domain: 'asleep'
  state.state=7
Domain: 'odd'
  state.state=99
"""
SNAPSHOTS = """machine 6695eb01-f6a4-8304-79aa-97f2502e1931 before patch   2023-11-14 22:13:20 +0000   shutoff
 2020-01-01 00:00:00 +0000   2024-11-14 22:13:20 +0700   running
machine 6695eb01-f6a4-8304-79aa-97f2502e1932
machine 6695eb01-f6a4-8304-79aa-97f2502e1933
 machine x   2024-11-14 22:13:20 +0700   running
machine 3
 broken  2023-99-14 22:13:20 +0000   shutoff
"""


def test_states_are_read_by_name_however_odd_it_is() -> None:
    assert read_states(STATES) == {"erp app's": 1, "-off": 3, "crashed": 4, "asleep": 2, "odd": 0}


def test_names_are_found_by_uuid() -> None:
    assert read_names("6695eb01-f6a4-8304-79aa-97f2502e1931 erp app's\nx\n") == {
        "6695eb01-f6a4-8304-79aa-97f2502e1931": "erp app's"
    }


def test_the_oldest_snapshot_counts_and_a_name_like_a_date_confuses_nobody() -> None:
    assert read_oldest_snapshots(SNAPSHOTS) == {
        "6695eb01-f6a4-8304-79aa-97f2502e1931": 1_700_000_000_000,
        "6695eb01-f6a4-8304-79aa-97f2502e1933": 1_731_597_200_000,
    }


@given(some.text(max_size=300))
def test_no_text_whatever_breaks_a_reader(text: str) -> None:
    assert read_states(text) is not None
    assert read_names(text) is not None
    assert read_oldest_snapshots("machine x\n" + text) is not None
