"""What the calendar owes: due times, the moment each is too late, and the runs nobody started. Pure.

Every reader computes missed runs with these functions, so that a dead scheduler hides nothing.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from wenyam.model.calendar import Job, Run, RunOutcome, Schedule
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant, Period, after, to_datetime
from wenyam.settings.schedule import Rule, parse

SCHEDULED = "job-scheduled"
"""Kind of the fact that a job has this schedule from now on; with an empty one that it has none any more."""
MISSED = "run-missed"
"""Kind of the fact that a run was not started in time."""
CLOCK_STEPPED = "clock-stepped"
"""Kind of the fact that the wall clock was seen to jump, with the seconds."""
FOR_EVER = Instant(2**47)
"""The year 6429: later than anything, and still a date."""


@dataclass(frozen=True, slots=True)
class Term:
    """A stretch of time in which a job had one schedule; what was due then is owed by that schedule, not by today's."""

    job: str
    schedule: Schedule
    period: Period


@dataclass(frozen=True, slots=True)
class Due:
    """One due time of a job and the last moment at which it may still start."""

    job: str
    at: Instant
    deadline: Instant


def rule_of(schedule: Schedule) -> Rule:
    """Return the schedule's rule; ValueError when the text is wrong."""
    return parse(schedule.text, schedule.time_zone)


def due_at(job: Job, at: Instant) -> Due:
    """Return a due time with its deadline: the end of the window, or the next due time if that is earlier. No backlog is run."""
    return Due(job.name, at, min(after(at, job.schedule.window), rule_of(job.schedule).next_after(at)))


def latest_due(job: Job, now: Instant) -> Due:
    """Return the last due time that is not in the future."""
    return due_at(job, rule_of(job.schedule).last_until(now))


def arguments_for(job: Job, due: Instant) -> tuple[str, ...]:
    """Return the job's arguments for one due time: `{date}` in them is the local date on which it was due."""
    day = to_datetime(due).astimezone(ZoneInfo(job.schedule.time_zone)).date().isoformat()
    return tuple(argument.replace("{date}", day) for argument in job.arguments)


def dues(term: Term, period: Period) -> Iterator[Due]:
    """Yield what the term owes in the period."""
    start, end = max(term.period.start, period.start), min(term.period.end, period.end)
    if start >= end:
        return
    for at, following in pairwise(rule_of(term.schedule).occurrences(Period(start, FOR_EVER))):
        if at >= end:
            return
        yield Due(term.job, at, min(after(at, term.schedule.window), following))


def missed_runs(terms: Iterable[Term], runs: Iterable[Run], period: Period, now: Instant) -> list[Run]:
    """Return as MISSED, by due time, every run due in the period that nobody claimed before it was too late."""
    claimed = {(run.job, run.due) for run in runs if run.outcome is not RunOutcome.MISSED}
    owed = [due for term in terms for due in dues(term, period) if due.deadline <= now and (due.job, due.at) not in claimed]
    found = {(due.at, due.job): due for due in owed}
    return [Run(job, at, RunOutcome.MISSED, detail="nobody started it in time") for at, job in sorted(found)]


def all_runs(terms: Iterable[Term], runs: Iterable[Run], period: Period, now: Instant) -> list[Run]:
    """Return recorded and missed runs of the period together, by due time."""
    recorded = [run for run in runs if run.outcome is not RunOutcome.MISSED]
    return sorted([*recorded, *missed_runs(terms, recorded, period, now)], key=lambda run: (run.due, run.job))


def missed_fact(run: Run, at: Instant) -> Fact:
    """Build the fact that a run was missed."""
    return Fact(MISSED, at, "wenyam", {"job": run.job, "due": run.due})


def terms_of(facts: Iterable[Fact]) -> list[Term]:
    """Read the terms out of SCHEDULED facts, given oldest first."""
    begun: dict[str, tuple[Schedule, Instant]] = {}
    ended: list[Term] = []
    for fact in facts:
        name = str(fact.body["job"])
        former = begun.pop(name, None)
        if former is not None:
            ended.append(Term(name, former[0], Period(former[1], max(former[1], fact.at))))
        if fact.body["schedule"]:
            begun[name] = (_schedule(fact), max(fact.at, Instant(int(fact.body["since"] or 0))))
    return ended + [Term(name, schedule, Period(start, max(start, FOR_EVER))) for name, (schedule, start) in begun.items()]


def present_term(terms: Iterable[Term], job: Job) -> Term | None:
    """Return the term in force for a job; None until it is recorded."""
    return next((term for term in terms if term.job == job.name and term.period.end == FOR_EVER), None)


def changed_schedules(jobs: Sequence[Job], terms: Sequence[Term], at: Instant) -> list[Fact]:
    """Return the facts to record so that the terms say what today's jobs say."""
    changed = [_begun(job, at) for job in jobs if (term := present_term(terms, job)) is None or term.schedule != job.schedule]
    gone = {term.job for term in terms if term.period.end == FOR_EVER} - {job.name for job in jobs}
    return changed + [Fact(SCHEDULED, at, "wenyam", {"job": name, "schedule": ""}) for name in sorted(gone)]


def _begun(job: Job, at: Instant) -> Fact:
    schedule = job.schedule
    body: FactBody = {
        "job": job.name,
        "schedule": schedule.text,
        "time_zone": schedule.time_zone,
        "window": schedule.window,
        "since": job.since,
    }
    return Fact(SCHEDULED, at, "wenyam", body)


def _schedule(fact: Fact) -> Schedule:
    return Schedule(str(fact.body["schedule"]), str(fact.body["time_zone"]), float(fact.body["window"] or 0))
