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
NOW = Instant(86_400_000)


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
    turns = [choose(JOB, history(*three, restores=number), oldest, NOW) for number in range(4)]
    assert [(turn.repository, turn.snapshot, turn.why) for turn in turns] == [
        ("local", "s3", "the newest"),
        ("local", "s1", "an older one, by chance"),
        ("dr", "d3", "the copy in 'dr'"),
        ("local", "s3", "the newest"),
    ]


def test_an_older_one_that_a_person_chose_takes_no_turn() -> None:
    known = history(backup(1), backup(2), restores=1)
    picked = Restore(2, "erp-db", "r1", Instant(0), "local", "s1", Verdict.PASS, 1.0, 1.0, picked_older=True)
    known.restores[:0] = [picked]
    known.restores += [picked, picked]
    assert choose(JOB, known, oldest, NOW).why == "an older one, by chance"


@pytest.mark.parametrize(("days", "verdict"), [(36, Verdict.PASS), (1, Verdict.NOT_TESTED)])
def test_an_older_one_has_no_turn_while_the_proof_is_due(days: int, verdict: Verdict) -> None:
    known = history(backup(1), backup(2))
    known.restores.append(Restore(1, "erp-db", "r2", Instant(0), "local", "s2", verdict, 1.0, 1.0))
    assert choose(JOB, known, oldest, Instant(days * 86_400_000)).why == "the newest"


def test_a_proof_of_the_future_stands_for_none() -> None:
    known = history(backup(1), backup(2))
    known.restores.append(Restore(1, "erp-db", "r2", Instant(400 * 86_400_000), "local", "s2", Verdict.PASS, 1.0, 1.0))
    assert choose(JOB, known, oldest, NOW).why == "the newest"


def test_what_a_person_chose_is_older_where_a_newer_one_counts_or_the_job_is_kept_no_more() -> None:
    known = history(backup(1), backup(2), backup(3, copied=False), backup(4, complete=False))
    asked = (("s1", ""), ("s2", ""), ("s3", ""), ("s4", ""), ("s1", "dr"), ("s2", "dr"))
    found = [choose(JOB, known, oldest, NOW, snapshot=snapshot, repository=place).picked_older for snapshot, place in asked]
    assert found == [True, True, False, False, True, False]
    moved = replace(JOB, copies=())
    assert choose(moved, known, oldest, NOW, snapshot="s2", repository="dr").picked_older
    assert not choose(JOB, known, oldest, NOW, repository="dr").picked_older


def test_a_turn_that_has_nothing_is_passed_on() -> None:
    only = backup(1, copied=False)
    assert [choose(JOB, history(only, restores=number), oldest, NOW).snapshot for number in range(3)] == ["s1", "s1", "s1"]


def test_what_was_removed_from_a_place_is_nobodys_turn_there() -> None:
    gone = replace(backup(1), gone=frozenset({"local"}))
    turns = [choose(JOB, history(gone, backup(2), restores=number), oldest, NOW) for number in range(3)]
    assert [(turn.repository, turn.snapshot) for turn in turns] == [("local", "s2"), ("dr", "d2"), ("dr", "d2")]


def test_after_a_failure_the_newest_of_that_place_comes_again() -> None:
    known = history(backup(1), backup(2), restores=1)
    known.restores.append(Restore(2, "erp-db", "r2", Instant(0), "dr", "d2", Verdict.FAIL, 1.0, 1.0))
    chosen = choose(JOB, known, oldest, NOW)
    assert (chosen.repository, chosen.snapshot, chosen.why) == ("dr", "d2", "again, because the last one failed")


def test_an_incomplete_backup_is_nobodys_turn() -> None:
    assert choose(JOB, history(backup(1), backup(2, complete=False)), oldest, NOW).snapshot == "s1"
    with pytest.raises(NotTestedError, match="has no complete backup yet"):
        choose(JOB, history(backup(2, complete=False)), oldest, NOW)


def test_what_is_asked_for_is_taken_even_from_a_copy() -> None:
    known = history(backup(1), backup(2))
    assert choose(JOB, known, oldest, NOW, snapshot="s1").snapshot == "s1"
    assert choose(JOB, known, oldest, NOW, snapshot="s1", repository="dr").snapshot == "d1"
    assert choose(JOB, known, oldest, NOW, repository="dr").snapshot == "d2"


def test_what_is_not_there_is_a_sentence() -> None:
    known = history(backup(1, copied=False))
    with pytest.raises(UsageError, match="has no snapshot 'zz' in 'local' on record"):
        choose(JOB, known, oldest, NOW, snapshot="zz")
    with pytest.raises(UsageError, match="not kept in 'moon'; it is in: local, dr"):
        choose(JOB, known, oldest, NOW, repository="moon")
    with pytest.raises(NotTestedError, match="has no backup in 'dr' yet"):
        choose(JOB, known, oldest, NOW, repository="dr")
