"""The senders and self-tests of one configuration, each a task; who fails unforeseen ends the service."""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any, Final, Protocol

from wenyam import plugins
from wenyam.alerts import self_test, sender
from wenyam.alerts.contract import Notifier, Surroundings
from wenyam.alerts.self_test import SelfTest
from wenyam.alerts.sender import Sender
from wenyam.model.alerting import ChannelPlan

CLOSING_SECONDS: Final = 5.0


class Desk(sender.Desk, self_test.Desk, Protocol):
    """What senders and self-tests ask of the service."""


class Crew:
    """Starts, replaces and ends them."""

    def __init__(self, desk: Desk) -> None:
        """Take the service they work for; nobody works yet."""
        self.senders: dict[str, Sender] = {}
        self.failure: BaseException | None = None
        """What ended one of them; nobody foresaw it."""
        self._desk = desk
        self._tasks: set[asyncio.Task[None]] = set()

    async def replace(self, channels: Iterable[ChannelPlan], surroundings: Surroundings) -> None:
        """Let these channels be served, and no other."""
        await self.stop()
        for plan in channels:
            kind: Any = plugins.load(plugins.NOTIFIERS, plan.kind)
            notifier: Notifier = kind(plan.options, surroundings)
            self.senders[plan.name] = Sender(plan, notifier, self._desk, surroundings.clock)
            self._start(self.senders[plan.name].run())
            self._start(SelfTest(plan, notifier, self._desk).run())

    def ring(self) -> None:
        """Let every sender look again."""
        for each in self.senders.values():
            each.wake.set()

    async def stop(self) -> None:
        """End everybody and let go of connections; what waits is sent when somebody starts again."""
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for each in self.senders.values():
            async with asyncio.timeout(CLOSING_SECONDS):
                await each.notifier.close()
        self.senders = {}

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.failure = error
