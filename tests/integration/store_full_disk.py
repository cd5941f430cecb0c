"""Fills a small real file system (argument: its mount point) and prints, as JSON lines, what the store did at each step."""

import asyncio
import json
import sys
from pathlib import Path

from wenyam.errors import DiskFullError, StoreError
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, Period
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.files import write
from wenyam.store.inspection import problems
from wenyam.store.interface import RollupRow, Transition
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

BALLAST = 1024 * 1024
ALWAYS = Period(Instant(0), Instant(2**50))


def say(step: str, **found: object) -> None:
    """Print what was found at a step."""
    sys.stdout.write(json.dumps({"step": step, **found}) + "\n")
    sys.stdout.flush()


def fill(path: Path) -> None:
    """Take every free byte, large pieces first."""
    with path.open("ab", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while file.write(b"x" * size) == size:
                    pass
            except OSError:
                continue


def append_until_full(writer: SqliteWriter) -> tuple[list[int], str]:
    """Append facts until one is refused; return those acknowledged and the sentence."""
    kept: list[int] = []
    try:
        while len(kept) < 100_000:
            kept.append(writer.append(Fact("note", Instant(1), "p1", {"text": "x" * 3000})).sequence)
    except DiskFullError as error:
        return kept, str(error)
    return kept, "never full"


def sample_until_full(writer: SqliteWriter) -> str:
    """Write rollups of ever new hours until they are refused; return the sentence."""
    try:
        for hour in range(100_000):
            writer.write_rollups([RollupRow(f"d{n}", "cpu", Instant(hour * 3_600_000), (1.0,) * 60) for n in range(20)])
    except DiskFullError as error:
        return str(error)
    return "never full"


def seen(writer: SqliteWriter) -> dict[str, object]:
    """Return the storage report and how many facts there are."""
    storage = writer.storage()
    return {"ballast": storage.ballast, "critical": storage.critical, "free": storage.free_bytes}


def change(writer: SqliteWriter, old: State, new: State) -> int:
    """Move the state of one device; return how many changes passed."""
    subject = Subject.parse("device:web")
    moved = StateChange(subject, old, new, Instant(5), Instant(5))
    return len(writer.apply([Transition(StateRecord(subject, new, Instant(5)), moved)]))


def main(mount: Path) -> None:
    """Play the whole story."""
    clock = FakeClock()
    filler = mount / "filler"
    fill(filler)
    try:
        open_writer(mount / "state", clock, "lab", ballast_bytes=BALLAST)
    except StoreError as error:
        say("start on a full disk", sentence=str(error))
    filler.unlink()
    writer = open_writer(mount / "state", clock, "lab", ballast_bytes=BALLAST)
    say("start", **seen(writer))
    fill(filler)
    say("samples on a full disk", sentence=sample_until_full(writer), **seen(writer))
    asyncio.run(clock.advance(60))
    passed = change(writer, State.UNKNOWN, State.DOWN)
    say("a change on a full disk", passed=passed, **seen(writer))
    kept, sentence = append_until_full(writer)
    say("facts to the end", kept=len(kept), sentence=sentence, **seen(writer))
    try:
        writer.write_rollups([])
    except DiskFullError as error:
        say("samples after that", sentence=str(error))
    writer.heartbeat(Instant(77))
    try:
        write(mount / "anchor", b"x" * 100_000)
    except DiskFullError as error:
        say("a file", sentence=str(error), left=sorted(path.name for path in mount.iterdir()))
    say("still whole", problem=writer.verify().problem, file=problems(writer), beat=writer.last_heartbeat())
    filler.unlink()
    asyncio.run(clock.advance(60))
    after = writer.append(Fact("note", Instant(1), "p1", {"text": "room again"})).sequence
    say("room again", next=after == kept[-1] + 1, **seen(writer))
    writer.write_rollups([RollupRow("web", "cpu", Instant(0), (1.0,) * 60)])
    found = {fact.sequence for fact in writer.facts(ALWAYS, "note")}
    writer.close()
    writer = open_writer(mount / "state", clock, "lab", ballast_bytes=BALLAST)
    say(
        "after a restart",
        lost=sorted(set(kept) - found),
        problem=writer.verify().problem,
        state=str(next(iter(writer.states().values())).state),
    )
    writer.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
