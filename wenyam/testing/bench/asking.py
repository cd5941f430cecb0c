"""`scripts/bench ask`: how long questions take at size: availability of a quarter, `status`, the text of /metrics."""

import asyncio
import os
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.exporter.exposition import Exposition
from wenyam.exporter.snapshot import Exposed
from wenyam.i18n.periods import parse_period
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after
from wenyam.model.samples import Collection, Family, Labels, Reading
from wenyam.model.states import State, StateChange, StateRecord, Subject, SubjectKind
from wenyam.operations import availability, availability_view, dashboard, status
from wenyam.operations.accounts import open_account
from wenyam.operations.whole import whole_figures
from wenyam.settings.loader import load
from wenyam.store.interface import Transition, Writer
from wenyam.store.sqlite import open_reader, open_writer
from wenyam.testing.bench import configuration
from wenyam.testing.bench.plan import Plan
from wenyam.testing.ports import free_port

QUARTER_DAYS = 90
_DAY = 86_400.0
_PORTION = 5_000
_ROWS = 48
_LINES = 50
"""Lines of a list that are on the screen at once."""
_COUNTERS = (
    "interface_receive_bytes_total", "interface_transmit_bytes_total", "interface_receive_packets_total",
    "interface_transmit_packets_total", "interface_receive_errors_total", "interface_transmit_errors_total",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Timed:
    """One question and how long its answer took."""

    question: str
    wall: float
    cpu: float
    answer: str


@dataclass(frozen=True, slots=True)
class Size:
    """How much there is to ask about."""

    subjects: int
    changes: int
    series: int


def ask(size: Size, folder: Path, say: Callable[[str], None]) -> list[Timed]:
    """Make the history, then ask; each question a second time, when files and caches are warm."""
    clock = SystemClock()
    plan = Plan("A", size.subjects, 0.0, "2c", 1.0, 161, folder)
    configured = load(configuration.write(plan, free_port()))
    say(f"writing {size.changes} changes of {size.subjects} devices")
    (folder / "state").mkdir(exist_ok=True)
    found = [timed("writing the history", lambda: _write(size, folder / "state", clock))]
    found.append(Timed("size of the database", 0.0, 0.0, f"{_bytes(folder / 'state') / 2**20:.0f} MiB"))

    def figures() -> str:
        with closing(open_reader(folder / "state")) as reader:
            now = clock.now()
            account = open_account(configured, reader, parse_period(f"last:{QUARTER_DAYS}d", now), now)
            entries = availability.entries(
                account, configured.inventory, availability.everything(configured.inventory, account.counts)
            )
        return f"{len(entries)} lines, the whole {entries[0].figures.availability or 0:.4%}"

    def states() -> str:
        return f"{len(status.present(configured, clock.now()).states)} states"

    questions = {f"availability of {QUARTER_DAYS} days": figures, "status, stored states": states, **_screens(configured, clock)}
    for question, answered in questions.items():
        say(question)
        found += [timed(f"{question}, {when}", answered) for when in ("first", "again")]
    say(f"/metrics of {size.series} series")
    return found + asyncio.run(_expose(size, clock))


def _screens(configured: Configuration, clock: SystemClock) -> dict[str, Callable[[], str]]:
    """Return what the dashboard asks the database for: at every look, when a device is opened, beside the screen."""
    names = [f"device:bench-{number}" for number in range(min(_LINES, len(configured.inventory.devices)))]
    book = dashboard.BookReader(configured)
    return {
        f"tui: last days of {len(names)} lines": lambda: f"{len(dashboard.glances(configured, names, clock.now()))} lines",
        "tui: page of one device": lambda: f"{len(dashboard.past_of(configured, names[0], (), clock.now()).changes)} changes",
        "tui: book of incidents": lambda: f"{len(book.book().open())} open",
        "tui: month and fiscal year": lambda: f"{len(whole_figures(configured, clock.now()))} periods",
        "tui: page of availability": lambda: f"{availability_view.view(configured, clock.now(), 'this-month').outages} outages",
    }


def timed(question: str, answer: Callable[[], str]) -> Timed:
    """Measure one answer."""
    wall, cpu = time.perf_counter(), time.process_time()
    said = answer()
    return Timed(question, time.perf_counter() - wall, time.process_time() - cpu, said)


def _write(size: Size, directory: Path, clock: SystemClock) -> str:
    """Let every device fall and rise by turns over the quarter, through the store's own door."""
    now = clock.now()
    begin = after(now, -QUARTER_DAYS * _DAY)
    subjects = [Subject(SubjectKind.DEVICE, f"bench-{number}") for number in range(size.subjects)]
    written = 0
    with closing(open_writer(directory, clock, "wenyam-bench")) as writer:
        writer.register(dict.fromkeys(subjects, begin), begin)
        for portion in _portions(_history(subjects, size.changes, begin)):
            written += len(writer.apply(portion))
        _beat(writer, now)
    return f"{written} changes"


def _beat(writer: Writer, now: Instant) -> None:
    writer.heartbeat(now)


def _history(subjects: list[Subject], changes: int, begin: Instant) -> Iterator[Transition]:
    step = QUARTER_DAYS * _DAY / (changes + 1)
    records = {subject: StateRecord(subject, since=begin) for subject in subjects}
    for number in range(changes):
        subject = subjects[number % len(subjects)]
        before = records[subject]
        state = State.DOWN if before.state is State.UP else State.UP
        at = after(begin, (number + 1) * step)
        change = StateChange(subject, before.state, state, effective=at, recorded=at, summary="icmp answered")
        records[subject] = replace(before, state=state, since=at, summary="icmp answered", soft_state=state, observed_at=at)
        yield Transition(records[subject], change)


def _portions(transitions: Iterator[Transition]) -> Iterator[list[Transition]]:
    portion: list[Transition] = []
    for transition in transitions:
        portion.append(transition)
        if len(portion) == _PORTION:
            yield portion
            portion = []
    if portion:
        yield portion


async def _expose(size: Size, clock: SystemClock) -> list[Timed]:
    """Write the exposition when nothing is known yet, when every number is new, and when none is."""
    exposition = Exposition(clock)
    count = max(1, size.series // (_ROWS * len(_COUNTERS)))
    labels = [_labels(number) for number in range(count)]
    found = []
    for question, polled in (("first", 1), ("every value new", 2), ("nothing new", 2)):
        if question != "nothing new":
            subjects = [_exposed(number, labels[number], float(polled), clock.now()) for number in range(count)]
        wall, cpu = time.perf_counter(), time.process_time()
        pieces = [piece async for piece in exposition.pieces(subjects)]
        took, used = time.perf_counter() - wall, time.process_time() - cpu
        answer = f"{count * _ROWS * len(_COUNTERS)} series, {sum(map(len, pieces)) / 2**20:.0f} MiB"
        found.append(Timed(f"/metrics, {question}", took, used, answer))
    return found


def _labels(number: int) -> tuple[Labels, ...]:
    return tuple((("interface", f"GigabitEthernet{number % 8}/{row}"), ("alias", "")) for row in range(_ROWS))


def _exposed(number: int, labels: tuple[Labels, ...], value: float, now: Instant) -> Exposed:
    values = tuple(value * (number + row) * 1_000_003 for row in range(_ROWS))
    reading = Reading(tuple(Family(name, labels, values) for name in _COUNTERS))
    opening = (("site", "bench"), ("device", f"bench-{number}"), ("kind", "switch"))
    return Exposed(f"bench-{number}", opening, {"snmp": Collection(f"bench-{number}", "snmp", now, 0.1, reading)})


def _bytes(directory: Path) -> int:
    return sum(path.stat().st_size for path in directory.glob("*.db*"))


def as_data(size: Size, found: list[Timed]) -> dict[str, Any]:
    """Write the answers as plain data."""
    here = {"cores": os.cpu_count(), "kernel": platform.release(), "python": platform.python_version()}
    return {"version": 1, "machine": here, "size": asdict(size), "questions": [asdict(each) for each in found]}


def table(found: list[Timed]) -> str:
    """Write the answers for people."""
    lines = [f"{'question':<36}{'seconds':>9}{'CPU s':>9}  answer"]
    return "\n".join([*lines, *(f"{each.question:<36}{each.wall:>9.3f}{each.cpu:>9.3f}  {each.answer}" for each in found)])
