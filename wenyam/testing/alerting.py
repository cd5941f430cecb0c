"""What the tests of channels share: messages, people, surroundings with secrets in files, and texts that mean harm."""

import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from wenyam.alerts.contract import Surroundings
from wenyam.clock import Clock, SystemClock
from wenyam.model.alerting import Event, Message, MessageItem, Severity
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person, Text
from wenyam.model.states import State, Subject, SubjectKind
from wenyam.settings.secrets import SecretReader

NOON: Final = Instant(1_792_000_000_000)
KEY: Final = "5f" * 16
HOSTILE: Final = {
    "newline": "core-1\r\nBcc: everybody@example.org\r\n\r\nbody",
    "escape": "core-1 \x1b[31mred\x1b]0;title\x07",
    "markup": "core-1 <script>alert(1)</script> [/] [click](http://evil.example) *bold* &amp;",
    "formula": "=HYPERLINK(A1)",
    "bidi": "core-1 \u202egnp.exe\u2066",
    "emoji": "core-1 🔥🚨 ดับ",
    "thai": "สวิตช์แกนหลัก ชั้น ๓ ดับ",
    "mention": "@channel @everyone <!channel> mail admin@example.org",
    "template": "{{7*7}} ${HOME} $(id) %s `id`",
    "nul": "core\x00-1\u2028two\u2029three",
    "surrogate": "core-\udcff1",
    "long": "ชื่อ" * 2_500,
}


def make_message(
    title: str = "DOWN core-1, head office", body: str = "since 12:00\nfirst step: ping", **changed: object
) -> Message:
    """Make a message with one incident; `items=()` makes one without."""
    given: dict[str, object] = {
        "event": Event.OPENED,
        "severity": Severity.CRITICAL,
        "language": "en",
        "at": NOON,
        "items": (make_item(),),
    }
    return Message(title=title, body=body, **{**given, **changed})  # type: ignore[arg-type]  # the caller knows its types


def make_item(name: str = "core-1", *, ended: Instant | None = None, summary: str = "no answer to icmp") -> MessageItem:
    """Make one incident."""
    subject = Subject(SubjectKind.DEVICE, name)
    state = State.UP if ended else State.DOWN
    return MessageItem("W7K2", subject, state, Severity.CRITICAL, "head-office", NOON, ended, summary, 3.0, 2.5, 4)


def make_person(name: str, *, mail: str | None = None, line_id: str | None = None) -> Person:
    """Make a person with a Thai name."""
    return Person(name, Text(th="สมชาย ใจดี", en=name.title()), mail=mail, line_id=line_id)


def make_surroundings(clock: Clock | None = None) -> Surroundings:
    """Make surroundings over the real clock."""
    return Surroundings(clock or SystemClock(), SecretReader({}), "wenyam-test")


def write_secret(path: Path, secret: str) -> str:
    """Write a secret to a file that nobody else reads and return its reference."""
    path.touch(0o600)
    path.write_text(secret + "\n", encoding="utf-8")
    return f"file:{path}"


def everything_said(error: BaseException) -> str:
    """Return all that an error and what it is chained to could show anywhere."""
    parts = traceback.format_exception(error)
    for each in _chain(error):
        parts += [repr(each), str(each), repr(each.args), repr(vars(each))]
    return "\n".join(parts)


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    waiting = [error]
    while waiting:
        each = waiting.pop()
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]
