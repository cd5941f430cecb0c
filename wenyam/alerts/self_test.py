"""The self-test of a channel: the far side is asked often what bothers nobody, and once a week a person sees a message."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from wenyam.alerts import facts
from wenyam.alerts.contract import Notifier, NotifyError
from wenyam.alerts.outbox import Outbox
from wenyam.alerts.sender import SEND_SECONDS, probed
from wenyam.clock import Clock
from wenyam.model.alerting import ChannelPlan, Message
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import Person
from wenyam.settings import schedule

PROBE_SECONDS = 900.0
"""Between two questions that bother nobody."""


class Desk(Protocol):
    """What a self-test asks of the service it works for."""

    clock: Clock
    outbox: Outbox

    @property
    def time_zone(self) -> str:
        """The zone in which schedules are meant."""

    async def record(self, found: Sequence[Fact]) -> None:
        """Write facts and adopt them."""

    def test_people(self, now: Instant) -> Sequence[Person]:
        """Return who hears a self-test."""

    def test_message(self, plan: ChannelPlan, now: Instant) -> Message:
        """Return what it says."""

    def tested(self, channel: str, problem: str, detail: str) -> None:
        """Take note of the outcome."""

    def told_of(self, channel: str, problem: str) -> None:
        """Take note that a channel took a message."""


@dataclass(slots=True)
class SelfTest:
    """Tries one channel for ever."""

    plan: ChannelPlan
    notifier: Notifier
    desk: Desk

    async def run(self) -> None:
        """Ask at the start and every quarter of an hour; send when the schedule says so."""
        begun = self.desk.clock.now()
        while True:
            detail, problem = await probed(self.notifier)
            begun = min(begun, self.desk.clock.now())  # the clock may be set back
            if not problem and self._is_due(begun):
                detail, problem = await self.send()
            self.desk.tested(self.plan.name, problem, detail)
            await self.desk.clock.sleep(PROBE_SECONDS)

    async def send(self) -> tuple[str, str]:
        """Send the message of a self-test; return what the channel said and what was wrong (one of them empty), on record."""
        now = self.desk.clock.now()
        detail, problem = "", ""
        try:
            async with asyncio.timeout(SEND_SECONDS):
                message = self.desk.test_message(self.plan, now)
                detail = (await self.notifier.send(message, self._people(now), f"test-{now}")).detail
        except NotifyError as error:
            problem = error.sentence
        except TimeoutError:
            problem = f"no answer within {SEND_SECONDS:g} s"
        if not problem:
            self.desk.told_of(self.plan.name, "")
        await self.desk.record([facts.self_tested(self.plan.name, now, problem, detail)])
        return detail, problem

    def _people(self, now: Instant) -> list[Person]:
        return [person for person in self.desk.test_people(now) if self.notifier.address(self.plan.options, person)]

    def _is_due(self, begun: Instant) -> bool:
        """Tell whether the schedule has come round since the last self-test, or since the start when there was none.

        One that failed is made again at every turn: that the far side answers does not show that it takes messages.
        """
        if self.plan.self_test is None:
            return False
        last, problem = self.desk.outbox.self_tests.get(self.plan.name, (begun, ""))
        return bool(problem) or schedule.parse(self.plan.self_test, self.desk.time_zone).next_after(last) <= self.desk.clock.now()
