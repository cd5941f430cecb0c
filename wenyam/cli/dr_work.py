"""What the sub-verbs of `wenyam dr` that run or change something do; imported only when one of them runs."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

from wenyam.cli.talk import quiet_libraries
from wenyam.clock import SystemClock
from wenyam.dr.course import Course
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Mode
from wenyam.operations import decisions, recoveries, recovery_data
from wenyam.operations.actor import present_actor
from wenyam.operations.recoveries import Command, Wish
from wenyam.settings.loader import load

_INCOMPLETE = 3
_MODES = {
    "rehearse": Mode.REHEARSAL,
    "drill": Mode.DRILL,
    "switchover": Mode.SWITCHOVER,
    "failover": Mode.FAILOVER,
    "failback": Mode.FAILBACK,
}


def say(line: str) -> None:
    """Tell the terminal."""
    print(line, file=sys.stderr, flush=True)


def begin(arguments: argparse.Namespace) -> int:
    """Run a plan in the mode that the verb names."""
    configuration = load(arguments.config)
    wish = Wish(arguments.name, _MODES[arguments.verb], arguments.reason, waits=not arguments.no_wait)
    return _finish(_opened(configuration, lambda command: command.begin(wish)), arguments)


def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run."""
    configuration = load(arguments.config)

    async def work(command: Command) -> Course:
        return await command.resume(arguments.run, accept=arguments.accept_change, waits=not arguments.no_wait)

    return _finish(_opened(configuration, work), arguments)


def _opened(configuration: Configuration, work: Callable[[Command], Awaitable[Course]]) -> Course:
    async def all_of_it() -> Course:
        actor = present_actor(configuration.inventory)
        async with recoveries.opened(configuration, SystemClock(), actor, say) as command:
            return await work(command)

    quiet_libraries()
    return asyncio.run(all_of_it())


def _finish(course: Course, arguments: argparse.Namespace) -> int:
    configuration = load(arguments.config)
    plan = configuration.recovery.plans[course.plan]
    if arguments.json:
        shape = {"version": recoveries.VERSION, "run": recovery_data.run_data(plan, course, SystemClock().now())}
        print(json.dumps(shape, ensure_ascii=False))
    if not course.is_over:
        say(f"{course.run} waits for a person; then: wenyam dr resume {course.run}")
        return _INCOMPLETE
    return {Verdict.PASS: 0, Verdict.FAIL: 1}.get(course.verdict or Verdict.FAIL, _INCOMPLETE)


def abort(arguments: argparse.Namespace) -> int:
    """Give a run up."""
    configuration, clock = load(arguments.config), SystemClock()
    writer = recoveries.writer_of(configuration, clock)
    try:
        bench = decisions.bench_of(configuration, clock, present_actor(configuration.inventory), writer, arguments.run)
        fact = decisions.abort(writer, bench, arguments.reason, undo=not arguments.no_undo)
    finally:
        writer.close()
    return _recorded(
        fact.sequence, f"{bench.course.run}: given up; where no process runs it: wenyam dr resume {bench.course.run}", arguments
    )


def _recorded(sequence: int, sentence: str, arguments: argparse.Namespace) -> int:
    if arguments.json:
        print(json.dumps({"version": recoveries.VERSION, "fact": sequence}))
    else:
        print(sentence)
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    **dict.fromkeys(_MODES, begin),
    "resume": resume,
    "abort": abort,
}
