"""One channel's sender: in order, tried again with back-off, merged when it is too much, passed on in time."""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from wenyam.alerts import facts
from wenyam.alerts.contract import Notifier, NotifyError
from wenyam.alerts.due import key_of
from wenyam.alerts.outbox import Letter, Notice, Outbox
from wenyam.clock import Clock
from wenyam.errors import StoreError, WenyamError
from wenyam.model.alerting import ChannelPlan, Delivery, Event, Message, Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Person

_LOG = logging.getLogger(__name__)

SEND_SECONDS = 30.0
"""Deadline of one try."""
FIRST_BACK_OFF, LONGEST_BACK_OFF = 2.0, 120.0
MERGED_ABOVE = 3
"""More messages than this that were held up go out as one."""
AT_ONCE = (Event.SUMMARY, Event.ANNOUNCED)
"""What never waits for a digest."""
RECORD_SECONDS = 2.0
"""Pause after the store refused."""


class Desk(Protocol):
    """What a sender asks of the service it works for."""

    outbox: Outbox

    async def record(self, found: Sequence[Fact]) -> None:
        """Write facts and adopt them; StoreError when they could not be written."""

    def compose(self, notice: Notice, plan: ChannelPlan, now: Instant) -> tuple[Message, list[Person]]:
        """Return the message and the people it is for."""

    def told_of(self, channel: str, problem: str) -> None:
        """Take note that a channel works (no problem) or does not."""

    def digest_due(self, plan: ChannelPlan, raised: Instant) -> Instant | None:
        """Return when what was raised then goes out with a digest; None when there is none."""


@dataclass(slots=True)
class Sender:
    """Sends for one channel; `turn` does what can be done now and says how long nothing more can be."""

    plan: ChannelPlan
    notifier: Notifier
    desk: Desk
    clock: Clock
    chance: Callable[[], float] = random.random
    tries: int = 0
    """Failed tries in a row."""
    retry_at: float = 0.0
    """On the monotonic clock."""
    held_up: bool = False
    """Something had to wait: for a channel that was down, or for the cap."""
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    busy: bool = False
    """A message is on its way."""
    unrecorded: list[Fact] = field(default_factory=list)
    """What the store did not take; it is written before anything else is done."""

    async def run(self) -> None:
        """Send for ever; nothing is sent while what was done cannot be recorded."""
        while True:
            try:
                pause = await self.turn()
            except StoreError as error:
                _LOG.error("channel %s: %s", self.plan.name, error)  # the sentence is the message
                pause = RECORD_SECONDS
            self.wake.clear()
            try:
                async with asyncio.timeout(pause):
                    await self.wake.wait()
            except TimeoutError:
                continue

    async def turn(self) -> float:
        """Do one thing; return the seconds until there may be another."""
        if self.unrecorded:
            await self._record([])
        now = self.clock.now()
        at_once, due = self._sorted(self.desk.outbox.waiting(self.plan.name), now)
        if len(due) > 1:
            await self._merge(due, now)
            return 0.0
        queue = [*at_once, *due]
        if not queue:
            self.held_up = False
            return 5.0
        if self.clock.monotonic() < self.retry_at:
            await self._pass_on_aged(queue, now)
            return min(1.0, max(0.05, self.retry_at - self.clock.monotonic()))
        room = self.desk.outbox.room_at(self.plan.name, self.plan.cap_per_hour, now)
        if room > now:
            self.held_up = True
            return min(5.0, (room - now) / 1000)
        # While it is down the oldest is tried alone; once that got through, the rest follows as one.
        joined = [notice for notice in queue if notice.letter is None]
        if self.held_up and not self.tries and len(joined) > MERGED_ABOVE:
            queue = [await self._merge(joined, now)]
        await self._try(queue[0], now)
        return 0.0

    def _sorted(self, waiting: Sequence[Notice], now: Instant) -> tuple[list[Notice], list[Notice]]:
        """Return what goes at once, and what goes now because its digest is due."""
        at_once = [notice for notice in waiting if notice.severity in self.plan.severities or notice.event in AT_ONCE]
        rest = [notice for notice in waiting if notice not in at_once]
        due = [notice for notice in rest if (at := self.desk.digest_due(self.plan, notice.raised)) is not None and at <= now]
        return at_once, due

    async def _try(self, notice: Notice, now: Instant) -> None:
        self.busy = True
        try:
            await self._send(notice, now)
        finally:
            self.busy = False

    async def _send(self, notice: Notice, now: Instant) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                message, people = self.desk.compose(notice, self.plan, now)
                delivery = await self.notifier.send(message, people, notice.key)
        except NotifyError as error:
            await self._failed(notice, error)
        except TimeoutError:
            await self._failed(notice, NotifyError(f"no answer within {SEND_SECONDS:g} s"))
        else:
            await self._delivered(notice, delivery, message.title)

    async def _delivered(self, notice: Notice, delivery: Delivery, title: str) -> None:
        tries, self.tries, self.retry_at = self.tries + 1, 0, 0.0
        self.desk.told_of(self.plan.name, "")
        run = "" if notice.letter is None else notice.letter.run
        fact = facts.delivered(notice.key, self.clock.now(), self.plan.name, delivery, tries=tries, title=title, run=run)
        await self._record([fact])

    async def _failed(self, notice: Notice, error: NotifyError) -> None:
        self.tries += 1
        self.held_up = True
        self.desk.told_of(self.plan.name, error.sentence)
        if error.lasting:
            await self._end(notice, error.sentence)
            return
        pause = min(LONGEST_BACK_OFF, FIRST_BACK_OFF * 2.0 ** min(self.tries - 1, 10))
        pause *= 0.75 + self.chance() / 2
        self.retry_at = self.clock.monotonic() + max(pause, error.retry_after or 0.0)
        await self._pass_on_aged([notice], self.clock.now())

    async def _pass_on_aged(self, queue: Sequence[Notice], now: Instant) -> None:
        """Give what has waited too long for this channel to the next one."""
        if self.plan.fallback is None:
            return
        aged = [notice for notice in queue if now >= after(notice.raised, self.plan.fallback_after)]
        for notice in aged:
            await self._end(notice, f"not delivered within {self.plan.fallback_after:g} s")

    async def _end(self, notice: Notice, why: str) -> None:
        now = self.clock.now()
        if self.plan.fallback is None:
            await self._record([facts.ended(facts.DROPPED, notice.key, now, self.plan.name, why)])
            return
        passed = facts.ended(facts.PASSED_ON, notice.key, now, self.plan.name, why)
        await self._record([passed, _raised_again(notice, self.plan.fallback, notice.event, now)])

    async def _record(self, found: Sequence[Fact]) -> None:
        self.unrecorded += found
        await self.desk.record(self.unrecorded)
        self.unrecorded = []

    async def _merge(self, notices: Sequence[Notice], now: Instant) -> Notice:
        """Let one summary stand for several; what was said of each stays on record."""
        people = tuple(dict.fromkeys(person for notice in notices for person in notice.people))
        parts = tuple(dict.fromkeys(part for notice in notices for part in notice.parts))
        severity = Severity.CRITICAL if any(each.severity is Severity.CRITICAL for each in notices) else Severity.WARNING
        first = notices[0]
        key = key_of(self.plan.name, people, parts)
        summary = Notice(key, self.plan.name, Event.SUMMARY, severity, people, parts, now, first.route, first.step)
        ends = [facts.ended(facts.MERGED, each.key, now, self.plan.name, key) for each in notices]
        await self._record([*ends, raised_fact(summary)])
        return summary


def raised_fact(notice: Notice) -> Fact:
    """Return the outbox row of a notice."""
    if notice.letter is not None:
        return _letter_fact(notice, notice.letter)
    return facts.raised(
        notice.key,
        notice.raised,
        channel=notice.channel,
        event=notice.event,
        severity=notice.severity,
        people=notice.people,
        parts=notice.parts,
        route=notice.route,
        step=notice.step,
    )


def _raised_again(notice: Notice, channel: str, event: Event, now: Instant) -> Fact:
    key = key_of(channel, notice.people, notice.parts or (notice.key,))
    return raised_fact(replace(notice, key=key, channel=channel, event=event, raised=now))


def _letter_fact(notice: Notice, letter: Letter) -> Fact:
    message = Message(notice.event, notice.severity, letter.title, letter.body, letter.language, notice.raised)
    return facts.letter(
        notice.key, notice.raised, facts.TOOL, run=letter.run, channel=notice.channel, people=notice.people, message=message
    )


async def probed(notifier: Notifier) -> tuple[str, str]:
    """Ask a channel how it is; return what it says and what is wrong (one of them empty)."""
    try:
        async with asyncio.timeout(SEND_SECONDS):
            return await notifier.probe(), ""
    except WenyamError as error:
        return "", error.sentence
    except TimeoutError:
        return "", f"no answer within {SEND_SECONDS:g} s"
