"""From changes of state to real receivers: grouping, escalation, silences, windows, dead channels. Time is moved by hand."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts import facts
from wenyam.model.instants import after
from wenyam.model.states import State
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver, Reply

pytestmark = pytest.mark.real


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


@pytest.fixture
def second() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


def device(**more: Any) -> dict[str, Any]:
    return {"kind": "server", "address": "127.0.0.1", "shared_address": True, "alive": {"any_of": ["tcp:9"]}, **more}


def sections(receiver: HttpReceiver, **more: Any) -> dict[str, Any]:
    return {
        "devices": {"core": device(kind="switch"), "web": device(parents=["core"]), "db": device()},
        "services": {"site": {"label": {"th": "เว็บไซต์", "en": "Website"}, "members": ["web"]}},
        "channels": {"hook": {"kind": "webhook", "url": receiver.url, "language": "en"}},
        **more,
    }


def posts(receiver: HttpReceiver) -> list[dict[str, Any]]:
    """Return what was posted; a look whether anybody is there is no message."""
    return [heard.data for heard in receiver.heard if heard.method == "POST"]


def titles(receiver: HttpReceiver) -> list[str]:
    return [post["alerts"][0]["annotations"]["title"] for post in posts(receiver)]


def codes(post: dict[str, Any]) -> set[str]:
    return {alert["annotations"]["code"] for alert in post["alerts"]}


async def test_a_dead_host_is_told_after_the_group_wait_and_its_recovery_too(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.see("db", State.DOWN, "no answer to tcp:9")
        await house.turn()
        assert posts(receiver) == []
        await house.pass_time(6)
        assert [post["status"] for post in posts(receiver)] == ["firing"]
        assert titles(receiver) == ["✖ DOWN db · Head office"]
        house.see("db", State.UP)
        await house.turn()
        assert [post["status"] for post in posts(receiver)] == ["firing", "resolved"]
        await house.pass_time(30, 10)
        assert len(posts(receiver)) == 2


async def test_what_ended_before_its_first_message_is_told_in_one_word(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.see("db", State.DOWN, "no answer")
        await house.turn()
        house.see("db", State.UP)
        await house.pass_time(10)
        assert [post["status"] for post in posts(receiver)] == ["resolved"]


async def test_five_hundred_devices_behind_a_dead_core_switch_are_one_incident_and_one_message(
    tmp_path: Path, receiver: HttpReceiver
) -> None:
    behind = [f"host-{number:03}" for number in range(500)]
    devices = {"core": device(kind="switch")} | {name: device(parents=["core"]) for name in behind}
    services = {"erp": {"label": {"th": "ระบบ ERP", "en": "ERP"}, "members": behind[:3]}}
    async with AlertHouse(write_configuration(tmp_path, sections(receiver, devices=devices, services=services))) as house:
        house.see("core", State.UP)
        for number, name in enumerate(behind):
            house.see(name, State.UNREACHABLE, "unreachable behind core", cause="device:core")
            if number == 250:
                await house.turn()
        house.see("core", State.DOWN, "no answer to icmp")
        house.see("service:erp/overall", State.DOWN, "not working: device:host-000", cause="device:core")
        await house.pass_time(120, 5)
        assert len(posts(receiver)) <= 3
        assert titles(receiver)[0] == "✖ DOWN core · Head office"
        assert "500 more behind it" in posts(receiver)[0]["alerts"][0]["annotations"]["description"]
        assert "Services hurt: ERP" in posts(receiver)[0]["alerts"][0]["annotations"]["description"]
        (incident,) = house.service.book.open()
        assert str(incident.root) == "device:core"
        assert len(incident.members) == 502
        for name in [*behind, "core", "service:erp/overall"]:
            house.see(name, State.UP)
        await house.pass_time(20, 5)
        assert len(posts(receiver)) <= 3
        assert incident.recovered is not None


async def test_several_that_die_together_at_one_site_share_a_message_but_not_an_incident(
    tmp_path: Path, receiver: HttpReceiver
) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.see("db", State.DOWN, "no answer")
        house.see("core", State.DOWN, "no answer")
        await house.pass_time(6)
        (post,) = posts(receiver)
        assert len(codes(post)) == 2
        assert len(house.service.book.open()) == 2


async def test_a_channel_that_is_down_for_half_an_hour_loses_nothing_and_ends_in_a_summary(
    tmp_path: Path, receiver: HttpReceiver
) -> None:
    devices = {f"host-{number}": device() for number in range(20)}
    async with AlertHouse(write_configuration(tmp_path, sections(receiver, devices=devices, services={}))) as house:
        down = Reply(503, b"{}")
        receiver.answer = lambda heard: down if heard.method == "POST" else Reply()  # type: ignore[method-assign]  # its own door
        for number in range(20):
            house.see(f"host-{number}", State.DOWN, "no answer")
            await house.pass_time(90, 10)
        tried = len(posts(receiver))
        assert 3 < tried < 200
        raised = [notice.codes[0] for notice in house.service.outbox.pending.values()]
        assert len(raised) == 20
        del receiver.answer
        await house.pass_time(180, 5)
        assert house.service.outbox.pending == {}
        since = posts(receiver)[tried:]
        told = [alert["annotations"]["code"] for post in since for alert in post["alerts"]]
        assert list(dict.fromkeys(told)) == raised, "nothing lost, in the order of raising"
        assert len(since) <= 4, "a summary instead of a flood"


async def test_a_message_that_may_have_arrived_is_sent_again_under_the_same_key(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        receiver.replies.append(Reply())  # the look at the start
        await house.turn()
        receiver.replies.append(Reply(hang_up=True))
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(30)
        keys = [heard.headers.get("idempotency-key") for heard in receiver.heard if heard.method == "POST"]
        assert len(keys) == 2
        assert keys[0] is not None
        assert len(set(keys)) == 1


async def test_what_a_channel_cannot_deliver_goes_to_the_next_one_and_is_a_trouble_told_elsewhere(
    tmp_path: Path, receiver: HttpReceiver, second: HttpReceiver
) -> None:
    channels = {
        "hook": {"kind": "webhook", "url": receiver.url, "language": "en", "fallback": "other", "fallback_after": "5m"},
        "other": {"kind": "webhook", "url": second.url, "language": "en"},
    }
    routes = {"all": {"steps": [{"to": ["duty_officer"], "channels": ["hook"]}]}}
    troubles = {"channels": {"match": {"kinds": ["monitor"]}, "steps": [{"to": ["owner"], "channels": ["hook", "other"]}]}}
    written = sections(receiver, channels=channels, alerts={"routes": {**troubles, **routes}})
    async with AlertHouse(write_configuration(tmp_path, written)) as house:
        receiver.answer = lambda heard: Reply(500) if heard.method == "POST" else Reply()  # type: ignore[method-assign]  # its own door
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(60, 5)
        assert any("channel hook" in title for title in titles(second))
        assert not any("db" in title for title in titles(second))
        await house.pass_time(300, 10)
        assert any("db" in title for title in titles(second))
        assert not any("db" in code for notice in house.service.outbox.waiting("hook") for code in notice.codes)


async def test_a_refusal_that_can_never_change_is_passed_on_at_once(
    tmp_path: Path, receiver: HttpReceiver, second: HttpReceiver
) -> None:
    channels = {
        "hook": {"kind": "webhook", "url": receiver.url, "language": "en", "fallback": "other"},
        "other": {"kind": "webhook", "url": second.url, "language": "en"},
    }
    routes = {"all": {"match": {"kinds": ["server"]}, "steps": [{"to": ["duty_officer"], "channels": ["hook"]}]}}
    written = sections(receiver, channels=channels, alerts={"routes": routes})
    async with AlertHouse(write_configuration(tmp_path, written)) as house:
        receiver.answer = lambda heard: Reply(401) if heard.method == "POST" else Reply()  # type: ignore[method-assign]  # its own door
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(10)
        assert titles(second) == ["✖ DOWN db · Head office"]
        assert len(posts(receiver)) == 1


async def test_escalation_waits_for_nobody_and_ends_when_somebody_takes_it(tmp_path: Path, receiver: HttpReceiver) -> None:
    steps = [
        {"to": ["anan"], "channels": ["hook"]},
        {"after": "15m", "to": ["busaba"], "channels": ["hook"]},
        {"after": "30m", "to": ["chai"], "channels": ["hook"]},
    ]
    written = sections(receiver, alerts={"routes": {"all": {"steps": steps, "repeat": "1h"}}})
    async with AlertHouse(write_configuration(tmp_path, written)) as house:
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(14 * 60, 30)
        assert len(posts(receiver)) == 1
        await house.pass_time(2 * 60, 30)
        assert len(posts(receiver)) == 2
        assert "nobody has acknowledged" in titles(receiver)[1]
        (incident,) = house.service.book.open()
        said = await house.service.acknowledge(incident.code.lower(), "busaba", "command")
        assert "taken by busaba" in said
        assert "already" in await house.service.acknowledge(incident.code, "chai", "command")
        await house.pass_time(3 * 3600, 300)
        assert [title for title in titles(receiver)[2:] if "overdue" not in title] == []
        house.see("db", State.UP)
        await house.pass_time(2)
        assert posts(receiver)[-1]["status"] == "resolved"


async def test_a_later_message_tells_the_reason_of_now(tmp_path: Path, receiver: HttpReceiver) -> None:
    steps = [{"to": ["anan"], "channels": ["hook"]}, {"after": "15m", "to": ["busaba"], "channels": ["hook"]}]
    async with AlertHouse(
        write_configuration(tmp_path, sections(receiver, alerts={"routes": {"all": {"steps": steps}}}))
    ) as house:
        house.see("service:site", State.DOWN, "The device refused the connection")
        await house.pass_time(5 * 60, 30)
        for _ in range(20):  # what changes with every look is no other reason
            house.see("service:site", State.DOWN, f"web: the page answers in {house.clock.monotonic():.2f} s")
            await house.pass_time(15, 15)
        for text in ("cut off", "refused") * 5:
            house.see("service:site", State.DOWN, text)
            await house.pass_time(15, 15)
        house.see("service:site", State.DOWN, "login: the expected text is not on the page")
        await house.pass_time(10 * 60, 30)
        first, second = map(str, posts(receiver))
        assert "The device refused the connection" in first
        assert "login: the expected text is not on the page" in second
        (incident,) = house.service.book.open()
        said = [entry.text for entry in incident.timeline if entry.kind == "incident-members"]
        assert [text.partition(": ")[2][:9] for text in said] == ["", "web: the ", "login: th"]


async def test_what_nobody_takes_is_repeated(tmp_path: Path, receiver: HttpReceiver) -> None:
    routes = {"all": {"steps": [{"to": ["anan"], "channels": ["hook"]}], "repeat": "20m"}}
    async with AlertHouse(write_configuration(tmp_path, sections(receiver, alerts={"routes": routes}))) as house:
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(50 * 60, 30)
        assert [title for title in titles(receiver) if "still not acknowledged" in title] != []
        assert len(posts(receiver)) == 3


async def test_a_warning_that_turns_critical_is_told_again(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.see("device:db/disk", State.WARN, "disk 86 %")
        await house.pass_time(10)
        house.see("device:db/disk", State.CRIT, "disk 97 %")
        await house.pass_time(10)
        assert len(posts(receiver)) == 2
        assert titles(receiver)[0].startswith("▲ WARN")
        assert titles(receiver)[1].startswith("✖ CRIT")


async def test_a_silence_holds_its_message_until_it_ends(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        now = house.clock.now()
        silence = facts.silenced("s1", now, "anan", what="device:db", until=after(now, 600), reason="new disk")
        await house.service.record([silence])
        house.see("db", State.DOWN, "no answer")
        house.see("core", State.DOWN, "no answer")
        await house.pass_time(300, 10)
        assert titles(receiver) == ["✖ DOWN core · Head office"]
        await house.pass_time(310, 10)
        assert titles(receiver)[1:] == ["✖ DOWN db · Head office"]


async def test_planned_work_pages_nobody_and_its_overrun_does(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.board.window_of = lambda subject, _at: "move" if subject.name == "core" else None
        house.see("core", State.DOWN, "no answer")
        house.see("web", State.UNREACHABLE, "unreachable behind core", cause="device:core")
        await house.pass_time(600, 30)
        assert posts(receiver) == []
        house.board.window_of = lambda _subject, _at: None
        house.see("core", State.DOWN, "no answer")
        await house.pass_time(10)
        assert titles(receiver) == ["✖ DOWN core · Head office"]


async def test_what_fails_again_after_its_recovery_was_told_is_told_again(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(10)
        (code,) = house.service.book.incidents
        await house.service.acknowledge(code, "somchai", "command")
        house.see("db", State.UP)
        await house.pass_time(120, 10)
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(3600, 60)
        assert titles(receiver) == [
            "✖ DOWN db · Head office", "✔ recovered db · Head office", "✖ DOWN db · Head office · failed again",
        ]  # fmt: skip


async def test_what_stays_down_behind_a_parent_that_came_back_is_told_by_itself(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver, services={}))) as house:
        house.see("core", State.DOWN, "no answer")
        house.see("web", State.UNREACHABLE, "unreachable behind core", cause="device:core")
        await house.pass_time(10)
        (code,) = house.service.book.incidents
        await house.service.acknowledge(code, "somchai", "command")
        house.see("core", State.UP)
        await house.pass_time(20, 10)
        house.see("web", State.DOWN, "no answer")
        await house.pass_time(600, 60)
        assert titles(receiver)[0] == "✖ DOWN core · Head office"
        assert sorted(titles(receiver)[1:]) == ["✔ recovered core · Head office", "✖ DOWN web · Head office"]


async def test_what_comes_and_goes_is_told_in_one_word(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        for _ in range(30):
            house.see("db", State.DOWN, "no answer")
            await house.pass_time(20, 10)
            house.see("db", State.UP)
            await house.pass_time(20, 10)
        assert len(house.service.book.incidents) == 1
        assert any("comes and goes" in title for title in titles(receiver))
        assert len(posts(receiver)) < 20


async def test_a_cap_turns_a_flood_into_one_summary(tmp_path: Path, receiver: HttpReceiver) -> None:
    devices = {f"host-{number}": device() for number in range(12)}
    channels = {"hook": {"kind": "webhook", "url": receiver.url, "language": "en", "cap_per_hour": 5}}
    written = sections(receiver, devices=devices, services={}, channels=channels)
    async with AlertHouse(write_configuration(tmp_path, written)) as house:
        for number in range(12):
            house.see(f"host-{number}", State.DOWN, "no answer")
            await house.pass_time(10, 10)
        assert len(posts(receiver)) == 5
        await house.pass_time(3600, 60)
        assert len(posts(receiver)) == 6
        assert "summary" in titles(receiver)[5]
        assert set().union(*(codes(post) for post in posts(receiver))) == set(house.service.book.incidents)


async def test_two_hundred_devices_with_a_refused_credential_are_one_message(tmp_path: Path, receiver: HttpReceiver) -> None:
    devices = {f"host-{number}": device() for number in range(200)}
    async with AlertHouse(write_configuration(tmp_path, sections(receiver, devices=devices, services={}))) as house:
        house.see("credential:readers/accepted", State.CRIT, "refused by host-0")
        for number in range(200):
            house.see(f"device:host-{number}/management-snmp", State.UNKNOWN, "credential refused", cause="credential:readers")
        await house.pass_time(60, 5)
        assert len(posts(receiver)) == 1


async def test_what_was_open_before_a_restart_is_neither_lost_nor_told_twice(tmp_path: Path, receiver: HttpReceiver) -> None:
    configuration = write_configuration(tmp_path, sections(receiver))
    async with AlertHouse(configuration) as house:
        house.see("db", State.DOWN, "no answer")
        await house.pass_time(6)
        house.see("core", State.DOWN, "no answer")
        await house.turn()
        clock = house.hand
    async with AlertHouse(configuration) as house:
        await house.hand.advance(clock.monotonic())
        await house.pass_time(10)
        assert titles(receiver) == ["✖ DOWN db · Head office", "✖ DOWN core · Head office"]
        assert len(house.service.book.open()) == 2


async def test_a_store_that_takes_nothing_is_told_past_the_outbox_once_an_hour(tmp_path: Path, receiver: HttpReceiver) -> None:
    async with AlertHouse(write_configuration(tmp_path, sections(receiver))) as house:
        emergency, composer = house.service._emergency, house.service._composer
        for _ in range(10):
            await emergency.look("The disk is full: /var/lib/wenyam/wenyam.db", composer)
            await house.hand.advance(10)
        assert titles(receiver) == ["✖ CRIT Wenyam test-house cannot write"]
        assert "The disk is full" in posts(receiver)[0]["alerts"][0]["annotations"]["description"]
        await house.hand.advance(3600)
        await emergency.look("The disk is full: /var/lib/wenyam/wenyam.db", composer)
        assert len(posts(receiver)) == 2
        await emergency.look("", composer)
        await emergency.look("The disk is full: /var/lib/wenyam/wenyam.db", composer)
        assert len(posts(receiver)) == 2, "one failed try is no emergency"


@pytest.mark.parametrize(
    "subject", ["job:erp-db/last-run", "credential:fleet/login", "monitor:store/writable", "external:room:a/alert"]
)
async def test_what_has_no_duty_officer_of_its_own_reaches_those_of_its_site_by_mail(tmp_path: Path, subject: str) -> None:
    with MailServer(security="none") as mail:
        relay = {"host": "127.0.0.1", "port": mail.port, "security": "none"}
        channels = {"mail": {"kind": "mail", "sender": "wenyam@example.org", "language": "en", "relays": [relay]}}
        async with AlertHouse(write_configuration(tmp_path, {"devices": {"db": device()}, "channels": channels})) as house:
            house.see(subject, State.CRIT, "it is bad")
            await house.pass_time(10, 2)
            (told,) = mail.mails
            assert told.recipients == ["anan@example.org"]
            assert house.service.outbox.pending == {}
