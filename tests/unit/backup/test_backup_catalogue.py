"""The catalogue: what facts say about backups and restores."""

from itertools import count

from wenyam.backup import catalogue, facts, proofs, verifications
from wenyam.backup.catalogue import Backup, History
from wenyam.backup.contract import Stored
from wenyam.model.backup import BackupJob, Manifest, Verdict
from wenyam.model.calendar import Schedule
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant

JOB = BackupJob("erp-db", "postgresql", None, "somchai", Schedule("every day 01:30"), "local", copies=("dr",))
DAY = 86_400_000


def chained(*written: Fact) -> list[ChainedFact]:
    numbers = count(1)
    return [ChainedFact(next(numbers), fact, "", "") for fact in written]


def stored(run: str, at: int, *, size: int = 1000, problem: str = "", anomaly: bool = False) -> Fact:
    manifest = Manifest("postgresql", Instant(at - 60_000), {"rows": {"public.customer": "10"}})
    kept = Stored(f"snapshot-{run}", 3, size, size // 2, 1.0)
    return facts.stored(
        JOB, run, kept, manifest, f"digest-{run}", at=Instant(at), took=12.5, problem=problem, anomaly=anomaly, spooled=size
    )


def proof(run: str, at: int, verdict: Verdict, problem: str = "", *, picked_older: bool = False) -> Fact:
    return facts.tested(
        "erp-db", run, Instant(at), "anan", repository="local", snapshot=f"snapshot-{run}", verdict=verdict,
        seconds=40.0, data_age=3600.0, problem=problem, evidence="e1", picked_older=picked_older,
    )  # fmt: skip


def history(*written: Fact) -> History:
    return catalogue.histories(chained(*written))["erp-db"]


def test_a_stored_backup_is_read_back_as_it_was_written() -> None:
    found = history(stored("r1", DAY)).backups
    assert found == [
        Backup(
            "erp-db", "r1", Instant(DAY), Instant(DAY - 60_000), "local", "snapshot-r1", 3, 1000, 500, 12.5, "digest-r1",
            complete=True, spooled_bytes=1000, rows=10,
        )
    ]  # fmt: skip


def test_an_incomplete_backup_is_no_success_until_a_person_accepts_it() -> None:
    odd = stored("r2", 2 * DAY, size=10, problem="size -99%", anomaly=True)
    before = history(stored("r1", DAY), odd)
    assert (before.last_success and before.last_success.run, before.anomaly and before.anomaly.run) == ("r1", "r2")
    assert before.last_problem == "size -99%"
    after = history(stored("r1", DAY), odd, facts.size_accepted("erp-db", "r2", Instant(3 * DAY), "anan", "archive moved"))
    assert (after.last_success and after.last_success.run, after.anomaly, after.last_problem) == ("r2", None, "")


def test_an_unexplained_size_stays_open_after_a_good_run() -> None:
    found = history(stored("r1", DAY, size=10, problem="size -99%", anomaly=True), stored("r2", 2 * DAY))
    assert found.anomaly is not None
    assert found.last_problem == ""


def test_another_problem_is_over_with_the_next_good_run() -> None:
    found = history(stored("r1", DAY, problem="read back differs"), stored("r2", 2 * DAY))
    assert (found.anomaly, found.last_problem) == (None, "")


def test_a_failed_run_is_the_last_problem_until_a_later_backup() -> None:
    failed = facts.failed(JOB, "r2", Instant(2 * DAY), "the disk is full", 2)
    assert history(stored("r1", DAY), failed).last_problem == "the disk is full"
    assert history(stored("r1", DAY), failed, stored("r3", 3 * DAY)).last_problem == ""


def test_a_failure_after_a_backup_of_a_clock_that_ran_ahead_is_the_last_problem_all_the_same() -> None:
    failed = facts.failed(JOB, "r2", Instant(2 * DAY), "the disk is full", 2)
    assert history(stored("r1", 543 * 365 * DAY), failed).last_problem == "the disk is full"


def test_what_the_rules_removed_is_in_that_repository_no_more() -> None:
    copied = facts.copied(JOB, "r1", Instant(DAY), "dr", "abcdef")
    found = history(stored("r1", DAY), copied, facts.pruned("local", Instant(2 * DAY), "erp-db", ["snapshot-r1"], "by the rules"))
    (backup,) = found.backups
    assert (backup.snapshot_in("local"), backup.was_in("local"), backup.snapshot_in("dr")) == (None, "snapshot-r1", "abcdef")
    assert (found.newest_copy("local"), found.newest_copy("dr")) == (None, backup)


def test_a_failed_restore_is_open_until_one_of_the_same_or_a_newer_backup_passes_there() -> None:
    kept = (stored("r1", DAY), stored("r2", 2 * DAY))
    failed, older = proof("r2", 3 * DAY, Verdict.FAIL, "rows: 0"), proof("r1", 4 * DAY, Verdict.PASS)
    untested = proof("r2", 4 * DAY, Verdict.NOT_TESTED, "no server here")
    for later in ((), (older,), (untested,)):
        bad = proofs.open_failure(history(*kept, failed, *later), ("local",))
        assert bad is not None
        assert (bad.run, bad.problem) == ("r2", "rows: 0")
    newer = (stored("r3", 5 * DAY), proof("r3", 6 * DAY, Verdict.PASS))
    assert proofs.open_failure(history(*kept, failed, *newer), ("local",)) is None
    assert proofs.open_failure(history(*kept, failed, proof("r2", 4 * DAY, Verdict.PASS)), ("local",)) is None
    assert proofs.open_failure(history(*kept, failed), ("dr",)) is None, "the job is not kept there any more"


def test_an_older_backup_that_a_person_chose_renews_no_proof_and_makes_good_only_its_like() -> None:
    kept, passed = (stored("r1", DAY), stored("r2", 2 * DAY)), proof("r2", 3 * DAY, Verdict.PASS)
    picked = proof("r1", 9 * DAY, Verdict.PASS, picked_older=True)
    assert history(*kept, picked).last_proven is None
    found = history(*kept, passed, picked)
    assert (found.last_proven and found.last_proven.sequence, found.last_restored and found.last_restored.sequence) == (3, 4)
    failed = proof("r1", 3 * DAY, Verdict.FAIL, "rows: 0")
    bad = proofs.open_failure(history(*kept, failed, picked), ("local",))
    assert bad is not None, "it was the newest when it failed"
    assert bad.problem == "rows: 0"
    failed = proof("r1", 3 * DAY, Verdict.FAIL, "rows: 0", picked_older=True)
    assert proofs.open_failure(history(*kept, passed, failed), ("local",)) is not None
    assert proofs.open_failure(history(*kept, passed, failed, picked), ("local",)) is None


def test_copies_belong_to_their_run_and_end_the_failure_before() -> None:
    failure = facts.copy_failed(JOB, "r1", Instant(DAY), "dr", "no answer")
    assert history(stored("r1", DAY), failure).copy_failures == {"dr": (Instant(DAY), "no answer")}
    found = history(stored("r1", DAY), failure, facts.copied(JOB, "r1", Instant(2 * DAY), "dr", "abcdef"))
    assert found.copy_failures == {}
    assert found.backups[0].snapshot_in("dr") == "abcdef"
    assert found.backups[0].snapshot_in("elsewhere") is None
    newest, by_beginning = found.newest_copy("dr"), found.of_snapshot("abc")
    assert (newest and newest.run, by_beginning and by_beginning.run, found.of_snapshot("zzz")) == ("r1", "r1", None)


def test_only_a_passed_restore_proves_and_a_refused_one_no_longer_does() -> None:
    passed, failed = proof("r1", 2 * DAY, Verdict.PASS), proof("r1", 3 * DAY, Verdict.FAIL, "rows: 0")
    skipped = proof("r1", 4 * DAY, Verdict.NOT_TESTED, "no server here")
    assert history(stored("r1", DAY), failed, skipped).last_proven is None
    found = history(stored("r1", DAY), passed, failed, skipped)
    assert found.last_proven is not None
    assert (found.last_proven.sequence, found.last_proven.seconds, found.last_proven.data_age) == (2, 40.0, 3600.0)
    refusal = Fact(facts.CONFIRMED, Instant(5 * DAY), "malee", {"job": "erp-db", "test": 2, "person": "malee", "complete": False})
    assert history(stored("r1", DAY), passed, refusal).last_proven is None
    consent = Fact(facts.CONFIRMED, Instant(5 * DAY), "malee", {"job": "erp-db", "test": 2, "person": "malee", "complete": True})
    proven = history(stored("r1", DAY), passed, consent).last_proven
    assert proven is not None
    assert proven.confirmed_by == ("malee",)


def test_every_part_of_a_repository_comes_in_turn() -> None:
    done: list[verifications.Verification] = []
    parts = []
    for number in range(5):
        part = verifications.next_part(done, 3)
        parts.append(part)
        done.append(verifications.verification(facts.verified("local", Instant(number), part, 1.0, "")))
    assert parts == [(1, 3), (2, 3), (3, 3), (1, 3), (2, 3)]
    assert verifications.next_part(done, 7) == (1, 7)
    done.append(verifications.verification(facts.verified("local", Instant(9), (3, 3), 1.0, "pack gone")))
    assert verifications.next_part(done, 3) == (3, 3)


def test_verifications_are_read_out_of_facts() -> None:
    found = verifications.verifications(chained(facts.verified("local", Instant(5), (2, 7), 1.0, "pack gone"), stored("r1", DAY)))
    assert [(each.repository, each.part, each.parts, each.verdict, each.problem) for each in found] == [
        ("local", 2, 7, Verdict.FAIL, "pack gone")
    ]


def test_data_age_counts_from_the_newest_data() -> None:
    backup = history(stored("r1", DAY)).backups[0]
    assert proofs.data_age(Instant(DAY), backup) == 60.0
