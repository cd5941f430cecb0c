"""What facts say of a job becomes samples, verdicts and reasons; what never happened is never good."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest

from wenyam import plugins
from wenyam.backup import catalogue, facts, samples, verifications
from wenyam.backup.catalogue import History
from wenyam.backup.contract import ReadBack
from wenyam.backup.job_checks import envelope_checks, job_checks, repository_checks
from wenyam.engine.pipeline import WHY, explained
from wenyam.model.backup import BackupJob, BackupPlan, RepositoryPlan, RestorePlan, Verdict, VerifyPlan
from wenyam.model.calendar import Run, RunOutcome, Schedule
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import CheckPlan, SecretReference
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Reading, SampleSet
from wenyam.model.states import CheckResult, State
from wenyam.testing.backup_facts import JOB, confirmed, proof, stored

HOUR, DAY = 3600.0, 86_400.0
RULES = Path(__file__).parents[3] / "config" / "prometheus" / "wenyam-alerts.rules.yaml"
PAGE = Path(__file__).parents[3] / "docs" / "reference" / "backup-states.md"
NOW = Instant(1_790_000_000_000)
MAIN = RepositoryPlan("main", "local", None, SecretReference("file", "/k"), "office", verify=VerifyPlan())


def ago(seconds: float) -> Instant:
    return after(NOW, -seconds)


def chained(*written: Fact) -> list[ChainedFact]:
    numbers = count(1)
    return [ChainedFact(next(numbers), fact, "", "") for fact in written]


def history(*written: Fact) -> History:
    return catalogue.histories(chained(*written)).get(JOB.name) or History(JOB.name)


def verdicts(reading: Reading, plans: Sequence[CheckPlan]) -> dict[str, CheckResult]:
    """Judge as the engine does: an optional check of which nothing was read does not exist yet."""
    found, given = {}, SampleSet(reading.families)
    for plan in plans:
        judge = plugins.load(plugins.CHECKS, plan.check)
        if plan.optional and not any(given.family(name) for name in judge.needs(plan.parameters)):
            continue
        result = judge.judge(plan.parameters, given, NOW)
        found[plan.name] = explained(result, reading.facts.get(WHY + plan.name, ""))
    return found


def judged(*written: Fact, job: BackupJob = JOB, missed: Sequence[Run] = ()) -> dict[str, CheckResult]:
    return verdicts(samples.job_reading(job, history(*written), missed), job_checks(job))


def states(results: dict[str, CheckResult]) -> dict[str, State]:
    return {name: result.state for name, result in results.items()}


GOOD = (
    stored("r1", ago(2 * HOUR)),
    facts.copied(JOB, "r1", ago(HOUR), "dr", "copy-r1"),
    proof("r1", ago(HOUR)),
)


def test_a_job_of_which_nothing_is_on_record_is_critical_and_shows_no_number() -> None:
    reading = samples.job_reading(JOB, History(JOB.name), ())
    assert [(family.name, family.values) for family in reading.families] == [("backup_runs_missed", (0.0,))]
    found = verdicts(reading, job_checks(JOB))
    assert states(found) == {
        "last-success": State.CRIT, "missed": State.OK, "proven": State.CRIT, "copy-dr": State.CRIT,
    }  # fmt: skip
    assert found["last-success"].summary == "erp-db was never backed up"
    assert found["proven"].summary == "no restore of erp-db was ever proven"
    assert found["copy-dr"].summary == "no backup of erp-db was ever copied to 'dr'"


def test_a_job_that_is_backed_up_copied_and_proven_is_green() -> None:
    assert set(states(judged(*GOOD)).values()) == {State.OK}


def test_its_samples_have_their_names_in_the_register() -> None:
    reading = samples.job_reading(JOB, history(*GOOD), ())
    values = {family.name: family.values[0] for family in reading.families}
    assert values == {
        "backup_last_success_timestamp_seconds": ago(2 * HOUR) / 1000, "backup_size_bytes": 4096.0, "backup_runs_missed": 0.0,
        "backup_run_status": 1.0, "backup_size_status": 1.0, "backup_copy_last_success_timestamp_seconds": ago(2 * HOUR) / 1000,
        "restore_last_proven_timestamp_seconds": ago(HOUR) / 1000, "restore_duration_seconds": 42.5, "restore_test_status": 1.0,
    }  # fmt: skip
    assert set(values) <= set(SAMPLES)
    assert set(reading.facts) == set()


def test_a_success_older_than_the_limit_is_critical_and_says_what_the_last_run_said() -> None:
    failed = facts.failed(JOB, "r2", ago(HOUR), "the disk is\nfull", 2)
    found = judged(stored("r1", ago(27 * HOUR)), failed)
    assert found["last-success"].state is State.CRIT
    assert found["last-success"].summary == "backup last success 1 d 3 h ago, limit 1 d 2 h: the disk is full"
    assert (found["last-run"].state, found["last-run"].summary) == (State.CRIT, "backup run failed: the disk is full")
    again = judged(stored("r1", ago(27 * HOUR)), failed, stored("r3", ago(60)))
    assert (again["last-success"].state, again["last-run"].state) == (State.OK, State.OK)


def test_an_older_backup_that_a_person_chose_makes_neither_a_due_proof_green_nor_one_that_is_open() -> None:
    kept, picked = (stored("r0", ago(60 * 24 * HOUR)), *GOOD[:2]), proof("r0", ago(60), picked_older=True)
    only = judged(*kept, picked)
    assert (only["proven"].state, only["restore-test"].state) == (State.CRIT, State.UNKNOWN)
    untested = "NOT TESTED: only an older backup that a person chose was restored"
    assert only["restore-test"].summary == f"restore test unknown: {untested}"
    due = judged(kept[0], proof("r0", ago(40 * 24 * HOUR)), *GOOD[:2], picked)
    assert (due["proven"].state, due["proven"].value, due["restore-test"].state) == (State.CRIT, 40 * 24 * HOUR, State.OK)
    unproven = proof("r1", ago(HOUR), Verdict.NOT_TESTED, "no server here")
    assert judged(*kept, unproven, picked)["restore-test"].summary == "restore test unknown: NOT TESTED: no server here"


def test_an_incomplete_run_is_no_success() -> None:
    found = judged(*GOOD, stored("r2", ago(HOUR), problem="1 of the planned paths is not in the snapshot"))
    assert found["last-run"].state is State.CRIT
    assert found["last-success"].value == 2 * HOUR


def test_a_size_that_nobody_explained_is_a_warning_until_a_person_does() -> None:
    odd = stored("r2", ago(HOUR), size=10, problem="size -99%", anomaly=True)
    found = judged(*GOOD, odd)
    assert (found["size"].state, found["size"].summary) == (State.WARN, "backup size degraded: size -99%")
    assert found["last-run"].state is State.OK
    later = judged(*GOOD, odd, stored("r3", ago(60)))
    assert later["size"].state is State.WARN
    explained_size = facts.size_accepted(JOB.name, "r2", ago(30), "somchai", "archive moved")
    assert judged(*GOOD, odd, explained_size)["size"].state is State.OK


def test_runs_that_nobody_started_are_critical() -> None:
    missed = [Run("backup-erp-db", ago(DAY), RunOutcome.MISSED), Run("backup-erp-db", ago(HOUR), RunOutcome.MISSED)]
    found = judged(*GOOD, missed=missed)["missed"]
    assert (found.state, found.value) == (State.CRIT, 2.0)
    assert found.summary.startswith("backup runs missed 2 ≥ 1: the last was due 2026-09-21T")


@pytest.mark.parametrize(
    ("verdict", "state", "summary"),
    [
        (Verdict.FAIL, State.CRIT, "restore test failed: rows of public.customer: 10, not 9"),
        (Verdict.NOT_TESTED, State.UNKNOWN, "restore test unknown: NOT TESTED: rows of public.customer: 10, not 9"),
    ],
)
def test_a_restore_that_failed_or_was_not_tested_proves_nothing(verdict: Verdict, state: State, summary: str) -> None:
    test = proof("r1", ago(HOUR), verdict, "rows of public.customer: 10, not 9")
    found = judged(*GOOD[:2], test)
    assert (found["restore-test"].state, found["restore-test"].summary) == (state, summary)
    assert found["proven"].state is State.CRIT
    assert found["proven"].summary.startswith("no restore of erp-db was ever proven: last restore test: ")
    after_a_pass = judged(*GOOD, proof("r1", ago(60), verdict, "no"))
    assert (after_a_pass["proven"].state, after_a_pass["restore-test"].state) == (State.OK, state)


def test_a_restore_that_a_user_representative_refused_proves_nothing() -> None:
    found = judged(*GOOD, confirmed(3, ago(60), "malee", complete=False))
    assert found["proven"].summary == "no restore of erp-db was ever proven: last restore test: refused by malee"
    assert found["restore-test"].summary == "restore test failed: refused by malee"
    assert judged(*GOOD, confirmed(3, ago(60), "malee"))["proven"].state is State.OK


def test_a_proof_grows_old_and_asks_before_it_is_too_late_where_nothing_is_scheduled() -> None:
    def proven(age: float, job: BackupJob = JOB) -> CheckResult:
        return judged(stored("r1", ago(HOUR)), proof("r1", ago(age)), job=job)["proven"]

    assert proven(27 * DAY).state is State.OK
    assert proven(28 * DAY).state is State.WARN
    assert proven(40 * DAY).state is State.CRIT
    assert proven(40 * DAY).summary == "restore last proven 40 d ago, limit 35 d"
    scheduled = replace(JOB, restore=RestorePlan(Schedule("monthly 1 09:00")))
    assert (proven(34 * DAY, scheduled).state, proven(35 * DAY, scheduled).state) == (State.OK, State.CRIT)


def test_a_copy_is_behind_after_the_jobs_limit_and_too_old_one_run_later() -> None:
    def copy(age: float, *more: Fact) -> CheckResult:
        old = stored("r0", ago(age))
        return judged(old, facts.copied(JOB, "r0", ago(age), "dr", "c0"), stored("r1", ago(HOUR)), *more)["copy-dr"]

    assert copy(25 * HOUR).state is State.OK
    assert copy(26 * HOUR).state is State.WARN
    failure = facts.copy_failed(JOB, "r1", ago(HOUR), "dr", "no answer from 203.0.113.9")
    found = copy(50 * HOUR, failure)
    assert found.state is State.CRIT
    assert found.summary == "backup copy last success dr 2 d 2 h ago, limit 2 d 2 h: no answer from 203.0.113.9"


def test_every_check_names_the_command_that_mends_it_in_both_languages() -> None:
    for plan in (*job_checks(JOB), *repository_checks(MAIN), *envelope_checks(BackupPlan())):
        assert plan.runbook is not None, plan.name
        assert "wenyam " in plan.runbook.th
        assert "wenyam " in plan.runbook.en
        assert plan.runbook.th != plan.runbook.en
    commands = {plan.name: plan.runbook.en.split(": ", 1)[1] for plan in job_checks(JOB) if plan.runbook}
    assert commands["last-success"] == "wenyam backup run erp-db"
    assert commands["proven"] == "wenyam restore test erp-db"
    assert commands["size"] == "wenyam backup accept-size erp-db --reason …"


def verified(*done: tuple[float, int, int, str]) -> dict[str, CheckResult]:
    written = [
        facts.verified("main", ago(age), (part, parts) if part else None, 9.0, problem) for age, part, parts, problem in done
    ]
    other = facts.verified("dr", ago(60), (1, 1), 9.0, "damaged")
    reading = samples.repository_reading(MAIN, verifications.verifications(chained(*written, other)))
    return verdicts(reading, repository_checks(MAIN))


def test_a_repository_that_was_never_read_back_is_critical() -> None:
    assert {name: (result.state, result.summary) for name, result in verified().items()} == {
        "verified": (State.CRIT, "the data in 'main' was never read back")
    }
    assert verified((HOUR, 0, 0, ""))["verified"].state is State.CRIT, "the structure alone is no data"


def test_reading_back_is_overdue_when_its_run_is() -> None:
    assert states(verified((7 * DAY, 1, 7, ""))) == {"verified": State.OK, "verification": State.OK}
    assert verified((7 * DAY + 19 * HOUR, 1, 7, ""))["verified"].state is State.CRIT


def test_only_what_read_the_share_that_is_due_counts_as_reading_back() -> None:
    assert verified((HOUR, 1, 8, ""))["verified"].state is State.CRIT, "one of eight parts is less than one of seven"
    assert verified((8 * DAY, 1, 7, ""), (HOUR, 1, 256, ""))["verified"].state is State.CRIT
    assert verified((8 * DAY, 1, 7, ""), (HOUR, 2, 3, ""))["verified"].state is State.OK


@pytest.mark.parametrize(
    ("read", "state"), [(ReadBack(0, 3), State.CRIT), (ReadBack(1, 3), State.OK), (ReadBack(0, 0), State.OK), (None, State.OK)]
)
def test_a_part_that_held_none_of_the_data_is_not_reading_back(read: ReadBack | None, state: State) -> None:
    written = chained(facts.verified("main", ago(HOUR), (1, 7), 9.0, "", read=read))
    reading = samples.repository_reading(MAIN, verifications.verifications(written))
    assert verdicts(reading, repository_checks(MAIN))["verified"].state is state


def test_a_fault_stays_open_until_the_same_part_or_all_of_it_was_seen_whole() -> None:
    fault = (9 * HOUR, 3, 7, "pack 4f2a is damaged")
    found = verified(fault)["verification"]
    assert (found.state, found.summary) == (State.CRIT, "repository main failed: pack 4f2a is damaged")
    assert verified(fault, (8 * HOUR, 4, 7, ""))["verification"].state is State.CRIT
    assert verified(fault, (8 * HOUR, 0, 0, ""))["verification"].state is State.CRIT
    assert verified(fault, (8 * HOUR, 3, 7, ""))["verification"].state is State.OK
    assert verified(fault, (8 * HOUR, 1, 1, ""))["verification"].state is State.OK
    assert verified((9 * HOUR, 0, 0, "no answer"), (8 * HOUR, 4, 7, ""))["verification"].state is State.OK


def test_a_text_that_was_not_stored_because_of_its_lines_waits_for_a_reason_until_it_is_given_or_usual_again() -> None:
    job = replace(JOB, copies=())
    refused = facts.failed(job, "r2", ago(60), "it has 9 lines, the last good copy 400", 1, lines=9)
    waiting = judged(GOOD[0], refused, job=job)
    assert (waiting["size"].state, waiting["last-run"].state) == (State.WARN, State.CRIT)
    assert "it has 9 lines" in waiting["size"].summary
    accepted = facts.size_accepted(job.name, "r2", ago(50), "anong", "rebuilt", lines=9)
    assert judged(GOOD[0], refused, accepted, job=job)["size"].state is State.OK
    assert history(GOOD[0], refused, accepted).accepted_lines == 9
    usual = stored("r3", ago(40), job=job)
    assert judged(GOOD[0], refused, usual, job=job)["size"].state is State.OK
    assert history(GOOD[0], refused, accepted, usual).accepted_lines is None


def test_the_alerts_of_prometheus_ask_for_checks_that_exist() -> None:
    names = {plan.name for plan in (*job_checks(JOB), *repository_checks(MAIN), *envelope_checks(BackupPlan()))}
    asked = re.findall(r'check=~?"([^"]+)",device=""', RULES.read_text(encoding="utf-8"))
    assert len(asked) >= 10
    unheard = {pattern for pattern in asked if not any(re.fullmatch(pattern, name) for name in names)}
    assert unheard == set()
    assert {name for name in names if not any(re.fullmatch(pattern, name) for pattern in asked)} == set()


def test_the_page_of_backup_states_tells_of_every_check_and_of_nothing_else() -> None:
    told = set(re.findall(r"^\| `([a-z-]+)(?:REPOSITORY)?`", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    plans = (*job_checks(JOB), *repository_checks(MAIN), *envelope_checks(BackupPlan()))
    assert told == {samples.COPY if plan.name.startswith(samples.COPY) else plan.name for plan in plans}
