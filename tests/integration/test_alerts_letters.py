"""Letters that other processes leave to the outbox: each is sent as it was written, by itself, once, and passed on in time."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.alerts import facts
from wenyam.model.alerting import Event, Message, Severity
from wenyam.model.facts import Fact
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver

pytestmark = pytest.mark.real
READ = 11
"""Seconds within which the service has read what other processes wrote."""


@pytest.fixture
def mail() -> Iterator[MailServer]:
    with MailServer(security="none") as server:
        yield server


@pytest.fixture
def hook() -> Iterator[HttpReceiver]:
    with HttpReceiver() as server:
        yield server


def house_of(tmp_path: Path, mail: MailServer, hook: HttpReceiver) -> AlertHouse:
    relay = {"host": mail.address, "port": mail.port, "security": "none"}
    channels = {
        "mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": [relay], "fallback": "hook", "fallback_after": "60s"},
        "hook": {"kind": "webhook", "url": hook.url, "language": "en"},
    }
    return AlertHouse(write_configuration(tmp_path, {"channels": channels}))


def letter(house: AlertHouse, number: int) -> Fact:
    message = Message(Event.ANNOUNCED, Severity.CRITICAL, f"Letter {number}", f"Body {number}", "en", house.clock.now())
    return facts.letter(f"{number:064x}", house.clock.now(), "somchai", run="r", channel="mail", people=["anan"], message=message)


def letters(hook: HttpReceiver) -> list[str]:
    """Return the titles of the letters that were posted; that mail is in trouble is told there too."""
    titles = [heard.data["alerts"][0]["annotations"]["title"] for heard in hook.heard if heard.method == "POST"]
    return [title for title in titles if title.startswith("Letter")]


async def test_letters_that_a_channel_held_up_go_out_one_by_one_each_once(
    tmp_path: Path, mail: MailServer, hook: HttpReceiver
) -> None:
    mail.behaviour.data = "451 not now"
    async with house_of(tmp_path, mail, hook) as house:
        for number in range(6):
            house.writer.append(letter(house, number))
        await house.pass_time(READ)
        assert (len(house.service.outbox.pending), mail.mails) == (6, [])
        mail.behaviour.data = "250 OK"
        await house.pass_time(30)
        assert [str(each.mail["subject"]).strip() for each in mail.mails] == [f"Letter {number}" for number in range(6)]
        assert "Body 0" in mail.mails[0].text
        assert house.service.outbox.pending == {}
    # A watcher that starts anew reads every letter again, and sends none again.
    async with house_of(tmp_path, mail, hook) as house:
        assert house.service.outbox.pending == {}
        await house.pass_time(READ)
        assert len(mail.mails) == 6


async def test_a_letter_is_passed_on_like_every_message_and_comes_once(
    tmp_path: Path, mail: MailServer, hook: HttpReceiver
) -> None:
    mail.behaviour.data = "451 not now"
    async with house_of(tmp_path, mail, hook) as house:
        for number in range(2):
            house.writer.append(letter(house, number))
        await house.pass_time(90, 5)
        assert sorted(letters(hook)) == ["Letter 0", "Letter 1"]
        assert house.service.outbox.pending == {}
        await house.pass_time(READ)
        assert len(letters(hook)) == 2


async def test_a_letter_that_was_taken_elsewhere_is_not_sent(tmp_path: Path, mail: MailServer, hook: HttpReceiver) -> None:
    mail.behaviour.data = "451 not now"
    async with house_of(tmp_path, mail, hook) as house:
        house.writer.append(letter(house, 1))
        await house.pass_time(READ)
        assert len(house.service.outbox.pending) == 1
        house.writer.append(facts.letter_taken(f"{1:064x}", house.clock.now(), "somchai", run="r", channel="mail"))
        await house.pass_time(READ)
        assert house.service.outbox.pending == {}
