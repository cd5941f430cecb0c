"""From the bodies that Alertmanager, Grafana and Prometheus send to what they mean. Pure; every text in it is a stranger's."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wenyam.alerts.receive_told import KEY_LENGTH, NAME_LENGTH, TEXT_LENGTH, Addresses, Told
from wenyam.errors import WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.receiving import ALERT_CHECK, Received, ReceivedKind, WebhookPlan
from wenyam.model.states import CheckResult, State, Subject, SubjectKind

ALERTS_AT_ONCE = 1000
LABELS = 64
FIRING = "firing"
_SHORT = 48
_DIGEST = 12
_NOISE = frozenset({"alertname", "job", "prometheus", "monitor", "grafana_folder"})
"""Labels that do not tell which of several it is."""
_SENTENCES = ("summary", "message", "description", "title")


class BadAlertsError(WenyamError):
    """These are no alerts."""

    permanent = True


@dataclass(frozen=True, slots=True)
class ToldAlert:
    """One alert as it was sent, not cleaned yet."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    resolved: bool
    """What its status says."""
    ends: Instant | None
    """When it is over without another word."""

    @property
    def name(self) -> str:
        """The alert's name; without one it has none to show."""
        return self.labels.get("alertname") or "unnamed"


def parse(body: Any) -> list[ToldAlert]:
    """Return the alerts of a webhook body (an object with `alerts`) or an API body (a list); BadAlertsError says why not."""
    alerts = body.get("alerts") if isinstance(body, dict) else body
    if not isinstance(alerts, list):
        raise BadAlertsError("a list of alerts expected, or an object with 'alerts'")
    if len(alerts) > ALERTS_AT_ONCE:
        raise BadAlertsError(f"{len(alerts)} alerts in one request; at most {ALERTS_AT_ONCE} are taken")
    return [_alert(alert, number) for number, alert in enumerate(alerts, 1)]


def _alert(alert: Any, number: int) -> ToldAlert:
    where = f"alert {number}"
    if not isinstance(alert, dict):
        raise BadAlertsError(f"{where}: an object expected")
    labels = _texts(alert.get("labels"), f"{where}: labels")
    if not labels:
        raise BadAlertsError(f"{where}: it has no labels")
    status = alert.get("status", FIRING)
    if status not in (FIRING, "resolved"):
        raise BadAlertsError(f"{where}: its status is neither firing nor resolved")
    ends = _moment(alert.get("endsAt"), f"{where}: endsAt")
    return ToldAlert(labels, _texts(alert.get("annotations"), f"{where}: annotations"), status != FIRING, ends)


def _texts(value: Any, where: str) -> dict[str, str]:
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > LABELS or not all(isinstance(text, str) for text in value.values()):
        raise BadAlertsError(f"{where}: an object of at most {LABELS} texts expected")
    return value


def _moment(value: Any, where: str) -> Instant | None:
    """Read an RFC 3339 time; the year 1 is how Go writes none."""
    if value in (None, ""):
        return None
    try:
        moment = datetime.fromisoformat(value)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return from_datetime(aware) if aware.year > 1 else None
    except (TypeError, ValueError, OverflowError) as error:
        raise BadAlertsError(f"{where}: no time of the form 2026-11-26T20:00:00Z") from error


def understand(alert: ToldAlert, source: str, now: Instant, plan: WebhookPlan, addresses: Addresses) -> Told:
    """Return the row of an alert, and the state it moves; one whose severity says that nobody need know moves none."""
    device = _device(alert, plan, addresses)
    state = _state(alert, now, plan)
    text = _sentence(alert)
    row = Received(
        now, clean(source, NAME_LENGTH), device, ReceivedKind.WEBHOOK, clean(alert.name, NAME_LENGTH), f"{_word(state)}: {text}"
    )
    if alert.labels.get(plan.severity_label, "").lower() in plan.ignored:
        return Told(row)
    return Told(row, _subject(alert, plan, device), CheckResult(state, text))


def _device(alert: ToldAlert, plan: WebhookPlan, addresses: Addresses) -> str | None:
    for label in plan.device_labels:
        device = addresses.called(alert.labels.get(label, ""))
        if device is not None:
            return device.name
    return None


def _state(alert: ToldAlert, now: Instant, plan: WebhookPlan) -> State:
    if alert.resolved or (alert.ends is not None and alert.ends <= now):
        return State.OK
    return State.CRIT if alert.labels.get(plan.severity_label, "").lower() in plan.critical else State.WARN


def _word(state: State) -> str:
    return "resolved" if state is State.OK else FIRING


def _sentence(alert: ToldAlert) -> str:
    for key in _SENTENCES:
        text = clean(alert.annotations.get(key, ""), TEXT_LENGTH)
        if text:
            return text
    return clean(f"{alert.name} {_written(alert.labels)}", TEXT_LENGTH)


def _written(labels: Mapping[str, str]) -> str:
    return ", ".join(f"{key}={labels[key]}" for key in sorted(labels) if key != "alertname")


def _subject(alert: ToldAlert, plan: WebhookPlan, device: str | None) -> Subject:
    """Return what the alert is about: a check of the device, or something outside the inventory."""
    dropped = _NOISE | {plan.severity_label} | (set(plan.device_labels) if device else set())
    which = _which({key: text for key, text in alert.labels.items() if key not in dropped}, alert.labels)
    name = clean(alert.name, KEY_LENGTH)
    if device is not None:
        return Subject(SubjectKind.DEVICE, device, f"{ALERT_CHECK}{name}{f':{which}' if which else ''}")
    whole = f"{name}:{which or _digest(alert.labels)}"
    if "/" in whole:  # which would part name and check
        whole = f"{whole.replace('/', '_')}:{_digest(alert.labels)}"
    return Subject(SubjectKind.EXTERNAL, whole, ALERT_CHECK.removesuffix(":"))


def _which(telling: Mapping[str, str], labels: Mapping[str, str]) -> str:
    """Write the labels that tell several of one name apart; a digest of all of them when that would be long or not clean."""
    text = _written(telling)
    return text if text == clean(text, _SHORT) else _digest(labels)


def _digest(labels: Mapping[str, str]) -> str:
    whole = "\0".join(f"{key}\1{labels[key]}" for key in sorted(labels))
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGEST]


def storm(told: Sequence[Told], known: set[Subject], limit: int) -> tuple[list[Told], int]:
    """Return what may still become a state, and how many may not because others gave us too many already."""
    kept: list[Told] = []
    dropped = 0
    known = set(known)
    for one in told:
        if one.subject is None or one.result is None:
            continue
        if one.subject not in known and (len(known) >= limit or one.result.state is State.OK):
            # That something is over which nobody ever reported is nothing to keep.
            dropped += one.result.state is not State.OK
            continue
        known.add(one.subject)
        kept.append(one)
    return kept, dropped
