"""A message as harmless lines: cleaned once more where it leaves the house, whoever wrote it."""

import re
from typing import Final

from wenyam.i18n.clean_text import ELLIPSIS, clean
from wenyam.model.alerting import Message

TITLE_LIMIT: Final = 200
LINE_LIMIT: Final = 1000
BODY_LIMIT: Final = 20_000
_INDENT: Final = 8
# "@channel", "@everyone", "@all": a device's name must not call a whole organisation. Within a word, as in an address, it stays.
_MENTION: Final = re.compile(r"(?<![\w.])@(?=\w)")


def title(message: Message) -> str:
    """Return the title as one line; the kind of event when nothing of it is left."""
    return clean(message.title, TITLE_LIMIT) or message.event.value


def body(message: Message) -> str:
    """Return the body's lines, each cleaned, cut at the limit."""
    lines: list[str] = []
    room = BODY_LIMIT
    for line in message.body[: 4 * BODY_LIMIT].split("\n"):
        cleaned = _line(line)
        room -= len(cleaned) + 1
        if room < 0:
            return "\n".join([*lines, ELLIPSIS])
        lines.append(cleaned)
    return "\n".join(lines).strip("\n")


def text(message: Message) -> str:
    """Return title and body as one text."""
    return f"{title(message)}\n{body(message)}".rstrip("\n")


def without_mentions(written: str) -> str:
    """Return a text in which no chat service finds somebody to call."""
    return _MENTION.sub("＠", written)


def _line(line: str) -> str:
    indent = min(len(line) - len(line.lstrip(" ")), _INDENT)
    cleaned = clean(line, LINE_LIMIT)
    return " " * indent + cleaned if cleaned else ""
