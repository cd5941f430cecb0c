"""Names and summaries that mean harm, through the whole pipeline into every kind of channel: harmless text arrives."""

import json
import re
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.incidents import facts
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Text
from wenyam.model.states import State
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.alerting import HOSTILE, write_secret
from wenyam.testing.line_server import LineServer, line_id
from wenyam.testing.mail_server import MailServer
from wenyam.testing.receivers import HttpReceiver

pytestmark = pytest.mark.real

LONGEST_TITLE, SEEN_ON_A_LOCKED_TELEPHONE = 120, 60
GROUP = line_id("C", 1)


@pytest.fixture
def servers() -> Iterator[tuple[MailServer, LineServer, HttpReceiver]]:
    with MailServer(security="none") as mail, LineServer("token-of-line") as line, HttpReceiver() as hook:
        line.members[GROUP] = 1
        yield mail, line, hook


def written(tmp_path: Path, servers: tuple[MailServer, LineServer, HttpReceiver]) -> Configuration:
    mail, line, hook = servers
    program, heard = tmp_path / "notify", tmp_path / "notified"
    program.write_text(f"#!/bin/sh\ncat >>{heard}\necho >>{heard}\n", encoding="utf-8")
    program.chmod(0o755)
    relays = [{"host": "127.0.0.1", "port": mail.port, "security": "none"}]
    token = write_secret(tmp_path / "token", "token-of-line")
    device = {"kind": "server", "address": "127.0.0.1", "shared_address": True, "alive": {"any_of": ["tcp:9"]}}
    sections = {
        "devices": {"core": device, "behind": device},
        "services": {"erp": {"label": {"th": "อีอาร์พี", "en": "ERP"}, "members": ["core"]}},
        "channels": {
            "mail": {"kind": "mail", "sender": "wenyam@example.org", "relays": relays, "language": "th"},
            "line": {"kind": "line", "token": token, "group": GROUP, "url": line.url.rstrip("/"), "language": "en"},
            "hook": {"kind": "webhook", "url": hook.url, "language": "en"},
            "command": {"kind": "command", "command": [str(program)], "language": "th"},
        },
    }
    return write_configuration(tmp_path / "configuration", sections)


def poison(configuration: Configuration, harm: str) -> None:
    """Give every label a harmful text, as if the configuration let it through."""
    inventory = configuration.inventory
    text = Text(harm, harm)
    for thing in (*inventory.sites.values(), *inventory.devices.values(), *inventory.services.values()):
        if hasattr(thing, "label"):
            object.__setattr__(thing, "label", text)
    for person in inventory.people.values():
        object.__setattr__(person, "name", text)


def is_harmless(text: str) -> bool:
    """Tell whether nothing in it moves a cursor, turns a line round, or cannot be written."""
    return not any(unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") for character in text.replace("\n", ""))


def texts_of(data: Any) -> Iterator[str]:
    if isinstance(data, str):
        yield data
    elif isinstance(data, dict):
        for key, value in data.items():
            yield from (key, *texts_of(value))
    elif isinstance(data, list):
        for value in data:
            yield from texts_of(value)


@pytest.mark.parametrize("harm", HOSTILE.values(), ids=HOSTILE)
async def test_what_means_harm_arrives_as_harmless_text_everywhere(
    tmp_path: Path, servers: tuple[MailServer, LineServer, HttpReceiver], harm: str
) -> None:
    mail, line, hook = servers
    configuration = written(tmp_path, servers)
    poison(configuration, harm)
    async with AlertHouse(configuration) as house:
        house.see("core", State.DOWN, harm)
        house.see("behind", State.UNREACHABLE, harm, cause="device:core")
        house.see("service:erp/overall", State.DOWN, harm, cause="device:core")
        house.see("external:elsewhere/alert", State.CRIT, harm)
        await house.turn()
        for incident in house.service.book.open():
            await house.service.record([facts.acted(facts.HOW_TO, incident.code, house.clock.now(), "anan", harm)])
        await house.pass_time(6)
        assert house.service.outbox.pending == {}
    posted = [heard.data for heard in hook.heard if heard.method == "POST"]
    said = [json.loads(text) for text in (tmp_path / "notified").read_text(encoding="utf-8").splitlines() if text]
    subjects = [str(mailed.mail["Subject"]) for mailed in mail.mails]
    told = ["".join(texts) for texts in line.received[GROUP]]
    for text in (*texts_of(posted), *texts_of(said), *subjects, *told, *(mailed.text for mailed in mail.mails)):
        assert is_harmless(text), ascii(text[:200])
    for mailed in mail.mails:
        assert mailed.recipients == ["anan@example.org"]
        assert mailed.mail["Bcc"] is None
    titles = [alert["annotations"]["title"] for post in posted for alert in post["alerts"]]
    assert titles
    for title in (*titles, *(text.split("\n")[0] for text in told)):
        assert len(title) <= LONGEST_TITLE
        assert "DOWN" in title[:SEEN_ON_A_LOCKED_TELEPHONE] or "CRIT" in title[:SEEN_ON_A_LOCKED_TELEPHONE]
        assert re.search(r"\S · \S", title[:SEEN_ON_A_LOCKED_TELEPHONE]), title
