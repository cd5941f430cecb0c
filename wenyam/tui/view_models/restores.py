"""Restore tests of every job, the oldest proof first: a backup is worth what its last restore was."""

from collections.abc import Iterator

from wenyam.backup.catalogue import Restore
from wenyam.backup.proofs import newest_told
from wenyam.model.backup import Verdict
from wenyam.model.instants import seconds_between
from wenyam.operations.backup_status import JobLine
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, verdict_cell
from wenyam.tui.drawing import bar
from wenyam.tui.view_models.backups import restore
from wenyam.tui.view_models.look import Look, reason

_BAR = 10
SHOWN = 3
"""Newest tests below each job; its own screen has the rest."""


def restores(look: Look) -> Rows:
    """Return the table: each job with the age of its proof, its newest tests below."""
    view, say = look.picture.backups, look.say
    columns = [
        Column(say("Job"), look.moment_width, grow=1),
        Column(say("Proof"), 14),
        Column(say("Age"), look.data_age_width, right=True),
        Column(say("Recovery time"), 13, right=True, from_width=90),
        Column(say("Why"), 20, grow=3),
    ]
    lines = {} if view is None else dict(_lines(look, view.lines))
    empty = reason(look, say("No backup job is configured: section 'backups' (docs/howto/backups.md)."), ("backups",))
    return Rows(columns, list(lines), lines.__getitem__, empty)


def _lines(look: Look, held: tuple[JobLine, ...]) -> Iterator[tuple[str, Line]]:
    for line in sorted(held, key=lambda each: 0 if each.proven is None else each.proven.at):
        if look.matches(line.job.name, *line.troubles):
            yield f"job:{line.job.name}", _proof(look, line)
            for test in reversed(line.history.restores[-SHOWN:]):
                entry = restore(look, line.job.name, test)
                yield f"test:{line.job.name}:{entry.key}", entry.line


def _proof(look: Look, line: JobLine) -> Line:
    say, proven, limit = look.say, line.proven, line.job.restore.maximum_age
    name = Cell(line.job.name, Tone.STRONG)
    if proven is None:
        return (name, Cell("✖ " + say("never"), Tone.BAD), Cell(""), Cell(""), Cell(say("never proven by a restore"), Tone.BAD))
    age = seconds_between(proven.at, look.picture.at)
    old = age > limit
    last = newest_told(line.history, line.job.places)
    if not old and last is not None and not last.is_good:
        said = say("last proven {time} ago").format(time=look.lasting(int(age)))
        return (name, _verdict(look, last), Cell(look.ago(last.at), Tone.BAD), Cell(""), Cell(said, Tone.BAD))
    return (
        name,
        Cell("✖ " + say("too old"), Tone.BAD) if old else verdict_cell(Verdict.PASS.value, say),
        Cell(look.lasting(int(age)), Tone.BAD if old else Tone.PLAIN),
        Cell(look.lasting(round(proven.seconds, 1))),
        Cell(f"{bar(age / limit if limit else 1.0, _BAR)} {say('of')} {look.lasting(limit)}", Tone.BAD if old else Tone.FAINT),
    )


def _verdict(look: Look, test: Restore) -> Cell:
    """Return what a test came to that is no proof."""
    return Cell("✖ " + look.say("refused"), Tone.BAD) if test.refused_by else verdict_cell(test.verdict.value, look.say)
