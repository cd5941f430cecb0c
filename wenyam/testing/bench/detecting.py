"""`scripts/bench detect`: how soon dead devices are hard DOWN, one by one or thousands at once, and if the states are right.

In a network namespace of its own, whose packet filter makes hosts dead: neither ICMP nor SNMP is answered any more.
"""

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.model.instants import Instant, seconds_between
from wenyam.model.states import State, StateChange, SubjectKind
from wenyam.store.sqlite import open_reader
from wenyam.testing.bench import configuration, own_network
from wenyam.testing.bench.counters import cpu_seconds
from wenyam.testing.bench.devices import DEVICES, addresses
from wenyam.testing.bench.plan import Plan
from wenyam.testing.bench.programs import AgentProgram
from wenyam.testing.bench.report import machine, print_found
from wenyam.testing.bench.stages import BenchError
from wenyam.testing.lab.ground import Rules
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

_LOOK = 0.5
_PORTION = 20_000
_PATIENCE = 300.0
_GONE = 120.0
"""Seconds within which every death must have been told."""

Talk = Callable[[str], None]
Wanted = Mapping[int, State]


@dataclass(frozen=True, slots=True)
class Size:
    """How many devices there are, and how many of them die."""

    devices: int
    parents: int
    """The first ones; every other one stands behind one of them."""
    single: int
    """Die one by one."""
    storm: int
    """Die at once."""


@dataclass(slots=True)
class Deaths:
    """One sort of death: what was wanted and what was told."""

    name: str
    killed: int
    delays: list[float] = field(default_factory=list)
    """Seconds from each death to its hard state on disk, in order."""
    wrong: dict[str, int] = field(default_factory=dict)
    """States that were told and are not right, with how often."""
    blind: int = 0
    """States that became unknown, because this machine did not let the watcher look for more than three seconds."""
    cpu: float = 0.0

    def delay(self, share: float) -> float:
        """Return the delay that this share of the deaths stayed below."""
        return self.delays[max(0, round(share * len(self.delays)) - 1)] if self.delays else float("nan")


class History:
    """The state changes of devices as the watcher has written them."""

    def __init__(self, directory: Path) -> None:
        """Take the state directory."""
        self._directory = directory
        self._last = 0
        self.states: dict[int, State] = {}

    def news(self) -> list[tuple[int, StateChange]]:
        """Return what was written since the last time, with the number of the device."""
        with closing(open_reader(self._directory)) as reader:
            changes = reader.changes_since(self._last, _PORTION)
        found = []
        for change in changes:
            self._last = change.sequence or self._last
            if change.subject.kind is SubjectKind.DEVICE and change.subject.is_liveness:
                number = int(change.subject.name.removeprefix("bench-"))
                self.states[number] = change.state
                found.append((number, change))
        return found


class DetectStage:
    """A watcher, and who kills what it watches."""

    def __init__(self, plan: Plan, size: Size, say: Talk) -> None:
        """Write the configuration."""
        self._plan, self._size, self._say = plan, size, say
        folder = configuration.write(plan, free_port(), parents=size.parents)
        self._watcher = RunningWatcher(folder, plan.folder / "run", plan.folder / "watcher.log")
        self._addresses = addresses(plan.devices)
        self._rules = Rules("bench")
        self._history = History(plan.folder / "state")
        self._clock = SystemClock()

    def run(self) -> list[Deaths]:
        """Measure; BenchError when the devices are never all up."""
        self._rules.make_table()
        self._say(f"the watcher meets {self._plan.devices} devices, and reads them for {self._plan.interval:g} s")
        with self._watcher:
            self._wait(dict.fromkeys(range(self._plan.devices), State.UP), "every device is up")
            time.sleep(self._plan.interval)
            return [self._one_by_one(), *(self._storm(behind=behind) for behind in (False, True))]

    def _one_by_one(self) -> Deaths:
        """Kill single devices, evenly spread, a few a second, as long as an interval of looks is many times over."""
        chosen = self._spread(self._size.single)
        self._say(f"{len(chosen)} devices die one by one")
        killed: dict[int, Instant] = {}

        def kill() -> None:
            for number in chosen:
                killed[number] = self._clock.now()
                self._rules.drop([self._addresses[each] for each in killed])
                time.sleep(0.1)

        return self._deaths("one by one", dict.fromkeys(chosen, State.DOWN), kill, killed)

    def _storm(self, *, behind: bool) -> Deaths:
        """Kill many at once: hosts whose parents live, or parents with everything behind them."""
        wanted = self._families(self._size.storm) if behind else dict.fromkeys(self._spread(self._size.storm), State.DOWN)
        name = f"at once, {len(wanted)} behind dead parents" if behind else f"at once, {len(wanted)}"
        self._say(name)
        killed: dict[int, Instant] = {}

        def kill() -> None:
            killed.update(dict.fromkeys(wanted, self._clock.now()))
            self._rules.drop([self._addresses[number] for number in wanted])

        return self._deaths(name, wanted, kill, killed)

    def _spread(self, count: int) -> Sequence[int]:
        """Choose so many devices that are nobody's parent, evenly."""
        children = range(self._size.parents, self._plan.devices)
        return children[:: max(1, len(children) // count)][:count]

    def _families(self, count: int) -> Wanted:
        """Choose parents with everything behind them, about so many devices together."""
        parents = self._size.parents
        dead = range(max(1, min(parents, count * parents // self._plan.devices)))
        behind = (number for number in range(parents, self._plan.devices) if number % parents in dead)
        return dict.fromkeys(dead, State.DOWN) | dict.fromkeys(behind, State.UNREACHABLE)

    def _deaths(self, name: str, wanted: Wanted, kill: Callable[[], None], killed: Mapping[int, Instant]) -> Deaths:
        self._history.news()
        found, cpu = Deaths(name, len(wanted)), cpu_seconds(self._watcher.pid)
        kill()
        told: dict[int, Instant] = {}
        wrong: Counter[str] = Counter()
        deadline = time.monotonic() + _GONE
        while any(self._history.states.get(number) is not state for number, state in wanted.items()):
            if time.monotonic() > deadline:
                break
            time.sleep(_LOOK)
            for number, change in self._history.news():
                right = wanted.get(number, State.UP)
                if change.state is wanted.get(number):
                    told[number] = change.recorded
                elif change.state is State.UNKNOWN:
                    found.blind += 1
                elif change.state is not right and change.effective >= killed.get(number, change.effective):
                    wrong[f"{change.state.value} instead of {right.value}"] += 1
        found.cpu = cpu_seconds(self._watcher.pid) - cpu
        missing = Counter(f"never {state.value}" for number, state in wanted.items() if number not in told)
        found.delays = sorted(seconds_between(killed[number], at) for number, at in told.items())
        found.wrong = dict(wrong + missing)
        self._rules.drop([])
        self._wait(dict.fromkeys(wanted, State.UP), "all of them are up again")
        return found

    def _wait(self, wanted: Wanted, what: str) -> None:
        deadline = time.monotonic() + _PATIENCE
        while any(self._history.states.get(number) is not state for number, state in wanted.items()):
            if time.monotonic() > deadline:
                seen = dict(Counter(state.value for state in self._history.states.values()))
                raise BenchError(f"not within {_PATIENCE:g} s: {what}: {seen}; {self._watcher.tail()}")
            time.sleep(_LOOK)
            self._history.news()


def detect(plan: Plan, size: Size, say: Talk) -> list[Deaths]:
    """Start the agent and measure."""
    agent = AgentProgram(plan)
    try:
        agent.start()
        return DetectStage(plan, size, say).run()
    finally:
        agent.remove()


def table(size: Size, found: Sequence[Deaths]) -> str:
    """Write a run for people."""
    here = machine()
    lines = [
        f"{here['cpu']}, {here['cores']} cores, Linux {here['kernel']}, Python {here['python']}",
        f"{size.devices} devices, {size.parents} of them parents of the others",
        f"alive: any of icmp, snmp; a look every {configuration.USUAL_LOOKS:g} s, hard after 3 of 3",
        "",
        f"{'deaths':<36}{'killed':>8}{'median s':>10}{'p99 s':>8}{'last s':>8}{'CPU s':>8}{'blind':>7}  wrong states",
    ]
    lines += [
        f"{each.name:<36}{each.killed:>8}{each.delay(0.5):>10.1f}{each.delay(0.99):>8.1f}{each.delay(1.0):>8.1f}{each.cpu:>8.1f}{each.blind:>7}"
        f"  {', '.join(f'{count} {what}' for what, count in each.wrong.items()) or 'none'}"
        for each in found
    ]
    return "\n".join(lines)


def as_data(size: Size, found: Sequence[Deaths]) -> dict[str, Any]:
    """Write a run as versioned data."""
    return {"version": 1, "machine": machine(), "size": asdict(size), "deaths": [asdict(each) for each in found]}


def declare(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--devices", type=int, default=10_000, help="devices (default 10000)")
    parser.add_argument("--device", choices=sorted(DEVICES), default="B", help="A: 48 interfaces x 6 columns, B: 8 x 12")
    parser.add_argument("--parents", type=int, default=200, help="devices behind which the others stand (default 200)")
    parser.add_argument("--single", type=int, default=200, help="devices that die one by one (default 200)")
    parser.add_argument("--storm", type=int, default=2000, help="devices that die at once (default 2000)")
    parser.add_argument("--factor", type=float, default=1.0, help="how many times faster than every 60 s to poll")


def run(asked: argparse.Namespace, say: Talk) -> int:
    """Measure and print; 1 when a state was wrong."""
    own_network.enter(sys.argv[1:])
    size = Size(asked.devices, asked.parents, asked.single, asked.storm)
    with tempfile.TemporaryDirectory(prefix="wenyam-bench-") as folder:
        plan = Plan(asked.device, asked.devices, 0.0, "2c", asked.factor, free_port(""), Path(folder))
        found = detect(plan, size, say)
    print_found(as_data(size, found), table(size, found), json_wanted=asked.json)
    return int(any(each.wrong for each in found))
