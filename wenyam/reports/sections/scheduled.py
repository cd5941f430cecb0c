"""Scheduled work: how much of it was done in time, job by job, and every run that was not."""

from wenyam.availability.on_time import OnTime
from wenyam.i18n.percent import percent
from wenyam.model.calendar import Run, RunOutcome
from wenyam.operations.availability import punctuality
from wenyam.operations.reports import Inquiry, runs
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import NOTHING, Words

ORDER = 40
_GOOD = (RunOutcome.DONE, RunOutcome.RUNNING)


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter: the on-time ratio against its objective, then what was missed or failed."""
    held = runs(inquiry)
    return on_time_section(held, inquiry, words)


def on_time_section(held: list[Run], inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over these runs."""
    say, objective = words.say, inquiry.configuration.instance.on_time_objective
    by_job = punctuality(held)
    whole = by_job.pop("")
    shown = NOTHING if whole.ratio is None else f"{percent(whole.ratio)} %"
    note = f"{say('Done in time')}: {shown} ({whole.done} / {whole.owed}); {say('objective')} {percent(objective)} %"
    return Section("scheduled", say("Scheduled work"), [_jobs(by_job, objective, words), _not_done(held, words)], [note])


def _jobs(by_job: dict[str, OnTime], objective: float, words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("on_time", say("In time %"), Shape.PERCENT),
        Column("result", say("Result"), Shape.WORD),
        Column("done", say("Done"), Shape.COUNT),
        Column("failed", say("Failed"), Shape.COUNT),
        Column("incomplete", say("Incomplete"), Shape.COUNT),
        Column("missed", say("Missed"), Shape.COUNT),
        Column("running", say("Running"), Shape.COUNT),
    ]
    rows: list[list[Cell]] = [
        [job, each.ratio, _result(each, objective), each.done, each.failed, each.incomplete, each.missed, each.running]
        for job, each in sorted(by_job.items())
    ]
    return Table("jobs", "", columns, rows, empty=say("No run was due."))


def _result(each: OnTime, objective: float) -> str:
    meets = each.meets(objective)
    if meets is None:
        return "no_data"
    return "met" if meets else "below"


def _not_done(held: list[Run], words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("due", say("Due"), Shape.INSTANT),
        Column("outcome", say("Outcome"), Shape.WORD),
        Column("detail", say("Detail")),
    ]
    bad = sorted((run for run in held if run.outcome not in _GOOD), key=lambda run: (run.due, run.job))
    rows: list[list[Cell]] = [[run.job, run.due, run.outcome.value, run.detail or None] for run in bad]
    return Table("not_done", say("Missed, failed or incomplete") if rows else "", columns, rows)
