"""Backups: what was owed and made, job by job, where the copies are, and which systems no job covers."""

from wenyam.model.calendar import RunOutcome
from wenyam.operations.backup_accounts import BackupAccount, backup_accounts
from wenyam.operations.coverage import not_covered
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 42
_OUTCOMES = (RunOutcome.DONE, RunOutcome.FAILED, RunOutcome.INCOMPLETE, RunOutcome.MISSED)


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over every job."""
    say, found = words.say, backup_accounts(inquiry)
    return Section("backups", say("Backups"), [_jobs(found, inquiry, words), _copies(found, words), _uncovered(inquiry, words)])


def _jobs(found: list[BackupAccount], inquiry: Inquiry, words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("owed", say("Owed"), Shape.COUNT),
        Column("done", say("Done"), Shape.COUNT),
        Column("failed", say("Failed"), Shape.COUNT),
        Column("incomplete", say("Incomplete"), Shape.COUNT),
        Column("missed", say("Missed"), Shape.COUNT),
        Column("stored", say("Complete backups"), Shape.COUNT),
        Column("last_success", say("Last success"), Shape.INSTANT),
        Column("bytes", say("Size"), Shape.BYTES),
        Column("change", say("Change %"), Shape.CHANGE),
        Column("proof", say("Proof"), Shape.WORD),
    ]
    return Table("jobs", "", columns, [_job(each, inquiry) for each in found], empty=say("No backup job is configured."))


def _job(each: BackupAccount, inquiry: Inquiry) -> list[Cell]:
    last = each.last_success
    stored = sum(backup.counts for backup in each.backups)
    return [
        each.name, each.owed, *(each.outcomes[outcome] for outcome in _OUTCOMES), stored,
        None if last is None else last.taken, None if last is None else last.bytes, each.change,
        each.standing(inquiry.past.end),
    ]  # fmt: skip


def _copies(found: list[BackupAccount], words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("repository", say("Place")),
        Column("newest", say("Newest copy"), Shape.INSTANT),
        Column("problem", say("Why")),
    ]
    rows: list[list[Cell]] = []
    for each in found:
        for name, newest in each.copies.items():
            problem = each.copy_failures[name][1] if name in each.copy_failures else None
            rows.append([each.name, name, None if newest is None else newest.taken, problem])
    return Table("copies", say("Copies in a second place"), columns, rows, empty=say("No job has a second place."))


def _uncovered(inquiry: Inquiry, words: Words) -> Table:
    say = words.say
    columns = [Column("kind", say("What"), Shape.WORD), Column("name", say("Name"))]
    rows = [[subject.kind.value, subject.name] for subject in not_covered(inquiry.configuration, inquiry.account.now)]
    return Table("not_covered", say("Not covered by any backup"), columns, rows, empty=say("Every system is covered."))
