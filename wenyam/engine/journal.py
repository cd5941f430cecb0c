"""The journal: the one task that carries changes from memory to the store, in order, in batches, without blocking the loop."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from wenyam.clock import Clock
from wenyam.engine.board import Board
from wenyam.errors import StoreError
from wenyam.model.facts import Fact
from wenyam.model.states import StateRecord
from wenyam.store.interface import RollupRow, Transition, Writer

_LOG = logging.getLogger(__name__)

RETRY_SECONDS = 2.0

_P = ParamSpec("_P")
_T = TypeVar("_T")


class Journal:
    """Owns the writing thread. What could not be written stays queued, in order, until it can."""

    def __init__(self, clock: Clock, board: Board, writer: Writer) -> None:
        """Take the board to drain and the store to write to."""
        self._clock = clock
        self._board = board
        self.writer = writer
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="store")
        self._transitions: list[Transition] = []
        self._soft: list[StateRecord] = []
        self._facts: list[Fact] = []
        self._rollups: list[RollupRow] = []
        self._wake = asyncio.Event()
        self.problem = ""
        """Why the last write failed; empty while writing works."""
        board.listen(lambda _change: self._wake.set())

    def fact(self, fact: Fact) -> None:
        """Queue a fact."""
        self._facts.append(fact)
        self._wake.set()

    async def record(self, fact: Fact) -> None:
        """Write a fact and return when it is safe on disk; StoreError when it could not be written yet (it stays queued)."""
        self.fact(fact)
        if not await self.flush():
            raise StoreError(self.problem)

    def rollups(self, rows: Sequence[RollupRow]) -> None:
        """Queue points; they are the first to be given up when the disk is full."""
        self._rollups.extend(rows)
        self._wake.set()

    async def run(self) -> None:
        """Write whenever there is something, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            if not await self.flush():
                await self._clock.sleep(RETRY_SECONDS)
                self._wake.set()

    async def flush(self) -> bool:
        """Write everything queued; False when the store refused and it must be tried again."""
        transitions, soft = self._board.drain()
        self._transitions += transitions
        self._soft += soft
        batch = (self._transitions, self._soft, self._facts)
        rollups = self._rollups
        self._transitions, self._soft, self._facts, self._rollups = [], [], [], []
        if not any(batch) and not rollups:
            # Whatever another task is writing now is through once the thread gets to us.
            await self.call(int)
            return not self.problem
        try:
            await self.call(self._write, *batch)
            if rollups:
                await self.call(self.writer.write_rollups, rollups)
        except StoreError as error:
            self.problem = str(error)
            _LOG.error("%s", error)  # the sentence is the message; a traceback would hide it
            return False
        self.problem = ""
        return True

    def _write(self, transitions: list[Transition], soft: list[StateRecord], facts: list[Fact]) -> None:
        """Write one batch; on failure everything goes back to the head of the queue."""
        try:
            if transitions or soft or facts:
                self.writer.apply(transitions, soft, facts)
        except StoreError:
            self._transitions[:0] = transitions
            self._soft[:0] = soft
            self._facts[:0] = facts
            raise

    async def call(self, function: Callable[_P, _T], *arguments: _P.args, **named: _P.kwargs) -> _T:
        """Run a store function in the writing thread."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, lambda: function(*arguments, **named))

    async def close(self) -> None:
        """Write what is left and end the thread."""
        await self.flush()
        await self.call(self.writer.close)
        self._thread.shutdown()
