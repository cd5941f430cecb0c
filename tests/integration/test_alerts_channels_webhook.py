"""The webhook channel against a real HTTP receiver, with TLS too: every fault red, then green."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.webhook import WebhookNotifier, WebhookOptions
from wenyam.model.alerting import Event
from wenyam.model.instants import Instant
from wenyam.testing.alerting import (
    HOSTILE,
    KEY,
    NOON,
    everything_said,
    make_item,
    make_message,
    make_surroundings,
    write_secret,
)
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.receivers import Heard, HttpReceiver, Reply

pytestmark = pytest.mark.real
TOKEN = "canary-webhook-token-d41d8cd98f"


class Guarded(HttpReceiver):
    """Lets in one login only, and repeats what it was told."""

    admitted = f"Bearer {TOKEN}"

    def answer(self, heard: Heard) -> Reply:
        said = heard.headers.get("authorization", "nothing")
        return Reply() if said == self.admitted else Reply(401, f"you said {said}".encode(), {"X-Said": said})


@pytest.fixture
def receiver() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


def channel(server: HttpReceiver, **options: Any) -> WebhookNotifier:
    given = {"url": f"{server.url}/hook", "timeout": "2s", **options}
    return WebhookNotifier(WebhookOptions.model_validate(given), make_surroundings())


async def test_an_alert_arrives_in_alertmanagers_form(receiver: HttpReceiver) -> None:
    delivery = await channel(receiver, external_url="https://wenyam.example.org/").send(make_message(), [], KEY)
    [heard] = receiver.heard
    assert (heard.method, heard.path, heard.headers["content-type"]) == ("POST", "/hook", "application/json")
    assert heard.headers["idempotency-key"] == KEY
    said = heard.data
    assert (said["version"], said["status"], said["receiver"], said["truncatedAlerts"]) == ("4", "firing", "wenyam-test", 0)
    assert (said["groupKey"], said["externalURL"]) == ("wenyam:wenyam-test:W7K2", "https://wenyam.example.org/")
    [alert] = said["alerts"]
    assert alert["labels"]["alertname"] == "device:core-1"
    assert alert["labels"]["site"] == "head-office"
    assert said["commonLabels"] == alert["labels"]
    assert (alert["annotations"]["summary"], alert["annotations"]["value"]) == ("no answer to icmp", "3")
    assert (alert["startsAt"], alert["endsAt"]) == ("2026-10-14T17:46:40.000Z", "0001-01-01T00:00:00Z")
    assert len(alert["fingerprint"]) == 16
    assert delivery.detail == f"{receiver.url} answered 200"


async def test_an_end_resolves_the_same_alert(receiver: HttpReceiver) -> None:
    sender = channel(receiver)
    await sender.send(make_message(), [], KEY)
    items = (make_item(ended=Instant(NOON + 60_000)),)
    await sender.send(make_message(event=Event.RECOVERED, items=items), [], "later")
    fired, ended = (heard.data for heard in receiver.heard)
    assert (ended["status"], ended["alerts"][0]["endsAt"]) == ("resolved", "2026-10-14T17:47:40.000Z")
    assert fired["alerts"][0]["fingerprint"] == ended["alerts"][0]["fingerprint"]
    assert fired["groupKey"] == ended["groupKey"]


async def test_a_message_about_no_incident_is_one_alert(receiver: HttpReceiver) -> None:
    await channel(receiver).send(make_message(event=Event.TEST, items=()), [], KEY)
    [alert] = receiver.heard[0].data["alerts"]
    assert alert["labels"]["alertname"] == "wenyam_test"


async def test_a_token_or_a_login_lets_us_in(tmp_path: Path) -> None:
    with Guarded() as server:
        await channel(server, token=write_secret(tmp_path / "token", TOKEN)).send(make_message(), [], KEY)
        server.admitted = "Basic d2VueWFtOuC4o+C4q+C4seC4qg=="  # wenyam:รหัส
        login = {"username": "wenyam", "password": write_secret(tmp_path / "password", "รหัส")}
        await channel(server, **login).send(make_message(), [], KEY)
        assert len(server.heard) == 2


async def test_a_wrong_token_is_refused_for_good_and_not_repeated(tmp_path: Path) -> None:
    with Guarded() as server:
        logins: list[dict[str, str]] = [
            {"token": write_secret(tmp_path / "token", "canary-wrong")},
            {"username": "wenyam", "password": write_secret(tmp_path / "password", "canary-wrong")},
        ]
        for login in logins:
            for verb in ("send", "probe"):
                sender = channel(server, **login)
                with pytest.raises(NotifyError, match="answered 401") as failed:
                    await (sender.probe() if verb == "probe" else sender.send(make_message(), [], KEY))
                assert failed.value.lasting
                assert "canary" not in everything_said(failed.value)
                assert "Y2FuYXJ5" not in everything_said(failed.value)
        await channel(server, token=write_secret(tmp_path / "token", TOKEN)).send(make_message(), [], KEY)


@pytest.mark.parametrize(
    ("reply", "lasting"),
    [
        (Reply(302, headers={"Location": "http://127.0.0.1:1/"}), True),
        (Reply(400), True),
        (Reply(404), True),
        (Reply(408), False),
        (Reply(429, headers={"Retry-After": "5"}), False),
        (Reply(500), False),
        (Reply(503), False),
        (Reply(hang_up=True), False),
        (Reply(body=b"x" * 1000, cut=True), False),
        (Reply(headers={"Broken\x00Header": "x"}), False),
    ],
    ids=lambda value: f"{value.status}{' cut' * value.cut}{' hang up' * value.hang_up}" if isinstance(value, Reply) else None,
)
async def test_refusals_last_and_troubles_pass(receiver: HttpReceiver, tmp_path: Path, reply: Reply, *, lasting: bool) -> None:
    sender = channel(receiver, token=write_secret(tmp_path / "token", TOKEN))
    receiver.replies.append(reply)
    with pytest.raises(NotifyError) as failed:
        await sender.send(make_message(), [], KEY)
    assert failed.value.lasting is lasting
    assert TOKEN not in everything_said(failed.value)
    await sender.send(make_message(), [], KEY)
    assert [heard.headers["idempotency-key"] for heard in receiver.heard] == [KEY, KEY]


async def test_a_slow_receiver_is_left_at_the_deadline(receiver: HttpReceiver) -> None:
    sender = channel(receiver, timeout="0.3s")
    receiver.replies.append(Reply(stall=10.0))
    with pytest.raises(NotifyError, match=r"within 0\.3 s") as failed:
        await sender.send(make_message(), [], KEY)
    assert not failed.value.lasting
    await sender.send(make_message(), [], KEY)


async def test_a_receiver_that_is_gone_refuses() -> None:
    with HttpReceiver() as gone:
        sender = channel(gone)
    with pytest.raises(NotifyError, match="refused") as failed:
        await sender.send(make_message(), [], KEY)
    assert not failed.value.lasting


@pytest.mark.parametrize("kind", ["wrong_name", "expired", "self_signed"])
async def test_a_wrong_certificate_gets_nothing_and_a_good_one_does(tmp_path: Path, kind: str) -> None:
    authority = TestAuthority(tmp_path / "tls")
    made = {
        "wrong_name": lambda: authority.issue("wrong", "elsewhere.example"),
        "expired": lambda: authority.issue("expired", "127.0.0.1", ended=True),
        "self_signed": lambda: authority.self_signed("self", "127.0.0.1"),
    }
    token = write_secret(tmp_path / "token", TOKEN)
    with HttpReceiver(made[kind]()) as bad, pytest.raises(NotifyError, match="certificate") as failed:
        await channel(bad, token=token, authority=str(authority.certificate)).send(make_message(), [], KEY)
    assert not failed.value.lasting
    assert bad.heard == []
    with HttpReceiver(authority.issue("good", "127.0.0.1")) as good:
        await channel(good, token=token, authority=str(authority.certificate)).send(make_message(), [], KEY)
        assert len(good.heard) == 1


async def test_the_probe_bothers_nobody(receiver: HttpReceiver) -> None:
    receiver.replies.append(Reply(405))
    assert "answered 405" in await channel(receiver).probe()
    assert receiver.heard[0].method == "HEAD"
    receiver.replies.append(Reply(502))
    with pytest.raises(NotifyError, match="502"):
        await channel(receiver).probe()


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_arrives_as_harmless_values(receiver: HttpReceiver, name: str) -> None:
    said = HOSTILE[name]
    await channel(receiver).send(make_message(said, f"first\n{said}\nlast", items=(make_item(said, summary=said),)), [], KEY)
    data = receiver.heard[0].data
    [alert] = data["alerts"]
    texts = [*alert["labels"].values(), *alert["annotations"].values(), data["groupKey"]]
    assert all(letter.isprintable() or letter == "\n" for text in texts for letter in text)
    assert [text for text in texts if "\n" in text] == [alert["annotations"]["description"]]
    assert max(map(len, texts)) <= 2_100
