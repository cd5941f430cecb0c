"""The calendar for people: what is due next, what became of the last runs, and running one that is due."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from wenyam.engine import calendar
from wenyam.engine.calendar import Due
from wenyam.engine.calendar_runs import Attempt, Runs, recorded_terms
from wenyam.errors import UsageError
from wenyam.i18n.dates import format_with_zone
from wenyam.model.calendar import Job, Run, RunOutcome
from wenyam.model.instants import Instant, Period, after, from_datetime, to_iso
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader, Writer

VERSION = 1
DAY = 86_400.0
_RECENT_SECONDS = 30 * DAY
_LAST_SECONDS = 400 * DAY
"""Long enough to find the last run of a yearly job."""


@dataclass(frozen=True, slots=True)
class JobView:
    """One job as a list shows it."""

    job: Job
    next_due: Instant
    last: Run | None
    """The last run that is decided or under way, computed MISSED ones among them."""
    recent: dict[RunOutcome, int]
    """Outcomes of the last 30 days."""

    @property
    def trouble(self) -> bool:
        """True when the last run was not done."""
        return self.last is not None and self.last.outcome not in (RunOutcome.DONE, RunOutcome.RUNNING)


def overview(reader: Reader, jobs: Sequence[Job], now: Instant) -> list[JobView]:
    """Return every job with its next due time and its past; what nobody started counts as missed."""
    period = Period(after(now, -_LAST_SECONDS), Instant(now + 1))
    runs = calendar.all_runs(recorded_terms(reader), reader.runs(None, period), period, now)
    return [_view(job, [run for run in runs if run.job == job.name], now) for job in jobs]


def _view(job: Job, runs: Sequence[Run], now: Instant) -> JobView:
    recent = Counter(run.outcome for run in runs if run.due >= after(now, -_RECENT_SECONDS))
    return JobView(job, calendar.rule_of(job.schedule).next_after(now), runs[-1] if runs else None, dict(recent))


def plan(jobs: Sequence[Job], now: Instant, days: float) -> list[Due]:
    """Return what is due in the coming days, by time."""
    period = Period(now, after(now, days * DAY))
    found = [due for job in jobs for due in calendar.dues(calendar.Term(job.name, job.schedule, period), period)]
    return sorted(found, key=lambda due: (due.at, due.job))


def job_named(jobs: Sequence[Job], name: str) -> Job:
    """Return one job; UsageError with the nearest name when there is none."""
    for job in jobs:
        if job.name == name:
            return job
    raise unknown("job", name, [job.name for job in jobs])


def due_named(job: Job, text: str | None, now: Instant) -> Due:
    """Return the due time written as ISO 8601, or the last one; UsageError when the job is not due then."""
    if text is None:
        return calendar.latest_due(job, now)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UsageError(f"'{text}' is not a time such as 2026-11-02T01:30+07:00") from error
    if moment.tzinfo is None:
        raise UsageError(f"'{text}' has no zone; write for example {text}+07:00")
    at = from_datetime(moment.astimezone(UTC))
    rule = calendar.rule_of(job.schedule)
    if next(rule.occurrences(Period(at, Instant(at + 1))), None) is None:
        then = format_with_zone(rule.next_after(at), job.schedule.time_zone)
        raise UsageError(f"{job.name} ({job.schedule.text}) is not due at {text}; the next time is {then}")
    return calendar.due_at(job, at)


async def run_due(runs: Runs, jobs: Sequence[Job], job: Job, due: Due) -> Attempt:
    """Run what is due exactly as the calendar would, after recording what was missed meanwhile."""
    terms = runs.record_schedules(jobs)
    term = calendar.present_term(terms, job)
    if term is None or not term.period.contains(due.at):
        then = format_with_zone(due.at, job.schedule.time_zone)
        return Attempt(None, f"{job.name}, due {then}, is not owed: its schedule is on record only since later")
    attempt = await runs.attempt(job, due)
    missed = runs.record_missed(after(due.at, -35 * DAY))
    if attempt.outcome is RunOutcome.MISSED and all((run.job, run.due) != (job.name, due.at) for run in missed):
        return Attempt(None, f"nothing is due: {attempt.sentence}, which is on record")
    return attempt


def retain(writer: Writer, now: Instant) -> str:
    """Drop what is past its retention and say what was done; nothing within a day of a clock step."""
    stepped = writer.facts(Period(after(now, -DAY), calendar.FOR_EVER), calendar.CLOCK_STEPPED)
    return writer.retain(now, clock_stepped=bool(stepped))


def overview_data(views: Sequence[JobView], now: Instant) -> dict[str, Any]:
    """Write the list as versioned data."""
    return {"version": VERSION, "at": to_iso(now), "jobs": [_view_data(view) for view in views]}


def _view_data(view: JobView) -> dict[str, Any]:
    schedule = view.job.schedule
    return {
        "name": view.job.name,
        "schedule": schedule.text,
        "time_zone": schedule.time_zone,
        "window_seconds": schedule.window,
        "arguments": list(view.job.arguments),
        "next_due": to_iso(view.next_due),
        "last": None if view.last is None else run_data(view.last),
        "last_30_days": {outcome.value: view.recent.get(outcome, 0) for outcome in RunOutcome},
    }


def run_data(run: Run) -> dict[str, Any]:
    """Write one run as data."""
    return {
        "due": to_iso(run.due),
        "outcome": run.outcome.value,
        "started": None if run.started is None else to_iso(run.started),
        "ended": None if run.ended is None else to_iso(run.ended),
        "detail": run.detail,
    }


def plan_data(dues: Sequence[Due]) -> dict[str, Any]:
    """Write the plan as versioned data."""
    rows = [{"job": due.job, "due": to_iso(due.at), "deadline": to_iso(due.deadline)} for due in dues]
    return {"version": VERSION, "due": rows}
