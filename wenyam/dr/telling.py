"""Telling people about a run through the channels of the alerts: at once, by this process, so that it is proven that they got it.

The watcher that serves the outbox may be lost with its site; the channel takes the same message twice under one key as once.
What a channel does not take now is left to the outbox all the same, so that it comes when the channel is well again.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict

from wenyam import plugins
from wenyam.alerts.contract import Notifier, NotifyError, Surroundings
from wenyam.dr.contract import StepPlace
from wenyam.dr.letters import letter_of
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant
from wenyam.i18n.translate import mark, translator
from wenyam.model.alerting import ChannelPlan, Event, Message, Severity
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Inventory, Person
from wenyam.model.recovery import Mode, Outcome, RecoveryPlan, failed, passed
from wenyam.nearest import did_you_mean
from wenyam.settings.blocks import Label

SEND_SECONDS: Final = 30.0
ROLE, OWNER, COMMITTEE = "role:", "owner", "committee"
_TITLE, _LINE = 60, 500
MODE_WORDS: Final = {
    Mode.REHEARSAL: mark("Rehearsal"),
    Mode.DRILL: mark("Drill, nothing real happens"),
    Mode.SWITCHOVER: mark("Switchover to the DR site"),
    Mode.FAILOVER: mark("Failover to the DR site"),
    Mode.FAILBACK: mark("Back to the main site"),
}


class TellConfig(BaseModel):
    """Who is told, by what, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    to: tuple[str, ...] = ()
    """Persons, `role:NAME`, `owner` of the plan, `committee`."""
    channels: tuple[str, ...] = ()
    """Channels; every one of the configuration when absent."""
    text: Label | None = None
    """What is said, in Thai, English or both."""


class TellStep:
    """Tells people; what kinds of it differ in is whom, and what is added."""

    Config: ClassVar[type[BaseModel]] = TellConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    """Twice is better than not at all, and channels with a key take it once."""
    waits: ClassVar[bool] = False
    usual: ClassVar[tuple[str, ...]] = ()
    """Whom it tells where nobody is named."""
    verb: ClassVar[str] = "Tell"

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._config: TellConfig = config

    @property
    def _to(self) -> tuple[str, ...]:
        return self._config.to or self.usual

    def describe(self) -> str:
        """Return who is told."""
        channels = ", ".join(self._config.channels) or "every channel"
        return clean(f"{self.verb} {', '.join(self._to)} by {channels}", _LINE)

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return who and what nobody knows."""
        people, channels = configuration.inventory.people, configuration.alerts.channels
        roles = {role for person in people.values() for role in person.roles}
        found = [] if self._to else ["nobody is named under 'to'"]
        for word in self._to:
            if word.startswith(ROLE):
                if word.removeprefix(ROLE) not in roles:
                    found.append(f"nobody has the role '{word.removeprefix(ROLE)}'{did_you_mean(word.removeprefix(ROLE), roles)}")
            elif word not in (*people, OWNER, COMMITTEE):
                found.append(f"there is no person '{word}'{did_you_mean(word, [*people, OWNER, COMMITTEE])}")
        found += [
            f"there is no channel '{name}'{did_you_mean(name, channels)}"
            for name in self._config.channels
            if name not in channels
        ]
        return (*found, *(() if channels else ("there are no 'channels' to tell anybody by",)))

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Ask every channel what bothers nobody, and whether everybody can be reached by one of them."""
        people, faults, told = people_of(place.configuration.inventory, place.plan, self._to), [], {}
        for channel in self._channels(place):
            try:
                async with _opened(channel, place) as notifier, asyncio.timeout(SEND_SECONDS):
                    told[channel.name] = await notifier.probe()
            except (NotifyError, TimeoutError) as error:
                faults.append(f"channel '{channel.name}': {str(error) or 'no answer in time'}")
        lost = [person.id for person in people if not any(_reaches(channel, person) for channel in self._channels(place))]
        if faults or lost:
            return failed("; ".join([*faults, *([f"no channel reaches {', '.join(lost)}"] if lost else [])]), **told)
        return passed(f"{len(people)} people can be told by {', '.join(told)}", **told)

    async def run(self, place: StepPlace) -> Outcome:
        """Send by every channel; passed when everybody was reached by one at least."""
        people = people_of(place.configuration.inventory, place.plan, self._to)
        reached, said = set[str](), dict[str, str]()
        for channel in self._channels(place):
            meant = [person for person in people if _reaches(channel, person)]
            if not meant:
                continue
            sent = await _sent(channel, place, self._message(place, channel.language), meant)
            said[channel.name] = sent.detail
            reached |= set() if sent.problem else {person.id for person in meant} - sent.refused
        lost = [person.id for person in people if person.id not in reached]
        if lost or not people:
            return failed(f"not reached: {', '.join(lost) or 'there is nobody'}", **said)
        return passed(f"told {', '.join(sorted(reached))}", **said)

    async def was_done(self, _place: StepPlace) -> bool | None:
        """Tell that nobody knows what was sent; it is simply sent again under the same key."""
        return None

    async def undo(self, _place: StepPlace) -> Outcome:
        """Take nothing back."""
        return passed("what was said stays said")

    def more(self, _place: StepPlace, _language: str) -> Sequence[str]:
        """Return further lines of the message."""
        return ()

    def _channels(self, place: StepPlace) -> list[ChannelPlan]:
        channels = place.configuration.alerts.channels
        return [channels[name] for name in (self._config.channels or channels)]

    def _message(self, place: StepPlace, language: str) -> Message:
        say, plan = translator(language), place.plan
        text = self._config.text
        words = "" if text is None else (text.th if language == "th" else text.en) or text.th or text.en or ""
        zone = place.configuration.instance.availability.time_zone
        now = place.clock.now()
        title = f"◆ {say(MODE_WORDS[place.mode])}: {clean(plan.title)}"
        lines = [
            *([clean(words, _LINE)] if words else []),
            *self.more(place, language),
            say("Run {run} by {person}, {time}").format(
                run=place.run, person=place.actor, time=format_instant(now, zone, language)
            ),
        ]
        severity = Severity.CRITICAL if place.mode.is_real else Severity.WARNING
        title = title if len(title) <= _TITLE else title[: _TITLE - 1] + "…"
        return Message(Event.ANNOUNCED, severity, title, "\n".join(lines), language, now)


@dataclass(frozen=True, slots=True)
class _Sent:
    detail: str
    problem: bool = False
    refused: frozenset[str] = frozenset()
    lasting: bool = False
    """The channel will never take it."""


async def _sent(channel: ChannelPlan, place: StepPlace, message: Message, people: Sequence[Person]) -> _Sent:
    """Send now, unless the outbox did so meanwhile; leave to the outbox what may be taken later."""
    letter = await letter_of(place, channel.name)
    if letter.was_delivered:
        return _Sent("delivered by the outbox of alerts since the last attempt")
    sent = await _tried(channel, place, message, people, letter.key)
    if not sent.problem:
        await letter.taken()
    elif not sent.lasting:
        await letter.leave(message, people)
        return replace(sent, detail=f"{sent.detail}; the outbox of alerts tries on")
    return sent


async def _tried(channel: ChannelPlan, place: StepPlace, message: Message, people: Sequence[Person], key: str) -> _Sent:
    try:
        async with _opened(channel, place) as notifier, asyncio.timeout(SEND_SECONDS):
            delivery = await notifier.send(message, people, key)
    except NotifyError as error:
        return _Sent(error.sentence, problem=True, lasting=error.lasting)
    except TimeoutError:
        return _Sent(f"no answer within {SEND_SECONDS:g} s", problem=True)
    return _Sent(delivery.detail, refused=frozenset(delivery.refused))


class _opened:  # noqa: N801  # used as a function
    """A notifier for one message, closed afterwards."""

    def __init__(self, channel: ChannelPlan, place: StepPlace) -> None:
        kind: Any = plugins.load(plugins.NOTIFIERS, channel.kind)
        surroundings = Surroundings(place.clock, place.links.secrets, place.configuration.instance.name)
        self._notifier: Notifier = kind(channel.options, surroundings)

    async def __aenter__(self) -> Notifier:
        return self._notifier

    async def __aexit__(self, *_: object) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._notifier.close()


def _reaches(channel: ChannelPlan, person: Person) -> bool:
    kind: Any = plugins.load(plugins.NOTIFIERS, channel.kind)
    return bool(kind.address(channel.options, person))


def people_of(inventory: Inventory, plan: RecoveryPlan, words: Sequence[str]) -> list[Person]:
    """Return whom words mean, each once."""
    found: dict[str, Person] = {}
    for word in words:
        if word.startswith(ROLE):
            names = [name for name, person in inventory.people.items() if word.removeprefix(ROLE) in person.roles]
        else:
            names = {OWNER: [plan.owner], COMMITTEE: [*plan.committee.members]}.get(word, [word])
        found.update({name: inventory.people[name] for name in names if name in inventory.people})
    return list(found.values())
