"""Sizes of backups: how they changed over the period, and every unusual one with the reason a person gave."""

from wenyam.backup.catalogue import Backup
from wenyam.operations.backup_accounts import BackupAccount, backup_accounts
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 44


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over every job with backups in the period."""
    found = [each for each in backup_accounts(inquiry) if each.backups]
    return Section("size_changes", words.say("Size changes"), [_changes(found, words), _anomalies(found, words)])


def _changes(found: list[BackupAccount], words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("backups", say("Complete backups"), Shape.COUNT),
        Column("before", say("Before"), Shape.BYTES),
        Column("smallest", say("Smallest"), Shape.BYTES),
        Column("largest", say("Largest"), Shape.BYTES),
        Column("last", say("Last"), Shape.BYTES),
        Column("change", say("Change %"), Shape.CHANGE),
    ]
    return Table("changes", "", columns, [_change(each) for each in found], empty=say("No backup was made."))


def _change(each: BackupAccount) -> list[Cell]:
    sizes = [backup.bytes for backup in each.backups if backup.counts]
    before, last = each.before, each.last_success
    return [
        each.name, len(sizes), None if before is None else before.bytes, min(sizes, default=None), max(sizes, default=None),
        None if last is None else last.bytes, each.change,
    ]  # fmt: skip


def _anomalies(found: list[BackupAccount], words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("at", say("Recorded"), Shape.INSTANT),
        Column("run", say("Run")),
        Column("bytes", say("Size"), Shape.BYTES),
        Column("problem", say("Why")),
        Column("reason", say("Reason")),
        Column("actor", say("By")),
    ]
    rows = [_anomaly(each, backup) for each in found for backup in each.backups if backup.is_anomaly]
    return Table("anomalies", say("Unusual sizes"), columns, rows, empty=say("No size was unusual."))


def _anomaly(each: BackupAccount, backup: Backup) -> list[Cell]:
    told = each.explanations.get(backup.run)
    reason, actor = (None, None) if told is None else (told.reason, told.actor)
    return [each.name, backup.at, backup.run, backup.bytes, backup.problem, reason, actor]
