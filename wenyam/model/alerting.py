"""Alerts as nouns: how bad, what happened, through which channel, to whom, and the message itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from wenyam.model.instants import Instant
from wenyam.model.states import State, Subject

HOUR = 3600.0
DAY = 86_400.0


class Severity(StrEnum):
    """How bad an incident is: DOWN and CRIT are critical, WARN is a warning."""

    CRITICAL = "critical"
    WARNING = "warning"


class Event(StrEnum):
    """Why a message is sent."""

    OPENED = "opened"
    WORSENED = "worsened"
    """A warning became critical."""
    ESCALATED = "escalated"
    """Nobody acknowledged in time; the next person is told."""
    REPEATED = "repeated"
    FLAPPING = "flapping"
    """It comes and goes; one word instead of many messages."""
    RECOVERED = "recovered"
    RETURNED = "returned"
    """It failed again after people were told that it recovered."""
    OVERDUE = "overdue"
    """A step of the procedure took longer than its limit."""
    SUMMARY = "summary"
    """Stands for several messages that were held back by a cap or by a channel that was down."""
    TEST = "test"
    ANNOUNCED = "announced"
    """Users are told something in words, whatever the channel says at once otherwise."""


@dataclass(frozen=True, slots=True)
class ChannelPlan:
    """One way a message leaves the house."""

    name: str
    kind: str
    """The notifier that sends it: line, mail, webhook, apprise, command."""
    options: Any
    """The notifier's own validated Config."""
    language: str
    severities: tuple[Severity, ...] = (Severity.CRITICAL, Severity.WARNING)
    """What is sent at once; the rest waits for the digest."""
    digest: str | None = None
    """Schedule of the digest of what is not sent at once; None: it is not sent at all."""
    cap_per_hour: int = 30
    """Messages in any hour; further ones become one summary."""
    fallback: str | None = None
    """Channel that takes over what could not be delivered for `fallback_after` seconds."""
    fallback_after: float = 300.0
    self_test: str | None = None
    """Schedule of the self-test that a person sees."""


@dataclass(frozen=True, slots=True)
class RouteMatch:
    """Which incidents a route is for; an empty field matches all."""

    severities: tuple[Severity, ...] = ()
    kinds: tuple[str, ...] = ()
    """Kinds of device (`switch`) or of subject (`service`, `link`, `job`, `monitor`)."""
    sites: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    """Services the incident hurts."""
    subjects: tuple[Subject, ...] = ()
    hours: str | None = None
    """`HH:MM-HH:MM` on every day, in the instance's zone; may cross midnight."""


@dataclass(frozen=True, slots=True)
class EscalationStep:
    """Whom to tell, and by what, when nobody acknowledged for `after` seconds."""

    after: float
    to: tuple[str, ...]
    """Person ids, `oncall:ROTA`, `duty_officer`, `owner`, `role:ROLE`."""
    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Route:
    """The first route that matches an incident says who is told, when and how often."""

    name: str
    match: RouteMatch
    steps: tuple[EscalationStep, ...]
    repeat: float | None = None
    """Seconds after which the last step is told again while nobody acknowledged; None: never."""


@dataclass(frozen=True, slots=True)
class AlertPlan:
    """Everything the configuration says about alerts."""

    channels: Mapping[str, ChannelPlan] = field(default_factory=dict)
    routes: tuple[Route, ...] = ()
    group_wait: float = 5.0
    """Seconds an incident gathers what belongs to it before the first message."""
    reopen_within: float = 600.0
    """A subject that fails again so soon belongs to its old incident."""


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One incident inside a message, as data for machines."""

    code: str
    subject: Subject
    state: State
    severity: Severity
    site: str
    since: Instant
    ended: Instant | None
    summary: str
    value: float | None = None
    limit: float | None = None
    others: int = 0
    """Further subjects inside the same incident."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a person reads: a title whose first 60 characters say state, what and where, and a body of plain lines.

    Both are clean text (i18n.clean_text): no control, escape or bidi character except the body's newlines.
    """

    event: Event
    severity: Severity
    title: str
    body: str
    language: str
    at: Instant
    items: tuple[MessageItem, ...] = ()


@dataclass(frozen=True, slots=True)
class Delivery:
    """What a channel said when it took a message."""

    detail: str
    """A sentence, such as the relay that took it."""
    refused: Mapping[str, str] = field(default_factory=dict)
    """Person ids that could not be reached although others were, with the reason."""
