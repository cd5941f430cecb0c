"""`wenyam dr list|show|plan|status|report`: plans, runs and findings, read only but for findings added and closed."""

import argparse
import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.dr import evidence
from wenyam.dr.course import Course
from wenyam.dr.journal import course_of
from wenyam.dr.ledger import Ledger, PlanRecord
from wenyam.dr.samples import late_words
from wenyam.errors import UsageError
from wenyam.model import durations
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.recovery import Mode, RecoveryPlan
from wenyam.operations import drill_findings, recoveries
from wenyam.operations import recovery_views as views
from wenyam.operations.actor import present_actor
from wenyam.operations.moments import deadline_of
from wenyam.operations.recovery_data import run_data
from wenyam.operations.reports import archive
from wenyam.reports.drill_page import head, page
from wenyam.reports.drill_tables import plans_table, steps_table
from wenyam.reports.text import aligned, write
from wenyam.reports.words import Words
from wenyam.settings.loader import load
from wenyam.store import files
from wenyam.store.interface import Reader
from wenyam.store.presence import is_made


@dataclass(frozen=True, slots=True)
class _View:
    """What every look needs."""

    configuration: Configuration
    reader: Reader
    ledger: Ledger
    words: Words
    now: Instant


@contextmanager
def _opened(arguments: argparse.Namespace) -> Iterator[_View]:
    with archive(arguments.config) as (configuration, reader):
        zone = configuration.instance.availability.time_zone
        words = Words(arguments.language or configuration.instance.language, zone)
        yield _View(configuration, reader, views.read_ledger(reader), words, SystemClock().now())


def _print(data: dict[str, Any]) -> int:
    print(json.dumps(data, ensure_ascii=False))
    return 0


def listing(arguments: argparse.Namespace) -> int:
    """List the plans; those nobody has run yet too."""
    configuration, now = load(arguments.config), SystemClock().now()
    ledger = _ledger(arguments, configuration)
    if arguments.json:
        return _print(views.list_data(configuration, ledger, now))
    words = Words(arguments.language or configuration.instance.language, configuration.instance.availability.time_zone)
    for line in aligned(plans_table(configuration.recovery.plans.values(), ledger, now, words), words):
        print(line)
    return 0


def _ledger(arguments: argparse.Namespace, configuration: Configuration) -> Ledger:
    """Return what is on record; nothing where nothing was ever recorded."""
    if not is_made(Path(configuration.instance.state_directory)):
        return Ledger()
    with archive(arguments.config) as (_, reader):
        return views.read_ledger(reader)


def show(arguments: argparse.Namespace) -> int:
    """Show a plan as sentences; what nobody has run yet is shown too."""
    configuration = load(arguments.config)
    plan = recoveries.plan_of(configuration, arguments.name)
    mode = None if arguments.mode is None else Mode(arguments.mode)
    data = views.show_data(plan, _ledger(arguments, configuration).of(plan.name), SystemClock().now(), mode)
    if arguments.json:
        return _print(data)
    for line in plan_lines(data):
        print(line)
    return 0


def plan_lines(data: dict[str, Any]) -> Iterator[str]:
    """Yield a plan as sentences with their limits."""
    targets = (data[f"recovery_{name}_target"] for name in ("time", "point"))
    rto, rpo = ("none" if target is None else durations.write(target) for target in targets)
    yield f"{data['plan']}: {data['title']}, {data['main_site']} -> {data['dr_site']}, RTO {rto}, RPO {rpo}"
    yield f"committee: {data['quorum']} of {', '.join(data['committee'])}; owner: {data['owner']}; sha256:{data['digest'][:16]}…"
    if data["not_ready_because"]:
        yield f"not ready: {data['not_ready_because']}"
    for number, step in enumerate(data["sentences"], 1):
        who = f", by {' or '.join(step['who'])}" if step["who"] else ""
        after = f" after {', '.join(step['after'])}" if step["after"] else ""
        limit = durations.write(step["limit_seconds"])
        yield f"{number:3}. {step['id']}: {step['title']} ({step['kind']}), within {limit}{who}{after}"
        yield from (f"       check: {check}" for check in step["checks"])
        if step["changes_something"]:
            yield f"       undo: {step['undo']}"
        if len(step["modes"]) < len(Mode):
            yield f"       only in: {', '.join(step['modes'])}"


def status(arguments: argparse.Namespace) -> int:
    """Show where runs are; 1 when something is overdue or waits for a decision."""
    with _opened(arguments) as view:
        runs = _runs(view, arguments.run)
        data = []
        late = False
        for plan, course in runs:
            record = PlanRecord(plan.name, [course])
            late = late or bool(late_words(plan, record, view.now))
            data.append(run_data(plan, course, view.now))
            if not arguments.json:
                _print_run(view, plan, course)
        if arguments.json:
            _print({"version": views.VERSION, "runs": data})
        elif not runs:
            print(view.words.say("No run is under way."))
    return 1 if late else 0


def _runs(view: _View, run: str | None) -> list[tuple[RecoveryPlan, Course]]:
    if run is not None:
        course, _ = course_of(view.reader, run)
        return [(recoveries.plan_of(view.configuration, course.plan), course)]
    found = [(plan, view.ledger.of(name).open_run) for name, plan in view.configuration.recovery.plans.items()]
    return [(plan, open_run) for plan, open_run in found if open_run is not None]


def _print_run(view: _View, plan: RecoveryPlan, course: Course) -> None:
    for line in (
        *head(plan, course, view.now, view.words),
        "",
        *aligned(steps_table(plan, course, view.now, view.words), view.words),
    ):
        print(line)


def report(arguments: argparse.Namespace) -> int:
    """Report a run; 1 when its evidence is not whole."""
    if arguments.finding or arguments.close:
        return _finding(arguments)
    with _opened(arguments) as view:
        course, _ = course_of(view.reader, arguments.run)
        plan, record = recoveries.plan_of(view.configuration, course.plan), view.ledger.of(course.plan)
        kept = {name: digest for step in course.steps.values() for name, digest in {**step.evidence, **step.files}.items()}
        directory = evidence.folder_of(Path(view.configuration.instance.state_directory), course.run)
        faults = evidence.faults(directory, kept)
        if arguments.json:
            text = json.dumps(views.report_data(plan, course, record, view.now, faults), ensure_ascii=False) + "\n"
        else:
            text = write(page(plan, course, record, view.now, view.words, faults=faults), view.words)
    if arguments.output is None:
        print(text, end="")
    else:
        files.write(arguments.output.absolute(), text.encode(), mode=0o640)
        print(f"written: {arguments.output}", file=sys.stderr)
    return 1 if faults else 0


def _finding(arguments: argparse.Namespace) -> int:
    configuration, clock = load(arguments.config), SystemClock()
    writer = recoveries.writer_of(configuration, clock)
    try:
        course, _ = course_of(writer, arguments.run)
        record, actor = views.read_ledger(writer).of(course.plan), present_actor(configuration.inventory)
        if arguments.close:
            fact = drill_findings.close(writer, clock, actor, record, number=arguments.close, reason=arguments.reason)
        elif not (arguments.owner and arguments.due):
            raise UsageError("--finding needs --owner, who puts it right, and --due, until when")
        else:
            zone = configuration.instance.availability.time_zone
            due = deadline_of(arguments.due, "--due", clock.now(), zone)
            people = configuration.inventory.people
            fact = drill_findings.add(
                writer, clock, actor, course, record, what=arguments.finding, owner=arguments.owner, due=due, people=people
            )
    finally:
        writer.close()
    if arguments.json:
        return _print({"version": views.VERSION, "fact": fact.sequence, **fact.fact.body})
    print(f"{fact.fact.body['number']}: {'closed' if arguments.close else 'recorded'}")
    return 0


VERBS: dict[str, Callable[[argparse.Namespace], int]] = {
    "list": listing,
    "show": show,
    "plan": show,
    "status": status,
    "report": report,
}
