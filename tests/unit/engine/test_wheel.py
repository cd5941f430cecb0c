"""The poll wheel against a clock moved by hand."""

import asyncio
import collections
import contextlib
import functools
import itertools
from collections.abc import AsyncIterator

import pytest

from wenyam.engine.wheel import Wheel, jitter
from wenyam.testing.clock import FakeClock


@pytest.fixture
async def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
async def wheel(clock: FakeClock) -> AsyncIterator[Wheel]:
    turning = Wheel(clock)
    task = asyncio.create_task(turning.run())
    yield turning
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    await turning.stop()


async def test_an_entry_runs_at_its_interval(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[float] = []

    async def note() -> None:
        moments.append(clock.monotonic())

    wheel.add("a", 10.0, note, first=3.0)
    await clock.advance(34.0)
    assert moments == [3.0, 13.0, 23.0, 33.0]


async def test_a_slow_run_is_never_doubled_and_its_turns_are_left_out(clock: FakeClock, wheel: Wheel) -> None:
    running = finished = 0

    async def slow() -> None:
        nonlocal running, finished
        running += 1
        assert running == 1
        await clock.sleep(25.0)
        running -= 1
        finished += 1

    wheel.add("slow", 10.0, slow, first=0.0)
    await clock.advance(61.0)
    assert finished == 2
    assert wheel.figures.skipped == 4


async def test_one_that_hangs_does_not_delay_another(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[float] = []

    async def hang() -> None:
        await asyncio.Event().wait()

    async def note() -> None:
        moments.append(clock.monotonic())

    wheel.add("hangs", 1.0, hang, first=0.0)
    wheel.add("works", 1.0, note, first=0.5)
    await clock.advance(3.0)
    assert moments == [0.5, 1.5, 2.5]
    assert wheel.figures.latest == 0.0


@pytest.mark.parametrize(("interval", "apart"), [(60.0, 0.1), (6.0, 0.06), (2.0, 0.05), (1.0, 0.05), (0.2, 0.02)])
async def test_turns_by_jitter_share_moments_and_are_spread_all_the_same(
    clock: FakeClock, wheel: Wheel, interval: float, apart: float
) -> None:
    moments: dict[int, list[float]] = {}

    async def note(number: int) -> None:
        moments.setdefault(number, []).append(clock.monotonic())

    count = 300
    for number in range(count):
        wheel.add(("read", number), interval, functools.partial(note, number))
    await clock.advance(2 * interval + apart)
    assert len(moments) == count
    starts = [moment for seen in moments.values() for moment in seen]
    assert all(abs(moment / apart - round(moment / apart)) < 1e-6 for moment in starts)
    assert all(
        later - earlier == pytest.approx(interval) for seen in moments.values() for earlier, later in itertools.pairwise(seen)
    )
    first = collections.Counter(round(seen[0] / apart) for seen in moments.values())
    assert len(first) <= interval / apart + 1
    assert max(first.values()) < 5 + 4 * count * apart / interval
    assert wheel.figures.skipped == 0
    assert wheel.figures.latest < 1e-6


async def test_a_first_turn_that_is_told_is_kept_to_the_moment(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[float] = []

    async def note() -> None:
        moments.append(clock.monotonic())

    wheel.add("a", 60.0, note, first=0.037)
    await clock.advance(61.0)
    assert moments == [0.037, 60.037]


async def test_after_a_long_sleep_there_is_one_run_and_no_backlog(clock: FakeClock, wheel: Wheel) -> None:
    runs = 0

    async def count() -> None:
        nonlocal runs
        runs += 1

    wheel.add("a", 1.0, count, first=1.0)
    await clock.advance(1.0)
    assert runs == 1
    clock.jump(100.0)
    await clock.advance(0.0)
    assert runs == 2
    assert wheel.figures.latest >= 99.0


async def test_hasten_runs_sooner_and_during_a_run_again_right_after(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[float] = []

    async def note() -> None:
        moments.append(clock.monotonic())
        if len(moments) == 1:
            wheel.hasten("a", 1.0)

    wheel.add("a", 60.0, note, first=5.0)
    wheel.hasten("a", 2.0)
    await clock.advance(4.0)
    assert moments == [2.0, 3.0]


async def test_a_hastened_run_does_not_shift_the_regular_turns(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[float] = []

    async def note() -> None:
        moments.append(clock.monotonic())

    wheel.add("a", 10.0, note, first=7.0)
    wheel.hasten("a", 1.0)
    await clock.advance(28.0)
    assert moments == [1.0, 7.0, 17.0, 27.0]


async def test_sync_keeps_the_rhythm_of_what_stays(clock: FakeClock, wheel: Wheel) -> None:
    moments: list[str] = []

    async def old() -> None:
        moments.append("old")

    async def new() -> None:
        moments.append("new")

    wheel.add("stays", 10.0, old, first=5.0)
    wheel.add("goes", 10.0, old, first=1.0)
    wheel.sync({"stays": (10.0, new)})
    assert wheel.known() == {"stays"}
    await clock.advance(4.9)
    assert moments == []
    await clock.advance(0.2)
    assert moments == ["new"]


async def test_an_unforeseen_error_is_logged_and_the_entry_goes_on(
    clock: FakeClock, wheel: Wheel, caplog: pytest.LogCaptureFixture
) -> None:
    runs = 0

    async def broken() -> None:
        nonlocal runs
        runs += 1
        raise ZeroDivisionError

    wheel.add("broken", 1.0, broken, first=0.0)
    await clock.advance(2.5)
    assert runs == 3
    assert "a run of broken failed in a way nobody foresaw" in caplog.text


def test_jitter_is_stable_and_spreads() -> None:
    shares = sorted(jitter(("alive", f"device-{number}"), 1.0) for number in range(1000))
    assert shares == sorted(jitter(("alive", f"device-{number}"), 1.0) for number in range(1000))
    assert 0.0 <= shares[0] < 0.02
    assert 0.98 < shares[-1] < 1.0
    widest = max(later - sooner for sooner, later in itertools.pairwise(shares))
    assert widest < 0.02
