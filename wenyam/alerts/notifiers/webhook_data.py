"""A message in the form Alertmanager posts (webhook version 4), so that whatever reads that reads this."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, Final

from wenyam.alerts.notifiers import wording
from wenyam.i18n.clean_text import clean
from wenyam.model.alerting import Event, Message, MessageItem
from wenyam.model.instants import to_iso

_NEVER: Final = "0001-01-01T00:00:00Z"
"""How Alertmanager writes an end that is not known."""


def payload(message: Message, key: str, instance: str, external_url: str) -> dict[str, Any]:
    """Return the object; `groupKey` stays the same for all messages about the same first incident."""
    said = said_of(message)
    alerts = [item_alert(item, said, instance, external_url) for item in message.items] or [
        bare_alert(message, instance, external_url)
    ]
    resolved = all(alert["status"] == "resolved" for alert in alerts)
    return {
        "version": "4",
        "groupKey": f"wenyam:{instance}:{clean(message.items[0].code) if message.items else key}",
        "truncatedAlerts": 0,
        "status": "resolved" if resolved else "firing",
        "receiver": instance,
        "groupLabels": {"instance": instance},
        "commonLabels": _common([alert["labels"] for alert in alerts]),
        "commonAnnotations": _common([alert["annotations"] for alert in alerts]),
        "externalURL": external_url,
        "alerts": alerts,
    }


def item_alert(item: MessageItem, said: Mapping[str, str], instance: str, external_url: str) -> dict[str, Any]:
    """Write one incident as one alert."""
    labels = {
        "alertname": clean(str(item.subject)),
        "instance": instance,
        "kind": item.subject.kind.value,
        "name": clean(item.subject.name),
        "check": clean(item.subject.check),
        "site": clean(item.site),
        "severity": item.severity.value,
    }
    numbers = {"value": item.value, "limit": item.limit}
    annotations = {
        **said,
        "summary": clean(item.summary, wording.LINE_LIMIT),
        "code": clean(item.code),
        "state": item.state.value,
        "others": str(item.others),
        **{name: f"{value:g}" for name, value in numbers.items() if value is not None},
    }
    return {
        "status": "firing" if item.ended is None else "resolved",
        "labels": labels,
        "annotations": annotations,
        "startsAt": to_iso(item.since),
        "endsAt": _NEVER if item.ended is None else to_iso(item.ended),
        "generatorURL": external_url,
        "fingerprint": fingerprint(labels),
    }


def bare_alert(message: Message, instance: str, external_url: str) -> dict[str, Any]:
    """Write a message about no incident (a test, a summary) as one alert."""
    labels = {"alertname": f"wenyam_{message.event.value}", "instance": instance, "severity": message.severity.value}
    resolved = message.event is Event.RECOVERED
    return {
        "status": "resolved" if resolved else "firing",
        "labels": labels,
        "annotations": {**said_of(message), "summary": wording.title(message)},
        "startsAt": to_iso(message.at),
        "endsAt": to_iso(message.at) if resolved else _NEVER,
        "generatorURL": external_url,
        "fingerprint": fingerprint(labels),
    }


def said_of(message: Message) -> dict[str, str]:
    """Return the annotations that all alerts of one message share."""
    return {"title": wording.title(message), "description": wording.body(message), "event": message.event.value}


def fingerprint(labels: Mapping[str, str]) -> str:
    """Return 16 hex digits that stand for these labels; the same alert has the same for ever, if not Prometheus's own."""
    joined = "\0".join(f"{name}\0{value}" for name, value in sorted(labels.items()) if name != "severity")
    return hashlib.sha256(joined.encode()).hexdigest()[:16]


def _common(sets: Sequence[Mapping[str, str]]) -> dict[str, str]:
    first, *others = sets
    return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}
