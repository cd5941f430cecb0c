"""Whose datagrams are read: shares, turns, counts, heads and ages; all without a socket."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.alerts.receive_rows import ROWS, summaries
from wenyam.alerts.receive_told import Addresses
from wenyam.errors import MalformedReplyError
from wenyam.links.traps_header import Clocks, Header, read_header
from wenyam.links.traps_share import OTHERS, Shares, Tally, Turns
from wenyam.model.instants import Instant
from wenyam.model.receiving import ReceivedKind, Share
from wenyam.testing.receiving import device
from wenyam.testing.trap_sender import trap


def test_a_source_has_its_burst_and_then_its_rate() -> None:
    shares = Shares(Share(rate=2, burst=5))
    assert [shares.admit("a", 0.0) for _ in range(7)] == [True] * 5 + [False] * 2
    assert [shares.admit("a", 1.0) for _ in range(3)] == [True, True, False]
    assert shares.admit("b", 1.0)


def test_time_that_goes_back_gives_nothing() -> None:
    shares = Shares(Share(rate=1000, burst=1))
    assert shares.admit("a", 10.0)
    assert not shares.admit("a", 5.0)


def test_only_so_many_sources_are_remembered_the_silent_ones_go_first() -> None:
    shares = Shares(Share(rate=0.001, burst=1), limit=2)
    assert [shares.admit(name, 0.0) for name in ("a", "b", "a", "c", "a", "b")] == [True, True, False, True, False, True]


def test_sources_take_turns_and_strangers_wait() -> None:
    turns: Turns[str] = Turns(lambda source: source.startswith("ours"), each=3, limit=4)
    for source, count in (("stranger", 4), ("ours-1", 3), ("ours-2", 1)):
        for number in range(count):
            turns.put(source, f"{source} {number}")
    assert len(turns) == 7
    taken = [turns.take() for _ in range(8)]
    assert taken == ["ours-1 0", "ours-2 0", "ours-1 1", "ours-1 2", "stranger 0", "stranger 1", "stranger 2", None]


def test_strangers_together_have_a_limit_and_ours_do_not_share_it() -> None:
    turns: Turns[int] = Turns(lambda source: source == "ours", each=10, limit=3)
    assert [turns.put(f"s{number}", number) for number in range(5)] == [True, True, True, False, False]
    assert turns.put("ours", 9)
    assert turns.take() == 9
    assert turns.take() == 0
    assert turns.put("s9", 9)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.booleans()), max_size=200))
def test_whatever_comes_and_goes_the_count_is_right(steps: list[tuple[str, bool]]) -> None:
    turns: Turns[str] = Turns(lambda source: source < "c", each=4, limit=6)
    inside = 0
    for source, puts in steps:
        if puts:
            inside += turns.put(source, source)
        elif turns.take() is not None:
            inside -= 1
        assert len(turns) == inside


def test_counts_beyond_the_limit_are_counted_together() -> None:
    tally = Tally(limit=2)
    for source in ("a", "b", "c", "d", "a"):
        tally.add(source, "wrong community")
    assert dict(tally.drain()) == {("a", "wrong community"): 2, ("b", "wrong community"): 1, (OTHERS, "wrong community"): 2}
    assert dict(tally.drain()) == {}


def test_a_minute_has_a_bounded_number_of_rows() -> None:
    counts = {(f"192.0.2.{number}", "beyond its share"): 1 + number for number in range(ROWS + 50)}
    rows = summaries(
        [counts, {("web-source", "wrong token"): 9870}], Instant(5), Addresses({"web": device("web", "192.0.2.249")})
    )
    assert len(rows) == ROWS + 1
    assert rows[0].text == "web-source: 9,870 further were not read: wrong token"
    assert (rows[1].device, rows[1].count, rows[1].kind) == ("web", 250, ReceivedKind.SUMMARY)
    assert (rows[-1].source, sum(row.count for row in rows)) == (OTHERS, sum(counts.values()) + 9870)


def test_the_head_of_a_community_message_is_read() -> None:
    assert read_header(trap(1, b"secret")) == Header("2c", community=b"secret")


@pytest.mark.parametrize("length", range(0, 30, 3))
def test_a_head_that_is_cut_is_malformed(length: int) -> None:
    with pytest.raises(MalformedReplyError):
        read_header(trap(1)[:length])


@given(st.binary(max_size=200))
def test_noise_is_malformed_or_read_and_never_anything_else(noise: bytes) -> None:
    try:
        read_header(noise)
    except MalformedReplyError:
        return


def test_an_old_message_is_known_by_what_its_engine_proved_before() -> None:
    clocks = Clocks()
    first = Header("3", engine=b"engine", boots=5, time=1000)
    assert not clocks.is_old(first, 0.0)
    clocks.proved(first, 0.0)
    assert not clocks.is_old(Header("3", engine=b"engine", boots=5, time=900), 0.0)
    assert clocks.is_old(Header("3", engine=b"engine", boots=5, time=900), 60.0)
    assert clocks.is_old(Header("3", engine=b"engine", boots=4, time=5000), 0.0)
    assert not clocks.is_old(Header("3", engine=b"engine", boots=6, time=0), 60.0)
    clocks.proved(Header("3", engine=b"engine", boots=5, time=900), 0.0)
    assert clocks.is_old(Header("3", engine=b"engine", boots=5, time=849), 0.0), "an older proof does not set the clock back"
