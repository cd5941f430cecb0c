"""What the sub-verbs of `wenyam dr` that run or change something do; imported only when one of them runs."""

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from typing import TypeVar

from wenyam.cli import dr_live, dr_look
from wenyam.cli.talk import quiet_libraries
from wenyam.clock import SystemClock
from wenyam.dr import facts
from wenyam.dr.admission import NotAllowedError, RunRefusedError
from wenyam.dr.course import Course
from wenyam.dr.ledger import PlanRecord
from wenyam.errors import UsageError
from wenyam.i18n.dates import format_with_zone
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.recovery import Mode
from wenyam.operations import decisions, recoveries, recovery_data, recovery_views
from wenyam.operations.actor import present_actor
from wenyam.operations.moments import moment_of
from wenyam.operations.recoveries import Command, Wish
from wenyam.settings.loader import load

Answer = TypeVar("Answer")
_INCOMPLETE = 3
_MODES = {
    "rehearse": Mode.REHEARSAL,
    "drill": Mode.DRILL,
    "switchover": Mode.SWITCHOVER,
    "failover": Mode.FAILOVER,
    "failback": Mode.FAILBACK,
}


def tell(line: str) -> None:
    """Tell the terminal."""
    print(line, file=sys.stderr, flush=True)


def begin(arguments: argparse.Namespace) -> int:
    """Run a plan in the mode that the verb names, or say what would be done."""
    configuration, mode = load(arguments.config), _MODES[arguments.verb]
    wish = Wish(arguments.name, mode, arguments.reason, _moments(arguments, configuration), waits=not arguments.no_wait)
    if arguments.plan:
        return _intend(arguments, configuration, wish)
    return _finish(_opened(configuration, lambda command: command.begin(wish)), arguments)


def _moments(arguments: argparse.Namespace, configuration: Configuration) -> dict[str, Instant]:
    """Return the times that are known before a run begins."""
    given = {facts.FAILURE_BEGAN: getattr(arguments, "began", None), facts.DETECTED: getattr(arguments, "detected", None)}
    now, zone = SystemClock().now(), configuration.instance.availability.time_zone
    found = {name: moment_of(text, f"--{name}", now, zone) for name, text in given.items() if text}
    for name, moment in found.items():
        if moment > now:
            raise UsageError(f"{name} cannot be still to come: {format_with_zone(moment, zone)}")
    return found


def _intend(arguments: argparse.Namespace, configuration: Configuration, wish: Wish) -> int:
    """Say what a run would do, and what would keep it from beginning; nothing is changed."""

    async def work(command: Command) -> str:
        return command.admitted(wish)[1]

    plan = recoveries.plan_of(configuration, wish.plan)
    data = recovery_views.show_data(plan, PlanRecord(plan.name), SystemClock().now(), wish.mode)
    refusal = ""
    try:
        unproven = _opened(configuration, work)
    except (RunRefusedError, NotAllowedError) as error:
        unproven, refusal = "", str(error)
    if arguments.json:
        print(json.dumps({**data, "refused_because": refusal or None, "in_spite_of": unproven or None}, ensure_ascii=False))
    else:
        data["not_ready_because"] = None
        print("\n".join(dr_look.plan_lines(data)))
    if refusal:
        tell(f"would not begin: {refusal}")
    elif unproven:
        tell(f"would go on in spite of this: {unproven}")
    return 1 if refusal else 0


def resume(arguments: argparse.Namespace) -> int:
    """Go on with a run, or say where it is."""
    configuration = load(arguments.config)
    if arguments.plan:
        arguments.language = None
        return dr_look.status(arguments)

    async def work(command: Command) -> Course:
        return await command.resume(arguments.run, accept=arguments.accept_change, waits=not arguments.no_wait)

    return _finish(_opened(configuration, work), arguments)


def _opened(configuration: Configuration, work: Callable[[Command], Awaitable[Answer]]) -> Answer:
    async def all_of_it() -> Answer:
        actor = present_actor(configuration.inventory)
        with dr_live.opened() as screen:
            async with recoveries.opened(configuration, SystemClock(), actor, say=screen.say, show=screen.show) as command:
                return await work(command)

    quiet_libraries()
    try:
        return asyncio.run(all_of_it())
    except KeyboardInterrupt:
        tell("interrupted; what is under way on other machines goes on. Take the run up again with: wenyam dr resume RUN")
        raise


def _finish(course: Course, arguments: argparse.Namespace) -> int:
    configuration = load(arguments.config)
    plan = configuration.recovery.plans[course.plan]
    if arguments.json:
        shape = {"version": recoveries.VERSION, "run": recovery_data.run_data(plan, course, SystemClock().now())}
        print(json.dumps(shape, ensure_ascii=False))
    if not course.is_over:
        tell(f"{course.run} waits for a person; then: wenyam dr resume {course.run}")
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
