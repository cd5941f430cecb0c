"""What was measured over one stretch of time, and the arithmetic of the table."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from wenyam.links.kernel_memory import resident_bytes
from wenyam.testing.bench.counters import Counters, cpu_seconds

_MILLION = 1e6


@dataclass(frozen=True, slots=True)
class Stretch:
    """One measured stretch of a steady state."""

    stage: str
    seconds: float
    varbinds: int
    """Answered by the agent, counted by the agent."""
    requests: int
    """Datagrams the agent answered."""
    cpu: float
    """User and system seconds of the program measured."""
    agent_cpu: float
    own_count: int
    """What the program itself counted: readings of our collector, starts of the watcher's wheel, else 0."""
    resident: int
    """Bytes of memory at the end."""
    others: float
    """CPU seconds of everything else on this machine meanwhile: how quiet it was."""

    @property
    def cost(self) -> float | None:
        """Microseconds of CPU for each varbind; None when nothing was read."""
        return self.cpu * _MILLION / self.varbinds if self.varbinds else None


@dataclass(frozen=True, slots=True)
class _Look:
    """The running totals of one moment."""

    at: float
    requests: int
    varbinds: int
    cpu: float
    agent_cpu: float
    bench_cpu: float
    machine_cpu: float


class Meter:
    """Measures a program against the agent that answers it."""

    def __init__(self, agent: int, counters: Counters) -> None:
        """Take the agent's process and its counters."""
        self._agent = agent
        self._counters = counters

    async def measure(self, stage: str, process: int, seconds: float, own_count: Callable[[], int] = lambda: 0) -> Stretch:
        """Watch a process for so many seconds."""
        return await self.during(asyncio.sleep(seconds), stage, process, own_count)

    async def during(self, event: Awaitable[None], stage: str, process: int, own_count: Callable[[], int]) -> Stretch:
        """Watch a process until something has happened."""
        counted = own_count()
        first = self._look(process)
        await event
        last = self._look(process)
        cpu, agent_cpu, bench_cpu = last.cpu - first.cpu, last.agent_cpu - first.agent_cpu, last.bench_cpu - first.bench_cpu
        return Stretch(
            stage=stage,
            seconds=last.at - first.at,
            varbinds=last.varbinds - first.varbinds,
            requests=last.requests - first.requests,
            cpu=cpu,
            agent_cpu=agent_cpu,
            own_count=own_count() - counted,
            resident=resident_bytes(process),
            others=max(0.0, last.machine_cpu - first.machine_cpu - cpu - agent_cpu - bench_cpu),
        )

    def _look(self, process: int) -> _Look:
        requests, varbinds, _, _ = self._counters.read()
        return _Look(
            at=time.monotonic(),
            requests=requests,
            varbinds=varbinds,
            cpu=cpu_seconds(process),
            agent_cpu=cpu_seconds(self._agent),
            bench_cpu=time.process_time(),
            machine_cpu=_machine_cpu(),
        )


def _machine_cpu() -> float:
    """Return the seconds this machine's cores have worked since it started, in steps of a clock tick (proc(5), /proc/stat)."""
    words = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()
    user, nice, system, _, _, interrupt, soft = (int(word) for word in words[1:8])
    return (user + nice + system + interrupt + soft) / os.sysconf("SC_CLK_TCK")
