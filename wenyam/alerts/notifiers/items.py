"""A message and its incidents as data for machines; every text in it is cleaned."""

from typing import Any

from wenyam.alerts.notifiers import wording
from wenyam.i18n.clean_text import clean
from wenyam.model.alerting import Message, MessageItem
from wenyam.model.instants import to_iso

VERSION = 1


def as_data(message: Message, key: str, instance: str) -> dict[str, Any]:
    """Return the whole message as JSON can hold it."""
    return {
        "version": VERSION,
        "instance": instance,
        "key": key,
        "event": message.event.value,
        "severity": message.severity.value,
        "language": message.language,
        "at": to_iso(message.at),
        "title": wording.title(message),
        "body": wording.body(message),
        "items": [item_as_data(item) for item in message.items],
    }


def item_as_data(item: MessageItem) -> dict[str, Any]:
    """Return one incident."""
    return {
        "code": clean(item.code),
        "subject": clean(str(item.subject)),
        "state": item.state.value,
        "severity": item.severity.value,
        "site": clean(item.site),
        "since": to_iso(item.since),
        "ended": None if item.ended is None else to_iso(item.ended),
        "summary": clean(item.summary, wording.LINE_LIMIT),
        "value": item.value,
        "limit": item.limit,
        "others": item.others,
    }
