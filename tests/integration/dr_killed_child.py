"""Drills killed once each at a chosen moment, then resumed: `python dr_killed_child.py FOLDER LOG CASE…`, a CASE being `N:HOW`.

Every life is a fork of this process, in which nothing has begun. It dies at its N-th fact: `before` it is written, `after` it,
or `inside` what follows it. What came of each is printed as one line of JSON.
"""

import asyncio
import json
import os
import signal
import sys
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.dr.course import Course, Stage
from wenyam.dr.journal import course_of
from wenyam.errors import UsageError
from wenyam.links import ssh  # noqa: F401  # slow to import, so once for every life
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.recovery import Mode
from wenyam.operations import recoveries
from wenyam.operations.decisions import bench_of, decide
from wenyam.operations.recoveries import Command, Wish
from wenyam.settings.loader import load
from wenyam.store.interface import Writer

INSIDE_SECONDS = (0.01, 0.05, 0.12, 0.2)
PLAN, BY_HAND = "erp", "plug"


class Mortal:
    """A writer that kills its process at one of the facts."""

    def __init__(self, writer: Writer, number: int, how: str) -> None:
        self._writer = writer
        self._left = number
        self._how = how

    def __getattr__(self, name: str) -> Any:
        """Leave everything else as it is."""
        return getattr(self._writer, name)

    def append(self, fact: Fact) -> ChainedFact:
        self._left -= 1
        if self._left == 0 and self._how == "before":
            die()
        chained = self._writer.append(fact)
        if self._left == 0 and self._how == "after":
            die()
        if self._left == 0 and self._how == "inside":
            threading.Timer(INSIDE_SECONDS[chained.sequence % len(INSIDE_SECONDS)], die).start()
        return chained


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


async def answering(command: Command) -> None:
    """Say that what is done by hand is done, as soon as it is waited for."""
    while True:
        await asyncio.sleep(0.05)
        try:
            course, _ = course_of(command.writer, PLAN)
        except UsageError:
            continue
        heard = any(each.fact.body["step"] == BY_HAND for each in course.acts)
        if course.mode is Mode.DRILL and course.step(BY_HAND).stage is Stage.RUNNING and not heard:
            bench = bench_of(command.configuration, command.post.clock, command.actor, command.writer, PLAN)
            decide(command.writer, bench, BY_HAND, "done", "pulled")


async def live(folder: Path, number: int, how: str, *, again: bool) -> None:
    async with recoveries.opened(load(folder), SystemClock(), "somchai") as command:
        answers = asyncio.create_task(answering(command))
        mortal = replace(command, writer=Mortal(command.writer, number, how)) if number else command
        await (mortal.resume(PLAN) if again else mortal.begin(Wish(PLAN, Mode.DRILL)))
        answers.cancel()


def fork(folder: Path, number: int, how: str, *, again: bool) -> bool:
    """Let a life happen; tell whether it ended by itself."""
    child = os.fork()
    if child == 0:
        asyncio.run(live(folder, number, how, again=again))
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


def course(folder: Path) -> Course:
    writer = recoveries.writer_of(load(folder), SystemClock())
    try:
        assert writer.verify().problem == ""
        return course_of(writer, PLAN)[0]
    finally:
        writer.close()


def main() -> None:
    folder, log = Path(sys.argv[1]), Path(sys.argv[2])
    for case in sys.argv[3:]:
        number, _, how = case.partition(":")
        log.write_text("", encoding="utf-8")
        before = course(folder).run
        ended = fork(folder, int(number), how, again=False)
        begun = course(folder).run != before
        while not ended or course(folder).ended is None:
            ended = fork(folder, 0, "", again=begun)
            begun = True
        found = course(folder)
        sys.stdout.write(
            json.dumps(
                {
                    "case": case, "verdict": found.verdict and found.verdict.value, "summary": found.summary,
                    "steps": {name: [each.stage.value, each.undoing.value] for name, each in found.steps.items()},
                    "log": log.read_text(encoding="utf-8").split(),
                }
            )
            + "\n"
        )  # fmt: skip
        sys.stdout.flush()


if __name__ == "__main__":
    main()
