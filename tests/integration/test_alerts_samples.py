"""What Prometheus sees of channels and incidents: a channel that refuses, a self-test that is late, a limit that has passed."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from wenyam.alerts.feed import ALERTS, AlertFeed, is_late
from wenyam.model.alerting import ChannelPlan
from wenyam.model.instants import Instant, after
from wenyam.model.states import State
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.receivers import HttpReceiver, Reply

pytestmark = pytest.mark.real

DEVICE = {"kind": "server", "address": "127.0.0.1", "shared_address": True, "alive": {"any_of": ["tcp:9"]}}
ZONE = "Asia/Bangkok"
MONDAY = Instant(1_763_949_600_000)
"""2025-11-24T09:00 in Bangkok."""
DAY = 86_400.0


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


@pytest.fixture
async def house(tmp_path: Path, receiver: HttpReceiver) -> AsyncIterator[AlertHouse]:
    channels = {
        "hook": {"kind": "webhook", "url": receiver.url, "language": "en"},
        "quiet": {"kind": "webhook", "url": receiver.url, "language": "en", "self_test": None, "severities": ["critical"]},
    }
    async with AlertHouse(write_configuration(tmp_path, {"devices": {"db": DEVICE}, "channels": channels})) as opened:
        yield opened


async def samples(house: AlertHouse) -> dict[str, float]:
    """Return every sample as `name{label value}`."""
    feed = AlertFeed()
    feed.configure(house.configuration)
    feed.service = house.service
    reading = (await feed.collect(house.clock.now()))[ALERTS]
    return {
        f"{family.name} {' '.join(value for _, value in labels)}": value
        for family in reading.families
        for labels, value in zip(family.labels, family.values, strict=True)
    }


async def test_a_channel_that_refuses_is_red_until_it_takes_what_waited(house: AlertHouse, receiver: HttpReceiver) -> None:
    await house.turn()
    before = await samples(house)
    assert (before["alert_channel_status hook"], before["alerts_pending hook"], before["alerts_oldest_seconds hook"]) == (1, 0, 0)
    receiver.answer = lambda heard: Reply(503 if heard.method == "POST" else 200)  # type: ignore[method-assign]  # it is down
    house.see("db", State.DOWN, "no answer to tcp:9")
    await house.pass_time(700, 20)
    red = await samples(house)
    assert red["alert_channel_status hook"] == 3
    assert red["alerts_pending hook"] >= 1
    assert red["alerts_oldest_seconds hook"] > 600
    del receiver.answer
    await house.pass_time(300, 20)
    green = await samples(house)
    assert (green["alert_channel_status hook"], green["alerts_pending hook"], green["alerts_oldest_seconds hook"]) == (1, 0, 0)


async def test_what_waits_counts_on_when_the_clock_is_set_back(house: AlertHouse, receiver: HttpReceiver) -> None:
    receiver.answer = lambda heard: Reply(503 if heard.method == "POST" else 200)  # type: ignore[method-assign]  # it is down
    house.see("db", State.DOWN, "no answer to tcp:9")
    await house.pass_time(300, 20)
    house.hand.step(-DAY)
    await house.pass_time(900, 20)
    assert (await samples(house))["alerts_oldest_seconds hook"] > 600


async def test_a_self_test_made_before_the_clock_was_set_back_does_not_stand_for_the_next(house: AlertHouse) -> None:
    await house.pass_time(8 * DAY, DAY / 4)
    made = house.service.outbox.self_tests["hook"][0]
    house.hand.step(-400 * DAY)
    set_back = house.clock.now()
    await house.pass_time(8 * DAY, DAY / 4)
    assert set_back < house.service.outbox.self_tests["hook"][0] < made


async def test_an_incident_beyond_its_limit_is_counted_as_overdue(house: AlertHouse) -> None:
    house.see("db", State.DOWN, "no answer to tcp:9")
    await house.pass_time(60, 20)
    assert (await samples(house))["incidents_overdue critical"] == 0
    await house.pass_time(7200, 600)
    found = await samples(house)
    assert (found["incidents_open critical"], found["incidents_overdue critical"], found["incidents_overdue warning"]) == (
        1,
        1,
        0,
    )


async def test_only_a_channel_that_tests_itself_says_whether_it_did(house: AlertHouse) -> None:
    await house.turn()
    found = await samples(house)
    assert found["alert_self_test_status hook"] == 1
    assert "alert_self_test_status quiet" not in found


def test_a_self_test_is_late_an_hour_after_it_was_due_but_not_for_what_was_due_before_the_start() -> None:
    plan = ChannelPlan("hook", "webhook", None, "en", self_test="every mon 09:00")
    made, next_due = after(MONDAY, 60), after(MONDAY, 7 * DAY)
    long_ago = after(MONDAY, -30 * DAY)
    assert not is_late(plan, ZONE, made, long_ago, after(next_due, 3600))
    assert is_late(plan, ZONE, made, long_ago, after(next_due, 3601))
    started = after(next_due, 2 * DAY)
    assert not is_late(plan, ZONE, made, started, after(started, 3600))
    assert is_late(plan, ZONE, made, started, after(started, 3601))


async def test_a_self_test_is_sent_when_due_and_its_failure_is_told_elsewhere_until_one_gets_through(tmp_path: Path) -> None:
    with HttpReceiver() as first, HttpReceiver() as second:
        channels = {
            "daily": {"kind": "webhook", "url": first.url, "language": "en", "self_test": "every day 09:00"},
            "other": {"kind": "webhook", "url": second.url, "language": "en", "self_test": None},
        }
        async with AlertHouse(write_configuration(tmp_path, {"devices": {"db": DEVICE}, "channels": channels})) as house:
            first.answer = lambda heard: Reply(503 if heard.method == "POST" else 200)  # type: ignore[method-assign]  # its inbox is full
            for _ in range(25):
                if not posts(first):
                    await house.pass_time(3600, 3600)
            for _ in range(12):  # the tester is a task of its own: on a busy machine it needs more turns
                if not posts(second):
                    await house.pass_time(10, 10)
            assert posts(first)[0]["title"] == "Test of channel daily"
            assert house.service.outbox.self_tests["daily"][1] != ""
            assert (await samples(house))["alert_channel_status daily"] == 3
            assert [post["title"] for post in posts(second)] == ["✖ CRIT self-test of channel daily · Head office"]
            await house.pass_time(900, 300)
            assert (await samples(house))["alert_channel_status daily"] == 3, "that it answers is not that it takes messages"
            del first.answer
            await house.pass_time(1800, 300)
            assert house.service.outbox.self_tests["daily"][1] == ""
            assert (await samples(house))["alert_channel_status daily"] == 1


def posts(receiver: HttpReceiver) -> list[dict[str, str]]:
    """Return the annotations of the first alert of each message."""
    return [heard.data["alerts"][0]["annotations"] for heard in receiver.heard if heard.method == "POST"]
