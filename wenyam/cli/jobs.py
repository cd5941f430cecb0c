"""`wenyam jobs`: the calendar as a service, its list and plan, and one due run at a time for cron, timers and people."""

import argparse
import json
import logging
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.model.instance import Configuration
    from wenyam.model.instants import Instant
    from wenyam.operations.jobs import JobView

_INCOMPLETE = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options; without one the calendar runs until it is told to stop."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB")
    verb = verbs.add_parser("list", help="next due time and last outcome of every job", description="List every job.")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    sentence = "Run what is due if it is inside its window and nobody has taken it; exit code 3: incomplete, or too late."
    verb = verbs.add_parser("run", help="run what is due", description=sentence)
    which = verb.add_mutually_exclusive_group(required=True)
    which.add_argument("name", metavar="NAME", nargs="?", help="a job of 'wenyam jobs list'")
    which.add_argument("--all", action="store_true", help="every job that is due now")
    verb.add_argument("--due", metavar="TIME", help="due time with zone, such as 2026-11-02T01:30+07:00 (default: the last one)")
    verb = verbs.add_parser(
        "ask", help="have a running 'wenyam jobs' run one now, beside its schedule; the watcher records who asked"
    )
    verb.add_argument("name", metavar="NAME", help="a job of 'wenyam jobs list'")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("plan", help="what is due in the coming days", description="Print what is due in the coming days.")
    verb.add_argument("--days", type=_days, default=7, metavar="N", help="1 to 400, default 7")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    sentence = "Print /etc/cron.d/wenyam for this configuration: every job, its backups and restore tests among them."
    verbs.add_parser("cron", help="print the lines for cron", description=sentence)
    sentence = "Print a systemd timer for every job of this configuration, or write them into a directory."
    verb = verbs.add_parser("timers", help="print the timers for systemd", description=sentence)
    verb.add_argument("--output", type=Path, metavar="DIR", help="write wenyam-job@NAME.timer files there")
    sentence = "Seal the months past their retention, then drop their rows; what the job 'retention' does."
    verbs.add_parser("retain", help="drop what is past its retention", description=sentence)


def _days(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= 400:  # noqa: PLR2004  # a little more than a year
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of days from 1 to 400")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Run the calendar or a sub-verb."""
    verbs = {
        None: _serve,
        "list": _list,
        "run": _run,
        "ask": _ask,
        "plan": _plan,
        "cron": _cron,
        "timers": _timers,
        "retain": _retain,
    }
    return verbs[arguments.verb](arguments)


def _serve(arguments: argparse.Namespace) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.engine.calendar_service import serve  # noqa: PLC0415  # same

    _log_to_stderr()
    serve(arguments.config, SystemClock())
    return 0


def _list(arguments: argparse.Namespace) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.engine.calendar_jobs import calendar_jobs  # noqa: PLC0415  # same
    from wenyam.operations import jobs  # noqa: PLC0415  # same
    from wenyam.operations.reports import archive  # noqa: PLC0415  # same

    now = SystemClock().now()
    with archive(arguments.config) as (configuration, reader):
        views = jobs.overview(reader, calendar_jobs(configuration), now)
    if arguments.json:
        print(json.dumps(jobs.overview_data(views, now), ensure_ascii=False, indent=2))
    else:
        _print_views(views, configuration)
    return 0


def _print_views(views: "list[JobView]", configuration: "Configuration") -> None:
    width = max(len(view.job.name) for view in views)
    for view in views:
        last = "never ran"
        if view.last is not None:
            last = f"last {_local(view.last.due, configuration)} {view.last.outcome.value}"
            last += f": {view.last.detail}" if view.trouble and view.last.detail else ""
        counts = ", ".join(f"{number} {outcome.value}" for outcome, number in view.recent.items()) or "no run"
        print(f"{view.job.name:{width}}  {view.job.schedule.text:18}  next {_local(view.next_due, configuration)}  {last}")
        print(f"{'':{width}}  30 days: {counts}")


def _local(instant: "Instant", configuration: "Configuration") -> str:
    from zoneinfo import ZoneInfo  # noqa: PLC0415  # loaded for this verb only

    from wenyam.model.instants import to_datetime  # noqa: PLC0415  # same

    return to_datetime(instant).astimezone(ZoneInfo(configuration.instance.availability.time_zone)).strftime("%Y-%m-%d %H:%M")


def _plan(arguments: argparse.Namespace) -> int:
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.engine.calendar_jobs import calendar_jobs  # noqa: PLC0415  # same
    from wenyam.operations import jobs  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    dues = jobs.plan(calendar_jobs(configuration), SystemClock().now(), arguments.days)
    if arguments.json:
        print(json.dumps(jobs.plan_data(dues), ensure_ascii=False, indent=2))
        return 0
    for due in dues:
        print(f"{_local(due.at, configuration)}  {due.job}  (at the latest {_local(due.deadline, configuration)})")
    return 0


def _run(arguments: argparse.Namespace) -> int:
    import asyncio  # noqa: PLC0415  # loaded for this verb only

    from wenyam.clock import SystemClock  # noqa: PLC0415  # same
    from wenyam.engine.calendar_jobs import calendar_jobs  # noqa: PLC0415  # same
    from wenyam.engine.calendar_service import opened_runs  # noqa: PLC0415  # same
    from wenyam.operations import jobs  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration, clock = load(arguments.config), SystemClock()
    known = calendar_jobs(configuration)
    chosen = known if arguments.all else [jobs.job_named(known, arguments.name)]
    dues = [(job, jobs.due_named(job, arguments.due, clock.now())) for job in chosen]
    code = 0
    with opened_runs(configuration, clock) as runs:
        for job, due in dues:
            attempt = asyncio.run(jobs.run_due(runs, known, job, due))
            print(attempt.sentence, file=sys.stderr)
            code = max(code, _code(None if attempt.outcome is None else attempt.outcome.value))
    return code


def _ask(arguments: argparse.Namespace) -> int:
    from wenyam.operations.asking import ask_watcher  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    answer = ask_watcher(load(arguments.config), {"action": "job-run", "job": arguments.name})
    sentence = f"{answer['job']}: asked for by {answer['asked_by']}; 'wenyam jobs' runs it within seconds"
    print(json.dumps(answer, ensure_ascii=False) if arguments.json else sentence)
    return 0


def _code(outcome: str | None) -> int:
    return {None: 0, "done": 0, "failed": 1}.get(outcome, _INCOMPLETE)


def _cron(arguments: argparse.Namespace) -> int:
    from wenyam.operations import cron_file  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration = load(arguments.config)
    print(cron_file.cron_file(cron_file.schedules_of(configuration), cron_file.system_zone(), configuration.folder), end="")
    return 0


def _timers(arguments: argparse.Namespace) -> int:
    from wenyam.operations import cron_file  # noqa: PLC0415  # loaded for this verb only
    from wenyam.settings.loader import load  # noqa: PLC0415  # same
    from wenyam.store import files  # noqa: PLC0415  # same

    units = cron_file.timer_units(cron_file.schedules_of(load(arguments.config)))
    for name, text in sorted(units.items()):
        if arguments.output is None:
            print(f"### {name}\n{text}")
        else:
            files.write(arguments.output / name, text.encode(), mode=0o644)
            print(arguments.output / name)
    return 0


def _retain(arguments: argparse.Namespace) -> int:
    from contextlib import closing  # noqa: PLC0415  # loaded for this verb only

    from wenyam.clock import SystemClock  # noqa: PLC0415  # same
    from wenyam.operations import jobs  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same
    from wenyam.store.sqlite import open_writer  # noqa: PLC0415  # same

    instance, clock = load(arguments.config).instance, SystemClock()
    opened = open_writer(
        Path(instance.state_directory), clock, instance.name, rules=instance.retention, ballast_bytes=instance.ballast_bytes
    )
    with closing(opened) as writer:
        print(jobs.retain(writer, clock.now()))
    return 0


def _log_to_stderr() -> None:
    logging.basicConfig(level="INFO", stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    # The scheduler only wakes; its own words about jobs would be misread as ours.
    logging.getLogger("apscheduler").setLevel(logging.ERROR)
