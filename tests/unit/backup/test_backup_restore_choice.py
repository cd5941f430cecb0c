"""Which snapshot a restore test takes."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from wenyam.backup.catalogue import Backup, History, Restore
from wenyam.backup.restore_choice import choose
from wenyam.errors import NotTestedError, UsageError
from wenyam.model.backup import BackupJob, Verdict
from wenyam.model.calendar import Schedule
from wenyam.model.instants import Instant

JOB = BackupJob("erp-db", "postgresql", None, "somchai", Schedule("every day 01:30"), "local", copies=("dr",))


def backup(number: int, *, complete: bool = True, copied: bool = True) -> Backup:
    copies = (("dr", f"d{number}"),) if copied else ()
    at = Instant(number)
    return Backup("erp-db", f"r{number}", at, at, "local", f"s{number}", 1, 1, 1, 1.0, "m", complete=complete, copies=copies)


def history(*backups: Backup, restores: int = 0) -> History:
    done = Restore(1, "erp-db", "r", Instant(0), "local", "s", Verdict.PASS, 1.0, 1.0)
    return History("erp-db", list(backups), restores=[done] * restores)


def oldest(known: Sequence[Backup]) -> Backup:
    return known[0]


def test_newest_older_and_copy_take_turns() -> None:
    three = (backup(1), backup(2), backup(3))
    turns = [choose(JOB, history(*three, restores=number), oldest) for number in range(4)]
    assert [(turn.repository, turn.snapshot, turn.why) for turn in turns] == [
        ("local", "s3", "the newest"),
        ("local", "s1", "an older one, by chance"),
        ("dr", "d3", "the copy in 'dr'"),
        ("local", "s3", "the newest"),
    ]


def test_a_turn_that_has_nothing_is_passed_on() -> None:
    only = backup(1, copied=False)
    assert [choose(JOB, history(only, restores=number), oldest).snapshot for number in range(3)] == ["s1", "s1", "s1"]


def test_what_was_removed_from_a_place_is_nobodys_turn_there() -> None:
    gone = replace(backup(1), gone=frozenset({"local"}))
    turns = [choose(JOB, history(gone, backup(2), restores=number), oldest) for number in range(3)]
    assert [(turn.repository, turn.snapshot) for turn in turns] == [("local", "s2"), ("dr", "d2"), ("dr", "d2")]


def test_after_a_failure_the_newest_of_that_place_comes_again() -> None:
    known = history(backup(1), backup(2), restores=1)
    known.restores.append(Restore(2, "erp-db", "r2", Instant(0), "dr", "d2", Verdict.FAIL, 1.0, 1.0))
    chosen = choose(JOB, known, oldest)
    assert (chosen.repository, chosen.snapshot, chosen.why) == ("dr", "d2", "again, because the last one failed")


def test_an_incomplete_backup_is_nobodys_turn() -> None:
    assert choose(JOB, history(backup(1), backup(2, complete=False)), oldest).snapshot == "s1"
    with pytest.raises(NotTestedError, match="has no complete backup yet"):
        choose(JOB, history(backup(2, complete=False)), oldest)


def test_what_is_asked_for_is_taken_even_from_a_copy() -> None:
    known = history(backup(1), backup(2))
    assert choose(JOB, known, oldest, snapshot="s1").snapshot == "s1"
    assert choose(JOB, known, oldest, snapshot="s1", repository="dr").snapshot == "d1"
    assert choose(JOB, known, oldest, repository="dr").snapshot == "d2"


def test_what_is_not_there_is_a_sentence() -> None:
    known = history(backup(1, copied=False))
    with pytest.raises(UsageError, match="has no snapshot 'zz' in 'local' on record"):
        choose(JOB, known, oldest, snapshot="zz")
    with pytest.raises(UsageError, match="not kept in 'moon'; it is in: local, dr"):
        choose(JOB, known, oldest, repository="moon")
    with pytest.raises(NotTestedError, match="has no backup in 'dr' yet"):
        choose(JOB, known, oldest, repository="dr")
