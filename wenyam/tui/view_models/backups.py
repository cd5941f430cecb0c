"""Every backup job: is it green, how old, how large, when was it proven, where are the copies; and what no job covers."""

from collections.abc import Iterator
from typing import TypeVar

from wenyam.alerts.summaries import told
from wenyam.backup import size
from wenyam.backup.catalogue import Backup, Restore
from wenyam.model.instants import Instant
from wenyam.operations.backup_status import JobLine, View
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, verdict_cell
from wenyam.tui.drawing import sparkline
from wenyam.tui.view_models.look import Look, reason
from wenyam.tui.view_models.sections import Entry, Section, table
from wenyam.tui.wrapping import wrapped

SPARK = 14
MOST = 100
"""Backups and restore tests of one job that its screen lists."""
_Held = TypeVar("_Held")


def backups(look: Look) -> Rows:
    """Return the table: each job with its troubles below it, then what no job covers."""
    view, say = look.picture.backups, look.say
    columns = [
        Column(say("Job"), 14, grow=2),
        Column(say("State"), 10),
        Column(say("Last success"), max(12, look.time_width), right=True),
        Column(say("Size"), 10, right=True),
        Column("", SPARK),
        Column(say("Proven"), max(10, look.time_width), right=True),
        Column(say("Next"), 22, from_width=110),
        Column(say("Copies"), 16, grow=1, from_width=120),
        Column(say("Owner"), 14, grow=1, from_width=140),
    ]
    lines = {} if view is None else dict(_lines(look, view))
    empty = reason(look, say("No backup job is configured: section 'backups' (docs/howto/backups.md)."), ("backups",))
    return Rows(columns, list(lines), lines.__getitem__, empty)


def _lines(look: Look, view: View) -> Iterator[tuple[str, Line]]:
    for line in sorted(view.lines, key=lambda each: not each.troubles):
        name = line.job.name
        if not look.matches(name, look.person(line.job.owner), line.job.source, *line.troubles):
            continue
        yield f"job:{name}", _job(look, line)
        for number, trouble in enumerate(line.troubles):
            yield f"trouble:{name}:{number}", (Cell(f"    ✖ {look.told(f'job:{name}', trouble)}", Tone.BAD),)
    if view.unrecorded:
        yield "unrecorded", (Cell(f"▲ {told(view.unrecorded, look.say)}", Tone.WARN),)
    for subject in view.uncovered:
        if look.matches(str(subject)):
            called = str(subject) if look.language == "en" else look.called(str(subject))
            yield f"uncovered:{subject}", (Cell(f"▲ {called}: {look.say('covered by no job')}", Tone.WARN),)


def _job(look: Look, line: JobLine) -> Line:
    say, success, proven = look.say, line.success, line.proven
    return (
        Cell(line.job.name, Tone.STRONG),
        Cell("✖ " + say("RED"), Tone.BAD) if line.troubles else Cell("● " + say("green"), Tone.GOOD),
        Cell(say("never") if success is None else look.ago(success.taken)),
        Cell("" if success is None else size.write(success.bytes)),
        Cell(sparkline(line.sizes, SPARK, low=0.0), Tone.FAINT),
        Cell(say("never") if proven is None else look.ago(proven.at)),
        Cell(look.moment(line.next_due), Tone.FAINT),
        Cell(", ".join(line.job.copies) or say("none")),
        Cell(look.person(line.job.owner), Tone.FAINT),
    )


def job_of(look: Look, name: str) -> JobLine | None:
    """Return a job's line."""
    view = look.picture.backups
    return next((line for line in view.lines if line.job.name == name), None) if view is not None else None


def job_head(look: Look, name: str, width: int) -> list[Line]:
    """Return the lines above one job's table."""
    line = job_of(look, name)
    if line is None:
        return [(Cell(name, Tone.STRONG), Cell("  " + reason(look, look.say("There is no such job."), ("backups",)), Tone.FAINT))]
    job, say = line.job, look.say
    state = Cell("✖ " + say("RED"), Tone.BAD) if line.troubles else Cell("● " + say("green"), Tone.GOOD)
    places = " → ".join((job.source, job.repository, *job.copies))
    about = f"{places} · {say('owner')} {look.person(job.owner)} · {say('next')} {look.moment(line.next_due)}"
    return [(Cell(f"{name}  ", Tone.STRONG), state), *((Cell(each, Tone.FAINT),) for each in wrapped(about, width - 2))]


def job(look: Look, name: str) -> Rows:
    """Return everything on record about one job."""
    say, line = look.say, job_of(look, name)
    columns = [
        Column(say("When"), look.moment_width),
        Column(say("State"), 14),
        Column(say("Size"), look.data_age_width, right=True),
        Column(say("Took"), max(10, look.time_width), right=True, from_width=0 if look.language == "en" else 90),
        Column(say("Why"), 20, grow=3),
    ]
    history = None if line is None else line.history
    sections = [
        Section("troubles", say("Troubles"), _troubles(look, line)),
        Section(
            "tests", say("Restore tests"), [restore(look, name, each) for each in _newest(history.restores)] if history else []
        ),
        Section("backups", say("Backups"), [_backup(look, name, each) for each in _newest(history.backups)] if history else []),
        Section(
            "failures",
            say("Runs without a backup"),
            [_failure(look, name, *each) for each in _newest(history.failures)] if history else [],
        ),
    ]
    return table(look, columns, sections, say("Nothing is on record about this job yet."))


def _newest(held: list[_Held]) -> list[_Held]:
    return list(reversed(held[-MOST:]))


def _troubles(look: Look, line: JobLine | None) -> list[Entry]:
    return [] if line is None else [_trouble(look, line, number, each) for number, each in enumerate(line.troubles)]


def _trouble(look: Look, line: JobLine, number: int, said: str) -> Entry:
    return Entry(str(number), (Cell(f"  ✖ {look.told(f'job:{line.job.name}', said)}", Tone.BAD),))


def restore(look: Look, name: str, test: Restore) -> Entry:
    """Return one restore test as a row: when, verdict, data age, time, what was wrong or who confirmed."""
    say = look.say
    confirmed = f"{say('confirmed by')} {', '.join(map(look.person, test.confirmed_by))}" if test.confirmed_by else ""
    refused = f"{say('refused by')} {', '.join(map(look.person, test.refused_by))}" if test.refused_by else ""
    older = say("an older one that a person chose") if test.picked_older else ""
    said = " · ".join(filter(None, (refused, look.told(f"job:{name}", test.problem), older, confirmed, test.repository)))
    verdict = Cell("✖ " + say("refused"), Tone.BAD) if refused else verdict_cell(test.verdict.value, say)
    age = f"{say('data')} {look.lasting(int(test.data_age))}"
    line = (
        Cell("  " + look.moment(test.at)),
        verdict,
        Cell(age, Tone.FAINT),
        Cell(look.lasting(round(test.seconds, 1))),
        Cell(said),
    )
    return Entry(str(test.sequence), line)


def _backup(look: Look, name: str, backup: Backup) -> Entry:
    say = look.say
    state = Cell("● " + say("complete"), Tone.GOOD) if backup.complete else Cell("✖ " + say("incomplete"), Tone.BAD)
    if backup.accepted:
        state = Cell("● " + say("accepted"), Tone.GOOD)
    places = ", ".join((backup.repository, *(name for name, _ in backup.copies)))
    problem = look.told(f"job:{name}", backup.problem)
    said = " · ".join(filter(None, (problem, backup.accepted, f"{backup.snapshot[:8]} {say('in')} {places}")))
    line = (
        Cell("  " + look.moment(backup.taken)),
        state,
        Cell(size.write(backup.bytes)),
        Cell(look.lasting(round(backup.seconds, 1))),
        Cell(said),
    )
    return Entry(backup.run, line)


def _failure(look: Look, name: str, at: Instant, problem: str) -> Entry:
    said = look.told(f"job:{name}", problem)
    line = (Cell("  " + look.moment(at)), Cell("✖ " + look.say("failed"), Tone.BAD), Cell(""), Cell(""), Cell(said))
    return Entry(str(at), line)
