"""Restore tests: every proof that was tried, what it came to, and which jobs are not proven; and what was really restored."""

from wenyam.backup.catalogue import Restore
from wenyam.model.instants import MILLISECONDS
from wenyam.operations.backup_accounts import BackupAccount, backup_accounts
from wenyam.operations.reports import Inquiry
from wenyam.operations.restore_accounts import RealRestore, real_restores
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 46
SHORT_ID = 8
"""Characters of a snapshot's id, as the repository's own program shows them."""


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter: how every job stands at the end of the period, the tests of the period, what people brought back."""
    say, found = words.say, backup_accounts(inquiry)
    configured = [each for each in found if each.job is not None]
    proven = sum(each.standing(inquiry.past.end) == "proven" for each in configured)
    notes = [f"{say('Proven by a restore')}: {proven} / {len(configured)}"] if configured else []
    tables = [_proofs(found, inquiry, words), _tests(found, words), _real(inquiry, words)]
    return Section("restore_tests", say("Restore tests"), tables, notes)


def _proofs(found: list[BackupAccount], inquiry: Inquiry, words: Words) -> Table:
    say = words.say
    columns = [
        Column("job", say("Job")),
        Column("proof", say("Proof"), Shape.WORD),
        Column("last_proven", say("Last proven"), Shape.INSTANT),
        Column("recovery_time", say("Recovery time"), Shape.DURATION),
        Column("data_age", say("Age of the data"), Shape.DURATION),
    ]
    rows: list[list[Cell]] = [[each.name, each.standing(inquiry.past.end), *_proof(each.proven)] for each in found]
    return Table("proofs", "", columns, rows, empty=say("No backup job is configured."))


def _proof(proven: Restore | None) -> list[Cell]:
    return [None, None, None] if proven is None else [proven.at, _milliseconds(proven.seconds), _milliseconds(proven.data_age)]


def _tests(found: list[BackupAccount], words: Words) -> Table:
    say = words.say
    columns = [
        Column("at", say("Recorded"), Shape.INSTANT),
        Column("job", say("Job")),
        Column("verdict", say("Result"), Shape.WORD),
        Column("snapshot", say("Snapshot")),
        Column("repository", say("From")),
        Column("seconds", say("Recovery time"), Shape.DURATION),
        Column("data_age", say("Age of the data"), Shape.DURATION),
        Column("by", say("By")),
        Column("confirmed_by", say("Confirmed by")),
        Column("refused_by", say("Refused by")),
        Column("problem", say("Why")),
    ]
    ordered = sorted((restore.at, restore.sequence, restore) for each in found for restore in each.restores)
    rows = [_test(restore, words) for _, _, restore in ordered]
    return Table("tests", say("Tests of the period"), columns, rows, empty=say("No restore was tested."))


def _test(restore: Restore, words: Words) -> list[Cell]:
    older = words.say("an older one that a person chose") if restore.picked_older else ""
    why = "; ".join(filter(None, (restore.problem, older)))
    return [
        restore.at, restore.job, restore.verdict.value, restore.snapshot[:SHORT_ID], restore.repository,
        _milliseconds(restore.seconds), _milliseconds(restore.data_age), restore.actor or None,
        ", ".join(restore.confirmed_by) or None, ", ".join(restore.refused_by) or None, why or None,
    ]  # fmt: skip


def _real(inquiry: Inquiry, words: Words) -> Table:
    say = words.say
    columns = [
        Column("at", say("Begun"), Shape.INSTANT),
        Column("job", say("Job")),
        Column("kind", say("What"), Shape.WORD),
        Column("name", say("Name")),
        Column("target", say("Place")),
        Column("result", say("Result"), Shape.WORD),
        Column("snapshot", say("Snapshot")),
        Column("repository", say("From")),
        Column("by", say("By")),
        Column("problem", say("Why")),
    ]
    rows = [_brought_back(each) for each in real_restores(inquiry)]
    return Table("real", say("Data really brought back"), columns, rows, empty=say("Nothing was brought back."))


def _brought_back(each: RealRestore) -> list[Cell]:
    return [
        each.at, each.job, each.kind, each.name or None, each.target or None, each.result, each.snapshot[:SHORT_ID],
        each.repository, each.actor, each.problem or None,
    ]  # fmt: skip


def _milliseconds(seconds: float) -> int:
    return round(seconds * MILLISECONDS)
