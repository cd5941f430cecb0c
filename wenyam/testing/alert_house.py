"""Alerts of one instance in one process, for tests: the real store, board, service and senders; time is moved by hand."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ruamel.yaml import YAML

from wenyam.alerts.service import AlertService
from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.engine.journal import Journal
from wenyam.model.instance import Configuration
from wenyam.model.inventory import AT_ONCE, Policy
from wenyam.model.states import CheckResult, Observation, State, Subject
from wenyam.settings.loader import load
from wenyam.settings.secrets import SecretReader
from wenyam.store.interface import Writer
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock

_TURNS = 400
_PAUSE = 0.005


def write_configuration(folder: Path, sections: Mapping[str, Any]) -> Configuration:
    """Write a configuration with these sections into a folder and load it; instance, site and people are there already."""
    folder.mkdir(parents=True, exist_ok=True)
    base = {
        "instance": {"name": "test-house", "site": "head", "state_directory": str(folder / "state"), "language": "en",
                     "run_directory": str(folder / "run"), "ballast": "1MiB"},
        "sites": {"head": {"label": {"th": "สำนักงานใหญ่", "en": "Head office"}}},
        "people": {name: {"name": {"th": f"คุณ{name}", "en": name.title()}, "mail": f"{name}@example.org"}
                   for name in ("anan", "busaba", "chai")},
        "defaults": {"owner": "busaba", "duty_officer": "anan"},
    }  # fmt: skip
    path = folder / "wenyam.yaml"
    with path.open("w", encoding="utf-8") as file:
        YAML().dump({**base, **sections}, file)
    path.chmod(0o600)
    return load(folder)


class AlertHouse:
    """`async with AlertHouse(configuration) as house`: observe, let turns pass, look at what receivers heard."""

    def __init__(self, configuration: Configuration, clock: Clock | None = None) -> None:
        """Take a configuration and a clock; opens nothing."""
        self.configuration = configuration
        self.hand = FakeClock()
        self.clock: Clock = clock or self.hand
        self.writer: Writer
        self.board: Board
        self.service: AlertService

    async def __aenter__(self) -> Self:
        """Open the store and start the service; its loop is turned by hand."""
        instance = self.configuration.instance
        directory = Path(instance.state_directory)
        self.writer = open_writer(directory, self.clock, instance.name, rules=instance.retention, ballast_bytes=1 << 20)
        self.board = Board(self.clock, self.writer.states())
        self.journal = Journal(self.clock, self.board, self.writer)
        self.service = AlertService(self.clock, self.journal, self.board, SecretReader(), self.configuration)
        await self.service.load()
        await self.service.configure(self.configuration)
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop the senders and close the store."""
        await self.service.stop()
        await self.journal.close()

    def see(
        self,
        subject: str,
        state: State,
        summary: str = "",
        *,
        cause: str = "",
        policy: Policy = AT_ONCE,
        value: float | None = None,
    ) -> None:
        """Let the board observe something."""
        because = Subject.parse(cause) if cause else None
        result = CheckResult(state, summary, value=value)
        self.board.observe(Subject.parse(subject), Observation(self.clock.now(), result, because), policy)

    async def turn(self) -> None:
        """Write what was observed, take it in, and let the senders do what they can do at this moment."""
        await self.journal.flush()
        while await self.service.turn():
            pass
        for sender in self.service.senders.values():
            sender.wake.set()
        for _ in range(_TURNS):
            before = self._state()
            await asyncio.sleep(_PAUSE)
            if before == self._state() and not any(sender.busy for sender in self.service.senders.values()):
                return

    async def pass_time(self, seconds: float, step: float = 1.0) -> None:
        """Let time pass in steps, each with a turn."""
        left = seconds
        while left > 0:
            await self.hand.advance(min(step, left))
            left -= step
            await self.turn()

    def _state(self) -> tuple[Any, ...]:
        return len(self.service.outbox.pending), tuple(sender.tries for sender in self.service.senders.values())
