"""A process that writes to the store until it is killed, and says over its output what was acknowledged."""

import sys
from itertools import count
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.model.calendar import RunOutcome
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.heads import export_head
from wenyam.store.interface import RollupRow, Transition, Writer
from wenyam.store.owners import this_process
from wenyam.store.sqlite import open_writer


def say(*words: object) -> None:
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


def watch(writer: Writer, number: int, clock: SystemClock) -> None:
    """Do what the watcher does: a change, a heartbeat, rollups."""
    subject = Subject.parse(f"device:device-{number % 50}")
    known = writer.states().get(subject, StateRecord(subject)).state
    new = State.DOWN if known is State.UP else State.UP
    now = clock.now()
    change = StateChange(subject, known, new, now, now, "no answer" * 20)
    for written in writer.apply([Transition(StateRecord(subject, new, now), change)]):
        say("change", written.sequence)
    writer.heartbeat(now)
    say("beat", now)
    hour = Instant(now - now % 3_600_000)
    writer.write_rollups([RollupRow(subject.name, name, hour, (float(number),) * 60) for name in ("cpu", "up")])


def keep_calendar(writer: Writer, number: int, clock: SystemClock, target: Path) -> None:
    """Do what the calendar does: claim, finish, facts, the head to another place."""
    now = clock.now()
    if writer.claim("backup", Instant(now + number), now, this_process()):
        writer.finish("backup", Instant(now + number), now, RunOutcome.DONE, "x" * 300)
    written = writer.append(Fact("note", now, "p1", {"n": number, "text": "ก" * 200}, {"name": "somchai"}))
    say("fact", written.sequence, written.digest)
    if number % 20 == 0:
        export_head(writer, target, now)


def main(role: str, directory: Path, target: Path) -> None:
    """Write for ever."""
    clock = SystemClock()
    say("ready")
    writer = open_writer(directory, clock, "lab", ballast_bytes=65_536)
    for number in count():
        if role == "daemon":
            watch(writer, number, clock)
        else:
            keep_calendar(writer, number, clock, target)
        if number % 150 == 149:
            writer.close()
            writer = open_writer(directory, clock, "lab", ballast_bytes=65_536)


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))
