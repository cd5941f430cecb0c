"""A message as alerts handed to an Alertmanager over its API (v2), as Prometheus would; it then tells by its own rules."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from wenyam.alerts.notifiers.webhook_data import bare_alert, item_alert, said_of
from wenyam.model.alerting import DAY, HOUR, Event, Message, MessageItem, Severity
from wenyam.model.instants import after, to_iso

ALERTS: Final = "/api/v2/alerts"
STATUS: Final = "/api/v2/status"
_HELD_SECONDS: Final = 365 * DAY
"""Without an end Alertmanager resolves an alert by itself after minutes; Prometheus repeats, Wenyam tells the end instead."""
_KEPT: Final = ("labels", "annotations", "startsAt", "endsAt", "generatorURL")


def alerts(message: Message, instance: str, external_url: str) -> list[dict[str, Any]]:
    """Return what to post; an alert is the same one as long as its labels are."""
    if not message.items:
        passing = bare_alert(message, instance, external_url)
        end = message.at if message.event is Event.RECOVERED else after(message.at, HOUR)
        return [_kept({**passing, "endsAt": to_iso(end)})]
    said = said_of(message)
    return [_kept(each) for item in message.items for each in _of(item, message, said, instance, external_url)]


def _of(
    item: MessageItem, message: Message, said: Mapping[str, str], instance: str, external_url: str
) -> Iterator[dict[str, Any]]:
    end = after(message.at, _HELD_SECONDS) if item.ended is None else item.ended
    yield {**item_alert(item, said, instance, external_url), "endsAt": to_iso(max(end, item.since))}
    if item.severity is Severity.CRITICAL:
        # The severity is a label, so what was a warning before is another alert there, and ends now.
        milder = replace(item, severity=Severity.WARNING, ended=max(message.at, item.since))
        yield item_alert(milder, said, instance, external_url)


def _kept(alert: Mapping[str, Any]) -> dict[str, Any]:
    return {name: alert[name] for name in _KEPT if alert[name] != ""}
