"""The mail channel against a real SMTP server: relays that refuse, put off, stall, hang up or are gone, red and then green."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.mail import MailNotifier, MailOptions
from wenyam.clock import Clock
from wenyam.model.alerting import Event
from wenyam.testing.alerting import (
    HOSTILE,
    KEY,
    everything_said,
    make_item,
    make_message,
    make_person,
    make_surroundings,
    write_secret,
)
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.clock import FakeClock
from wenyam.testing.mail_server import MailServer
from wenyam.testing.ports import free_port
from wenyam.testing.receivers import HttpReceiver

pytestmark = pytest.mark.real
PASSWORD = "canary-mail-password-d41d8cd98f"
ANONG, SOMCHAI = make_person("anong", mail="anong@example.org"), make_person("somchai", mail="somchai@example.org")
PEOPLE = [ANONG, SOMCHAI]


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TestAuthority:
    made = TestAuthority(tmp_path_factory.mktemp("tls"))
    made.issue("good", "mail.example.org")
    return made


@pytest.fixture(scope="module")
def certificate(authority: TestAuthority) -> tuple[Path, Path]:
    return authority.directory / "good.pem", authority.directory / "good.key"


@pytest.fixture
def relay(certificate: tuple[Path, Path]) -> Iterator[MailServer]:
    with MailServer(certificate) as server:
        yield server


def at(server: MailServer, authority: TestAuthority, **options: Any) -> dict[str, Any]:
    """Write a relay by its address, which needs no DNS, and the name that its certificate is for."""
    given = {"host": server.address, "port": server.port, "tls_name": "mail.example.org", "authority": str(authority.certificate)}
    return {**given, **options}


def channel(*relays: dict[str, Any], clock: Clock | None = None, **options: Any) -> MailNotifier:
    given = {"sender": "wenyam@example.org", "relays": list(relays), "timeout": "2s", **options}
    return MailNotifier(MailOptions.model_validate(given), make_surroundings(clock))


async def test_a_mail_arrives_secured_once_for_everybody(relay: MailServer, authority: TestAuthority) -> None:
    delivery = await channel(at(relay, authority)).send(make_message(language="th"), PEOPLE, KEY)
    [mailed] = relay.mails
    assert (mailed.secured, mailed.sender, mailed.recipients) == (
        True,
        "wenyam@example.org",
        ["anong@example.org", "somchai@example.org"],
    )
    mail = mailed.mail
    assert mail["To"] == "สมชาย ใจดี <anong@example.org>, สมชาย ใจดี <somchai@example.org>"
    assert mail["From"] == "Wenyam wenyam-test <wenyam@example.org>"
    assert (mail["Auto-Submitted"], mail["Content-Language"], mail.get_content_type()) == ("auto-generated", "th", "text/plain")
    assert mail["Date"].datetime.timestamp() * 1000 == make_message().at
    assert mailed.data.isascii()
    assert "took it for 2 mailboxes" in delivery.detail
    assert delivery.refused == {}


async def test_thai_title_and_body_arrive_as_they_are(relay: MailServer, authority: TestAuthority) -> None:
    title = "ดับ core-1 สำนักงานใหญ่ ชั้น ๓ " * 5
    await channel(at(relay, authority)).send(make_message(title, "ตั้งแต่ ๑๒:๐๐ น.\n  ขั้นแรก: ping"), PEOPLE, KEY)
    assert relay.mails[0].mail["Subject"] == f"{title.strip()} [W7K2]"
    assert relay.mails[0].text == "ตั้งแต่ ๑๒:๐๐ น.\n  ขั้นแรก: ping\n"


async def test_the_same_key_has_the_same_message_id_and_one_incident_is_one_thread(
    relay: MailServer, authority: TestAuthority
) -> None:
    for key in (KEY, KEY, "another"):
        await channel(at(relay, authority)).send(make_message(event=Event.REPEATED), [ANONG], key)
    first, again, other = (mailed.mail for mailed in relay.mails)
    assert first["Message-ID"] == again["Message-ID"] == f"<wenyam-{KEY}@example.org>"
    assert relay.mails[0].data == relay.mails[1].data
    assert other["Message-ID"] != first["Message-ID"]
    assert {mail["References"] for mail in (first, again, other)} == {"<wenyam-incident-W7K2@example.org>"}


@pytest.mark.parametrize("security", ["starttls", "implicit", "none"])
async def test_a_login_serves_with_every_kind_of_security(
    certificate: tuple[Path, Path], authority: TestAuthority, tmp_path: Path, security: Any
) -> None:
    login = {"username": "wenyam", "password": write_secret(tmp_path / "password", PASSWORD)}
    with MailServer(certificate, security=security, users={"wenyam": PASSWORD}) as server:
        sender = channel(at(server, authority, security=security, **login))
        await sender.send(make_message(), PEOPLE, KEY)
        assert await sender.probe() == f"served by 127.0.0.1 port {server.port}"
        assert server.logins == [("wenyam", PASSWORD)] * 2
        assert server.mails[0].secured is (security != "none")


async def test_a_wrong_password_is_tried_once_and_a_new_one_at_once(
    certificate: tuple[Path, Path], authority: TestAuthority, tmp_path: Path
) -> None:
    clock = FakeClock()
    login = {"username": "wenyam", "password": write_secret(tmp_path / "password", "canary-wrong")}
    with MailServer(certificate, users={"wenyam": PASSWORD}) as server:
        server.behaviour.echo_login = True
        sender = channel(at(server, authority, **login), clock=clock)
        for number in range(200):
            with pytest.raises(NotifyError, match="refused the credentials: user 'wenyam'") as failed:
                await sender.send(make_message(), PEOPLE, f"key{number}")
            assert failed.value.lasting
            assert "canary" not in everything_said(failed.value)
        assert len(server.logins) == 1
        clock.jump(601)
        with pytest.raises(NotifyError):
            await sender.probe()
        assert len(server.logins) == 2
        write_secret(tmp_path / "password", PASSWORD)
        await sender.send(make_message(), PEOPLE, KEY)
        assert len(server.mails) == 1


async def test_a_password_that_no_login_can_carry_is_not_shown(
    certificate: tuple[Path, Path], authority: TestAuthority, tmp_path: Path
) -> None:
    login = {"username": "wenyam", "password": write_secret(tmp_path / "password", "canary-รหัส")}
    with MailServer(certificate, users={"wenyam": PASSWORD}) as server:
        with pytest.raises(NotifyError, match="cannot carry") as failed:
            await channel(at(server, authority, **login)).send(make_message(), PEOPLE, KEY)
        assert "canary" not in everything_said(failed.value)


async def test_a_relay_without_starttls_gets_nothing(authority: TestAuthority) -> None:
    with MailServer(security="none") as server:
        with pytest.raises(NotifyError, match="offers no STARTTLS, so nothing was sent") as failed:
            await channel(at(server, authority)).send(make_message(), PEOPLE, KEY)
        assert failed.value.lasting
        assert server.mails == []
        await channel(at(server, authority, security="none")).send(make_message(), PEOPLE, KEY)
        assert len(server.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "implicit"])
async def test_a_wrong_certificate_gets_nothing_until_its_name_is_right(
    certificate: tuple[Path, Path], authority: TestAuthority, security: Any
) -> None:
    with MailServer(certificate, security=security) as server:
        wrong = channel(at(server, authority, security=security, tls_name="other.example.org"))
        with pytest.raises(NotifyError, match=r"another name than 'other\.example\.org'") as failed:
            await wrong.send(make_message(), PEOPLE, KEY)
        assert not failed.value.lasting
        with pytest.raises(NotifyError, match="not trusted here"):
            await channel(at(server, authority, security=security) | {"authority": None}).send(make_message(), PEOPLE, KEY)
        assert server.mails == []
        await channel(at(server, authority, security=security)).send(make_message(), PEOPLE, KEY)
        assert len(server.mails) == 1


async def test_the_next_relay_serves_when_one_is_down_or_unfit(
    relay: MailServer, certificate: tuple[Path, Path], authority: TestAuthority, tmp_path: Path
) -> None:
    login = {"username": "wenyam", "password": write_secret(tmp_path / "password", "wrong")}
    with MailServer(certificate, users={"wenyam": PASSWORD}) as barred:
        down = {"host": "127.0.0.1", "port": free_port()}
        sender = channel(down, at(barred, authority, **login), at(relay, authority))
        delivery = await sender.send(make_message(), PEOPLE, KEY)
        assert f"port {relay.port} took it" in delivery.detail
        assert "served by 127.0.0.1 port" in await sender.probe()
        assert "connection refused" in await sender.probe()
        assert len(barred.logins) == 1
    with pytest.raises(NotifyError, match="connection refused") as failed:
        await channel(down).send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting


async def test_a_greylisting_relay_is_tried_again_and_everybody_gets_one_mail(
    relay: MailServer, authority: TestAuthority
) -> None:
    relay.behaviour.greylist = True
    sender = channel(at(relay, authority))
    with pytest.raises(NotifyError, match="greylisted") as failed:
        await sender.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting
    await sender.send(make_message(), PEOPLE, KEY)
    assert [mailed.recipients for mailed in relay.mails] == [["anong@example.org", "somchai@example.org"]]


async def test_who_has_the_mail_is_not_sent_it_again_while_another_waits(relay: MailServer, authority: TestAuthority) -> None:
    relay.behaviour.refuse = {"somchai@example.org": "452 4.2.2 mailbox full"}
    sender = channel(at(relay, authority))
    for _ in range(2):
        with pytest.raises(NotifyError, match="452") as failed:
            await sender.send(make_message(), PEOPLE, KEY)
        assert not failed.value.lasting
    relay.behaviour.refuse = {}
    await sender.send(make_message(), PEOPLE, KEY)
    assert [mailed.recipients for mailed in relay.mails] == [["anong@example.org"], ["somchai@example.org"]]
    assert (await sender.send(make_message(), PEOPLE, KEY)).detail.startswith("an earlier try took it")
    assert len(relay.mails) == 2


async def test_a_recipient_refused_for_good_is_named_and_the_others_have_it(relay: MailServer, authority: TestAuthority) -> None:
    relay.behaviour.refuse = {"somchai@example.org": "550 5.1.1 no such \x1b[31muser"}
    delivery = await channel(at(relay, authority)).send(make_message(), PEOPLE, KEY)
    assert delivery.refused == {"somchai": f"127.0.0.1 port {relay.port} refused somchai@example.org: 550 5.1.1 no such user"}
    assert relay.mails[0].recipients == ["anong@example.org"]
    with pytest.raises(NotifyError, match="550") as failed:
        await channel(at(relay, authority)).send(make_message(), [SOMCHAI], KEY)
    assert failed.value.lasting


@pytest.mark.parametrize(
    ("word", "answer", "lasting"),
    [
        ("data", "554 5.7.1 looks like spam", True),
        ("data", "452 4.3.1 no room", False),
        ("mail", "550 5.7.1 sender not allowed", True),
        ("mail", "451 4.3.0 try later", False),
    ],
)
async def test_what_a_relay_says_of_the_message_lasts_or_passes(
    relay: MailServer, authority: TestAuthority, word: str, answer: str, *, lasting: bool
) -> None:
    setattr(relay.behaviour, word, answer)
    sender = channel(at(relay, authority))
    with pytest.raises(NotifyError, match=answer[:9]) as failed:
        await sender.send(make_message(), PEOPLE, KEY)
    assert failed.value.lasting is lasting
    setattr(relay.behaviour, word, "250 OK")
    await sender.send(make_message(), PEOPLE, KEY)
    assert len(relay.mails) == 1


async def test_a_slow_relay_is_left_at_the_deadline_and_its_copy_is_recognisable(
    relay: MailServer, authority: TestAuthority
) -> None:
    relay.behaviour.stall = 20.0
    sender = channel(at(relay, authority), timeout="0.5s")
    with pytest.raises(NotifyError, match=r"within 0\.5 s") as failed:
        await sender.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting
    relay.behaviour.stall = 0.0
    await sender.send(make_message(), PEOPLE, KEY)
    assert len({mailed.mail["Message-ID"] for mailed in relay.mails}) == 1


async def test_a_relay_that_hangs_up_is_tried_again(relay: MailServer, authority: TestAuthority) -> None:
    relay.behaviour.hang_up = True
    sender = channel(at(relay, authority))
    with pytest.raises(NotifyError, match=r"hung up|reset") as failed:
        await sender.send(make_message(), PEOPLE, KEY)
    assert not failed.value.lasting
    relay.behaviour.hang_up = False
    await sender.send(make_message(), PEOPLE, KEY)
    assert len(relay.mails) == 1


@pytest.mark.parametrize("security", ["starttls", "implicit"])
async def test_what_is_no_mail_server_is_said(authority: TestAuthority, security: str) -> None:
    with HttpReceiver() as server:
        sender = channel({"host": "127.0.0.1", "port": server.port, "security": security}, timeout="0.5s")
        with pytest.raises(NotifyError) as failed:
            await sender.send(make_message(), PEOPLE, KEY)
        assert not failed.value.lasting


async def test_fixed_mailboxes_get_it_instead_of_persons(relay: MailServer, authority: TestAuthority) -> None:
    sender = channel(at(relay, authority), to=["team@example.org"], reply_to="ack@example.org")
    await sender.send(make_message(), PEOPLE, KEY)
    assert relay.mails[0].recipients == ["team@example.org"]
    assert relay.mails[0].mail["Reply-To"] == "ack@example.org"


async def test_people_without_a_usable_address_are_named(relay: MailServer, authority: TestAuthority) -> None:
    odd = [
        make_person("none"),
        make_person("thai", mail="สมชาย@example.org"),
        make_person("list", mail="a@example.org,b@example.org"),
    ]
    delivery = await channel(at(relay, authority)).send(make_message(), [*PEOPLE, *odd], KEY)
    assert set(delivery.refused) == {"none", "thai", "list"}
    assert relay.mails[0].recipients == ["anong@example.org", "somchai@example.org"]
    with pytest.raises(NotifyError, match="none has no mail address") as failed:
        await channel(at(relay, authority)).send(make_message(), odd[:1], KEY)
    assert failed.value.lasting


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_text_arrives_as_harmless_text_and_adds_no_header(
    relay: MailServer, authority: TestAuthority, name: str
) -> None:
    said = HOSTILE[name]
    item = make_item(said, summary=said)
    await channel(at(relay, authority)).send(make_message(said, f"first\n{said}\nlast", items=(item,)), [ANONG], said)
    [mailed] = relay.mails
    assert mailed.recipients == ["anong@example.org"]
    mail = mailed.mail
    assert not {"Bcc", "Cc"} & set(mail.keys())
    assert mail["Subject"].isprintable()
    body = mailed.text
    assert all(letter.isprintable() or letter == "\n" for letter in body)
    assert (body.split("\n")[0], body.rstrip("\n").rsplit("\n", 1)[1]) == ("first", "last")
    assert all(len(line) <= 998 for line in mailed.data.split(b"\r\n"))


async def test_relays_may_be_many_and_none_is_left_open(certificate: tuple[Path, Path], authority: TestAuthority) -> None:
    with ExitStack() as stack:
        servers = [stack.enter_context(MailServer(certificate)) for _ in range(3)]
        for server in servers[:2]:
            server.behaviour.mail = "451 4.3.0 try later"
        sender = channel(*(at(server, authority) for server in servers))
        await sender.send(make_message(), PEOPLE, KEY)
        assert [len(server.mails) for server in servers] == [0, 0, 1]
        await sender.close()
