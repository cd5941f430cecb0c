"""The blocks of alerts: channels by which messages leave, and routes that say who is told what, when and how often."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wenyam.model.alerting import Severity
from wenyam.settings.blocks import Written
from wenyam.settings.values import Duration, Line, Name

_HOURS = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]")

Grade = Annotated[Severity, Field(strict=False)]
"""Written as a word."""


def _hours(text: str) -> str:
    if _HOURS.fullmatch(text) is None:
        raise ValueError(f"two times of day expected, such as 18:00-08:30, not '{text}'")
    return text


class ChannelBlock(Written):
    """A way by which messages reach people; further keys are the options of its kind."""

    kind: Line
    """line, mail, webhook, apprise, command, or one of another package."""
    language: Literal["th", "en"] | None = None
    """Language of its messages; the instance's when absent."""
    severities: Annotated[list[Grade], Field(min_length=1)] = Field(default_factory=lambda: [Severity.CRITICAL, Severity.WARNING])
    """What is sent at once."""
    digest: Line | None = None
    """When the rest goes out in one message, such as `every day 08:30`; when absent it is not sent by this channel."""
    cap_per_hour: Annotated[int, Field(ge=1, le=10_000)] = 30
    """Messages in any hour; what is over waits and becomes one summary."""
    fallback: Name | None = None
    """Channel that takes over what this one could not deliver."""
    fallback_after: Duration = 300.0
    """How long delivery may fail before that."""
    self_test: Line | None = "every mon 09:00"
    """When a message is sent that only shows that it arrives; null for never."""


class MatchBlock(Written):
    """Which incidents a route is for; what is absent matches all."""

    severities: list[Grade] = Field(default_factory=list)
    """critical (DOWN, CRIT) or warning (WARN)."""
    kinds: list[Line] = Field(default_factory=list)
    """Kinds of device (switch, server …) or of subject (service, link, job, monitor, credential, external)."""
    sites: list[Name] = Field(default_factory=list)
    """Where it stands."""
    services: list[Name] = Field(default_factory=list)
    """Services that are hurt by it."""
    subjects: list[Line] = Field(default_factory=list)
    """Devices, links or services by name, such as `service:erp`."""
    hours: Annotated[str, AfterValidator(_hours)] | None = None
    """Times of day at which the route holds, such as 18:00-08:30."""


class StepBlock(Written):
    """Whom to tell, and by what, when nobody acknowledged in time."""

    after: Duration = 0.0
    """Time since the incident was opened."""
    to: Annotated[list[Line], Field(min_length=1)]
    """People by id, `oncall:ROTA`, `duty_officer`, `owner`, `role:superior`."""
    channels: Annotated[list[Name], Field(min_length=1)]
    """Channels that carry it, all of them."""


class RouteBlock(Written):
    """Who is told of an incident; the first route that matches is taken."""

    match: MatchBlock = MatchBlock()
    """Which incidents."""
    steps: Annotated[list[StepBlock], Field(min_length=1)]
    """First message and escalation."""
    repeat: Duration | None = None
    """Time after which the last step is told again while nobody acknowledges; never when absent."""


class AlertsBlock(Written):
    """Who is told what, when and how often."""

    group_wait: Duration = 5.0
    """Time an incident gathers what belongs to it before the first message."""
    reopen_within: Duration = 600.0
    """A subject that fails again so soon belongs to its old incident."""
    routes: dict[Name, RouteBlock] = Field(default_factory=dict)
    """In this order; without any, everybody's duty officer is told through every channel."""
