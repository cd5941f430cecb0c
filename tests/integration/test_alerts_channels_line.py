"""The LINE channel against a server that gives the documented answers: every fault red, then green."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.failures import QuotaSpentError
from wenyam.alerts.notifiers.line import LineNotifier, LineOptions
from wenyam.testing.alerting import HOSTILE, KEY, everything_said, make_message, make_person, make_surroundings, write_secret
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.clock import FakeClock
from wenyam.testing.line_server import LineServer, line_id
from wenyam.testing.receivers import Reply

pytestmark = pytest.mark.real
TOKEN = "canary-line-token-d41d8cd98f"
GROUP = line_id("C", 7)
ANONG, SOMCHAI = line_id("U", 1), line_id("U", 2)
PEOPLE = [make_person("anong", line_id=ANONG), make_person("somchai", line_id=SOMCHAI)]


@pytest.fixture
def line() -> Iterator[LineServer]:
    with LineServer(TOKEN) as server:
        yield server


def notifier(line: LineServer, folder: Path, clock: FakeClock | None = None, **options: Any) -> LineNotifier:
    given = {"token": write_secret(folder / "token", options.pop("secret", TOKEN)), "url": line.url, "timeout": "2s", **options}
    return LineNotifier(LineOptions.model_validate(given), make_surroundings(clock))


async def test_a_group_gets_a_push_and_its_people_are_counted(line: LineServer, tmp_path: Path) -> None:
    line.members[GROUP] = 12
    delivery = await notifier(line, tmp_path, group=GROUP).send(make_message(), PEOPLE, KEY)
    assert line.received == {GROUP: [["DOWN core-1, head office\nsince 12:00\nfirst step: ping"]]}
    assert delivery.detail == "LINE took it for 12 people; 12 of this month's 1,000 messages used, 988 left"


async def test_persons_get_one_multicast_and_one_person_a_push(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    await channel.send(make_message(), [*PEOPLE, make_person("twin", line_id=ANONG)], KEY)
    await channel.send(make_message(), PEOPLE[:1], "other")
    assert [heard.path.rpartition("/")[2] for heard in line.heard if heard.method == "POST"] == ["multicast", "push"]
    assert {each: len(texts) for each, texts in line.received.items()} == {ANONG: 2, SOMCHAI: 1}


async def test_more_than_500_persons_take_several_calls(line: LineServer, tmp_path: Path) -> None:
    crowd = [make_person(f"p{number}", line_id=line_id("U", number)) for number in range(1, 702)]
    delivery = await notifier(line, tmp_path).send(make_message(), crowd, KEY)
    assert [len(heard.data["to"]) for heard in line.heard if heard.method == "POST"] == [500, 201]
    assert "for 701 people" in delivery.detail


async def test_the_first_try_already_has_a_retry_key_and_409_is_delivered(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    for _ in range(3):
        await channel.send(make_message(), PEOPLE, KEY)
    keys = [heard.headers["x-line-retry-key"] for heard in line.heard if heard.method == "POST"]
    assert len(set(keys)) == 1
    assert {each: len(texts) for each, texts in line.received.items()} == {ANONG: 1, SOMCHAI: 1}


async def test_a_time_out_after_accepting_and_a_retry_are_one_message(line: LineServer, tmp_path: Path) -> None:
    line.accept_then_stall = 10.0
    channel = notifier(line, tmp_path, timeout="0.5s")
    with pytest.raises(NotifyError, match=r"0\.5 s") as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting
    again = notifier(line, tmp_path)  # another process after a kill: the key is made from the message's own
    await again.send(make_message(), list(reversed(PEOPLE)), KEY)
    assert {each: len(texts) for each, texts in line.received.items()} == {ANONG: 1, SOMCHAI: 1}


@pytest.mark.parametrize(
    ("status", "headers", "expected"),
    [
        (400, {}, (True, None)),
        (401, {}, (True, None)),
        (403, {}, (True, None)),
        (429, {"Retry-After": "17"}, (False, 17.0)),
        (429, {}, (False, None)),
        (500, {}, (False, None)),
        (503, {"Retry-After": "99999"}, (False, 3600.0)),
    ],
)
async def test_refusals_last_and_troubles_pass(
    line: LineServer, tmp_path: Path, status: int, headers: dict[str, str], expected: tuple[bool, float | None]
) -> None:
    channel = notifier(line, tmp_path)
    await channel.probe()
    line.replies.append(Reply(status, b'{"message":"no\\nsuch \\u001b[31mluck"}', headers))
    with pytest.raises(NotifyError, match=f"answered {status}") as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert (failed.value.lasting, failed.value.retry_after) == expected
    assert line.received == {}
    await channel.send(make_message(), PEOPLE, KEY)
    assert set(line.received) == {ANONG, SOMCHAI}


async def test_a_wrong_token_is_refused_for_good_and_told_to_nobody(line: LineServer, tmp_path: Path) -> None:
    wrong = "canary-wrong-token"
    for verb in ("send", "probe"):
        channel = notifier(line, tmp_path, secret=wrong)
        with pytest.raises(NotifyError, match="answered 401") as failed:
            await (channel.probe() if verb == "probe" else channel.send(make_message(), PEOPLE, KEY))
        assert failed.value.lasting
        assert wrong not in everything_said(failed.value)
    await notifier(line, tmp_path).send(make_message(), PEOPLE, KEY)
    assert set(line.received) == {ANONG, SOMCHAI}


async def test_an_answer_that_repeats_the_token_is_not_repeated(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    await channel.probe()
    for body in (f"you said Bearer {TOKEN}".encode(), f'{{"message": "The property, \'to\', {TOKEN}"}}'.encode()):
        line.replies.extend([Reply(400, body)] * 3)
        with pytest.raises(NotifyError) as failed:
            await channel.send(make_message(), PEOPLE, KEY)
        assert TOKEN not in everything_said(failed.value)
        line.replies.clear()


@pytest.mark.parametrize("reply", [Reply(cut=True, body=b"{" + b" " * 400 + b"}"), Reply(hang_up=True)], ids=["half", "hung up"])
async def test_half_an_answer_is_tried_again(line: LineServer, tmp_path: Path, reply: Reply) -> None:
    channel = notifier(line, tmp_path)
    await channel.probe()
    line.replies.append(reply)
    with pytest.raises(NotifyError) as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting
    assert TOKEN not in everything_said(failed.value)


async def test_the_reserve_of_the_month_sends_messages_elsewhere(line: LineServer, tmp_path: Path) -> None:
    line.used = 899
    clock = FakeClock()
    channel = notifier(line, tmp_path, clock, group=GROUP)
    line.members[GROUP] = 1
    assert "900 of this month's 1,000 messages used, 100 left" in (await channel.send(make_message(), [], KEY)).detail
    for ask in (channel.send(make_message(), [], "next"), channel.probe()):
        with pytest.raises(QuotaSpentError, match="100 left") as spent:
            await ask
        assert spent.value.lasting
    assert len(line.received[GROUP]) == 1
    line.used = 0  # a new month
    with pytest.raises(QuotaSpentError):
        await channel.send(make_message(), [], "next")
    clock.jump(301)
    await channel.send(make_message(), [], "next")
    assert len(line.received[GROUP]) == 2


async def test_the_quota_is_read_now_and_then_only(line: LineServer, tmp_path: Path) -> None:
    clock = FakeClock()
    channel = notifier(line, tmp_path, clock)
    for number in range(5):
        await channel.send(make_message(), PEOPLE, f"key{number}")
    assert sum(heard.method == "GET" for heard in line.heard) == 2
    clock.jump(301)
    assert "12 of this month's" in (await channel.send(make_message(), PEOPLE, "last")).detail
    assert sum(heard.method == "GET" for heard in line.heard) == 4


async def test_a_month_used_up_by_others_is_a_quota_too(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    await channel.probe()
    line.used = 1000
    with pytest.raises(QuotaSpentError, match="0 left") as spent:
        await channel.send(make_message(), PEOPLE, KEY)
    assert spent.value.lasting


async def test_a_month_that_line_is_still_counting_is_tried_again(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    await channel.probe()
    line.replies.append(Reply(429, b'{"message":"You have reached your monthly limit."}'))
    with pytest.raises(NotifyError, match="still counting") as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert (failed.value.lasting, failed.value.retry_after) == (False, 30.0)
    await channel.send(make_message(), PEOPLE, KEY)
    assert set(line.received) == {ANONG, SOMCHAI}


async def test_a_quota_that_cannot_be_read_keeps_no_message_back(line: LineServer, tmp_path: Path) -> None:
    line.replies.append(Reply(500))
    delivery = await notifier(line, tmp_path).send(make_message(), PEOPLE, KEY)
    assert "could not be read" in delivery.detail
    line.limit = None
    assert "no limit" in await notifier(line, tmp_path).probe()


async def test_one_id_that_line_does_not_know_keeps_nobody_else_from_it(line: LineServer, tmp_path: Path) -> None:
    crowd = [make_person(f"p{number}", line_id=line_id("U", number)) for number in range(1, 8)]
    line.known = {person.line_id or "" for person in crowd} - {line_id("U", 3)}
    delivery = await notifier(line, tmp_path).send(make_message(), crowd, KEY)
    assert set(line.received) == line.known
    assert set(delivery.refused) == {"p3"}
    with pytest.raises(NotifyError, match="does not know") as failed:
        await notifier(line, tmp_path).send(make_message(), crowd[2:3], KEY)
    assert failed.value.lasting


async def test_an_id_of_the_wrong_kind_is_refused_with_a_sentence(line: LineServer, tmp_path: Path) -> None:
    people = [*PEOPLE, make_person("group", line_id=GROUP), make_person("name", line_id="@somchai"), make_person("none")]
    delivery = await notifier(line, tmp_path).send(make_message(), people, KEY)
    assert "is a group's LINE id; a person's LINE id begins with U" in delivery.refused["group"]
    assert "no LINE id" in delivery.refused["name"]
    assert "no 'line_id'" in delivery.refused["none"]
    with pytest.raises(NotifyError, match="a group's LINE id") as failed:
        await notifier(line, tmp_path).send(make_message(), people[2:3], KEY)
    assert failed.value.lasting


async def test_tls_with_a_wrong_certificate_sends_nothing_until_its_authority_is_named(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path / "tls")
    with LineServer(TOKEN, certificate=authority.issue("good", "127.0.0.1")) as line:
        channel = notifier(line, tmp_path)
        with pytest.raises(NotifyError, match="not trusted here") as failed:
            await channel.send(make_message(), PEOPLE, KEY)
        assert not failed.value.lasting
        assert line.heard == []
        await notifier(line, tmp_path, authority=str(authority.certificate)).send(make_message(), PEOPLE, KEY)
        assert set(line.received) == {ANONG, SOMCHAI}


async def test_a_server_that_is_gone_refuses_and_may_be_tried_again(line: LineServer, tmp_path: Path) -> None:
    with LineServer(TOKEN) as other:
        channel = notifier(other, tmp_path)
    with pytest.raises(NotifyError, match="refused") as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting


async def test_a_lost_token_file_is_a_sentence(line: LineServer, tmp_path: Path) -> None:
    channel = notifier(line, tmp_path)
    (tmp_path / "token").unlink()
    with pytest.raises(NotifyError, match="could not be read") as failed:
        await channel.send(make_message(), PEOPLE, KEY)
    assert failed.value.lasting


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_arrives_as_harmless_lines(line: LineServer, tmp_path: Path, name: str) -> None:
    await notifier(line, tmp_path).send(make_message(HOSTILE[name], f"first\n{HOSTILE[name]}\nlast"), PEOPLE[:1], KEY)
    [[text]] = line.received[ANONG]
    assert all(letter.isprintable() or letter == "\n" for letter in text)
    assert text.split("\n")[1] == "first"
    assert text.split("\n")[-1] == "last"
    assert len(text.split("\n")[0]) <= 200
