"""What the facts of a run come to: where it is, what may begin, what is taken back, what was measured, what stays open."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wenyam.cli.dr_live import rows, title
from wenyam.dr import admission, facts
from wenyam.dr.checks import plan_checks
from wenyam.dr.clockwork import overdue
from wenyam.dr.course import Course, Stage, Undoing, courses
from wenyam.dr.ledger import ledger_of
from wenyam.dr.objectives import Figures, figures_of
from wenyam.dr.plan import is_through, needs, ready, to_take_back
from wenyam.dr.samples import plan_reading
from wenyam.dr.verdicts import ending, judged
from wenyam.engine.pipeline import WHY
from wenyam.model.backup import DAY, Verdict
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Inventory, Person, Text
from wenyam.model.recovery import Mode, Outcome, RecoveryPlan, failed, not_tested, passed
from wenyam.settings.loader import load
from wenyam.testing.recovery_plans import PLAN, write_configuration

START = Instant(1_800_000_000_000)
BY_HAND = {"do": "manual", "with": {"text": "back"}}
STEPS: list[dict[str, Any]] = [
    {"id": "down", "do": "pause", "modes": ["failover"]},
    {"id": "agree", "do": "approve"},
    {
        "parallel": [
            {"id": "left", "do": "pause", "undo": BY_HAND, "limit": "10m"},
            {"id": "right", "do": "pause", "undo": BY_HAND},
        ]
    },
    {"id": "users", "do": "user_test", "with": {"representatives": ["nid"]}},
]


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> RecoveryPlan:
    made = load(write_configuration(tmp_path_factory.mktemp("plan") / "c", STEPS)).recovery.plans[PLAN]
    return replace(made, recovery_time=4 * 3600.0)


class Story:
    """Writes the facts of one run, a second apart."""

    def __init__(self, plan: RecoveryPlan, mode: Mode = Mode.DRILL, run: str = "r1", at: Instant = START) -> None:
        self.plan, self.run, self.now = plan, run, at
        self.known: list[ChainedFact] = []
        self.add(facts.began(run, plan, mode, at, "somchai", reason="", version="1"))

    def add(self, fact: Fact) -> None:
        self.now = after(self.now, 1)
        self.known.append(ChainedFact(len(self.known) + 1, fact, "", ""))

    def begin(self, step: str, attempt: int = 1) -> None:
        self.add(facts.step_began(self.run, step, self.now, "somchai", attempt))

    def end(self, step: str, outcome: Outcome, *, again: bool = False, **said: Any) -> None:
        self.add(
            facts.step_ended(
                self.run, step, self.now, "somchai", attempt=1, outcome=outcome, seconds=1.0, evidence={}, said=said, again=again
            )
        )

    def do(self, *steps: str, **said: Any) -> None:
        for step in steps:
            self.begin(step)
            self.end(step, passed("fine"), **said)

    def decide(self, step: str, decision: str, **more: Any) -> None:
        self.add(facts.decided(self.run, step, self.now, "somchai", decision=decision, reason="because", **more))

    def undo(self, step: str, outcome: Outcome) -> None:
        self.add(facts.undo_began(self.run, step, self.now, "somchai"))
        self.add(facts.undone(self.run, step, self.now, "somchai", outcome=outcome, evidence={}))

    def finish(self) -> None:
        for fact in ending(self.plan, self.course, self.now, "somchai"):
            self.add(fact)

    @property
    def course(self) -> Course:
        return courses(self.known)[self.run]

    def ready(self) -> list[str]:
        return [step.id for step in ready(self.plan, self.course)]


NO_RPO = "every step passed, but no step showed how new the data was, so the data loss (RPO) is NOT TESTED"


def finished(story: Story) -> tuple[Verdict | None, str]:
    story.finish()
    return story.course.verdict, story.course.summary


def test_a_promise_that_nobody_measured_is_not_tested_and_the_run_is_no_pass(plan: RecoveryPlan) -> None:
    promised = replace(plan, recovery_point=900.0)

    def drilled(of: RecoveryPlan, **said: Any) -> Story:
        story = Story(of)
        story.do("agree", "left", "right", **said)
        story.do("users")
        for step in ("right", "left"):
            story.undo(step, passed("back"))
        return story

    assert finished(drilled(plan)) == (Verdict.PASS, "4 steps passed")
    assert finished(bare := drilled(promised)) == (Verdict.NOT_TESTED, NO_RPO)
    assert [each.what for each in ledger_of(bare.known).of(PLAN).findings] == [
        "No step showed how new the data was, so the data loss (RPO) is NOT TESTED"
    ]
    assert values(promised, bare, bare.now)[0]["dr_run_status"] == 0.0
    assert finished(drilled(promised, **{"left.newest_data": START}))[0] is Verdict.PASS
    no_users = replace(plan, steps=plan.steps[:-1])
    course = drilled(no_users).course
    assert judged(no_users, course, figures_of(no_users, course)) == (
        Verdict.NOT_TESTED,
        "every step passed, but no step showed when the service was back, so the recovery time (RTO) is NOT TESTED",
    )


@pytest.mark.parametrize("said", [True, False])
def test_a_failover_of_which_nobody_said_when_the_failure_began_measures_no_recovery_time(
    plan: RecoveryPlan, *, said: bool
) -> None:
    story = Story(plan, Mode.FAILOVER)
    if said:
        story.add(facts.moment("r1", story.now, "somchai", facts.FAILURE_BEGAN, after(START, -3600)))
    story.do("down", "agree", "left", "right", "users")
    unknown = "neither a person nor the watcher said when the failure began, so the recovery time (RTO) is NOT TESTED"
    assert finished(story) == (
        (Verdict.PASS, "5 steps passed") if said else (Verdict.NOT_TESTED, f"every step passed, but {unknown}")
    )


def test_a_clock_that_was_set_back_in_a_run_measures_no_recovery_time(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree")
    story.begin("left")
    story.now = after(story.now, -5000)  # and yet the step took an hour
    story.add(
        facts.step_ended(
            "r1", "left", story.now, "somchai", attempt=1, outcome=passed("fine"), seconds=3600.0, evidence={}, said={}
        )
    )
    story.do("right", "users")
    for step in ("right", "left"):
        story.undo(step, passed("back"))
    verdict, summary = finished(story)
    assert (verdict, "the clock was set back by 2 h 23 m" in summary) == (Verdict.NOT_TESTED, True)


def test_a_drill_of_another_version_counts_and_is_told_when_the_plan_does_something_else_now(tmp_path: Path) -> None:
    def version(number: int, **changes: Any) -> RecoveryPlan:
        steps = [{"id": "only", "do": "manual", "with": {"text": "move"}, **changes}]
        return load(write_configuration(tmp_path / f"c{number}", steps)).recovery.plans[PLAN]

    plan, same, other = version(1), version(2, title="Moved", limit="3h", who=["malee"]), version(3, **{"with": {"text": "stay"}})
    story = Story(plan)
    story.do("only")
    story.finish()
    for present, status in ((plan, 1.0), (same, 1.0), (other, 2.0)):
        found, why = values(present, story, story.now)
        assert (found["dr_drill_status"], "dr_last_drill_timestamp_seconds" in found) == (status, True)
    assert (
        why["drilled"]
        == f"drill r1 was of version {plan.digest[:8]}, and what the plan does was changed since (now {other.digest[:8]})"
    )
    assert "drilled" not in values(same, story, story.now)[1]
    assert "dr_drill_status" not in values(plan, Story(plan), START)[0]
    before = [*story.known]
    body = {name: value for name, value in before[0].fact.body.items() if name != "substance"}
    before[0] = replace(before[0], fact=replace(before[0].fact, body=body))
    story.known = before
    assert values(same, story, story.now)[0]["dr_drill_status"] == 2.0, "of an older program's run it is not known what it did"


def test_a_step_left_out_of_a_mode_passes_on_what_it_waits_for(plan: RecoveryPlan) -> None:
    assert needs(plan, Mode.FAILOVER)["agree"] == {"down"}
    drill = needs(plan, Mode.DRILL)
    assert [sorted(drill[name]) for name in ("agree", "left", "users")] == [[], ["agree"], ["left", "right"]]
    assert "down" in needs(plan, Mode.REHEARSAL)


def test_steps_whose_needs_are_met_run_side_by_side_and_a_failure_stops_all_until_somebody_decides(plan: RecoveryPlan) -> None:
    story = Story(plan)
    assert story.ready() == ["agree"]
    story.do("agree")
    assert story.ready() == ["left", "right"]
    story.begin("left")
    story.end("left", failed("no"))
    assert (story.ready(), [each.id for each in story.course.stopped]) == ([], ["left"])
    story.decide("left", "retry")
    assert story.ready() == ["left", "right"]
    story.begin("left", 2)
    story.end("left", failed("no"), again=True)
    assert story.course.step("left").stage is Stage.AGAIN
    story.begin("left", 3)
    story.end("left", not_tested("who knows"))
    story.decide("left", "done")
    assert (story.course.step("left").decided_by, story.ready()) == ("somchai", ["right"])


def test_what_is_skipped_is_over_and_never_a_pass(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree", "left")
    story.begin("right")
    story.decide("right", "skip", second="malee")
    story.end("right", failed("left"))
    assert (story.course.step("right").stage, story.course.step("right").decided_by) == (Stage.SKIPPED, "somchai and malee")
    story.do("users")
    assert is_through(plan, story.course)
    verdict, summary = judged(plan, story.course, figures_of(plan, story.course))
    assert (verdict, summary) == (Verdict.NOT_TESTED, "1 of 4 steps proved nothing: right")


def test_what_was_done_is_taken_back_last_first_and_what_did_not_pass_before_it(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree", "right", "left")
    assert [step.id for step in to_take_back(plan, story.course)] == ["left", "right"]
    unfinished = Story(plan)
    unfinished.do("agree", "left")
    unfinished.begin("right")
    unfinished.end("right", failed("half done"))
    unfinished.decide("", "abort")
    assert unfinished.course.aborted
    assert unfinished.ready() == []
    assert [step.id for step in to_take_back(plan, unfinished.course)] == ["right", "left"]
    unfinished.undo("right", failed("stuck"))
    assert unfinished.course.step("right").undoing is Undoing.STOPPED
    unfinished.decide("right", "skip", second="malee")
    assert unfinished.course.step("right").undoing is Undoing.LEFT


def test_the_four_times_and_both_objectives(plan: RecoveryPlan) -> None:
    story = Story(plan, Mode.FAILOVER)
    failure = after(START, -600)
    story.add(facts.moment("r1", story.now, "somchai", facts.FAILURE_BEGAN, failure))
    story.do("down")
    story.do("agree", **{"agree.decided_at": after(START, 30)})
    story.do(
        "left", "right", **{"left.newest_data": after(failure, -20), "right.newest_data": after(failure, -5), "left.rows_lost": 3}
    )
    story.do("users")
    found = figures_of(plan, story.course)
    assert (found.failure_began, found.detected, found.declared) == (failure, START, after(START, 30))
    assert found.recovery_time == pytest.approx(600 + 12, abs=2)
    assert (found.recovery_point, found.rows_lost, found.service_time) == (20.0, 3, None)
    assert found.missed == ()
    short = replace(plan, recovery_time=60.0, recovery_point=10.0)
    verdict, summary = judged(short, story.course, figures_of(short, story.course))
    assert verdict is Verdict.FAIL
    assert "recovery took 10 m 1" in summary
    assert "data was lost for 20 s against a target of 10 s" in summary


def test_a_planned_move_of_an_idle_database_loses_nothing_where_the_replica_had_all(plan: RecoveryPlan) -> None:
    strict, day_old = replace(plan, recovery_point=900.0), after(START, -86_400)
    idle, all_came = {"left.newest_data": day_old, "right.newest_data": day_old}, {"left.has_all": True, "right.has_all": True}

    def found(**said: object) -> Figures:
        story = Story(strict, Mode.SWITCHOVER)
        story.do("left", "right", **said)
        return figures_of(strict, story.course)

    assert (found(**idle, **all_came).recovery_point, found(**idle, **all_came).missed) == (0.0, ())
    assert found(**all_came).recovery_point == 0.0, "MariaDB keeps no time of a commit, and needs none here"
    assert found(**idle, **{"left.has_all": True}).recovery_point == 86_400.0, "of the other nobody knows that all came"
    assert found(**idle, **all_came, **{"left.rows_lost": 2}).recovery_point == 86_400.0, "rows were lost all the same"
    assert found(**idle).missed == ("data was lost for 1 d against a target of 15 m",)
    assert found().recovery_point is None


def test_each_step_has_its_clock_and_a_real_move_the_recovery_time(plan: RecoveryPlan) -> None:
    story = Story(plan, Mode.FAILOVER)
    story.do("down", "agree")
    story.begin("left")
    assert overdue(plan, story.course, after(story.now, 300)) == []
    assert overdue(plan, story.course, after(story.now, 660)) == ["step 'left' is overdue: 11 m 1 s of 10 m"]
    late = overdue(plan, story.course, after(story.now, 5 * 3600))
    assert any(sentence.startswith("the recovery time is over: 5 h") for sentence in late)


@pytest.fixture
def drilled(plan: RecoveryPlan) -> Story:
    story = Story(plan)
    story.do("agree", "left", "right", "users")
    story.undo("right", passed("back"))
    story.undo("left", passed("back"))
    story.finish()
    return story


def values(plan: RecoveryPlan, story: Story, now: Instant) -> tuple[dict[str, float], dict[str, str]]:
    reading = plan_reading(plan, ledger_of(story.known).of(plan.name), now)
    why = {name.removeprefix(WHY): str(text) for name, text in reading.facts.items()}
    return {family.name: family.values[0] for family in reading.families}, why


def test_a_good_drill_is_a_green_row_and_one_that_never_was_is_none(plan: RecoveryPlan, drilled: Story) -> None:
    found, why = values(plan, drilled, drilled.now)
    assert found["dr_last_drill_timestamp_seconds"] == pytest.approx(drilled.now / 1000, abs=2)
    assert (found["dr_run_status"], found["dr_run_overdue"], found["dr_findings_status"]) == (1.0, 0.0, 1.0)
    assert (found["dr_rehearsal_status"], "never rehearsed" in why["rehearsed"]) == (3.0, True)
    empty, _ = values(plan, Story(plan), START)
    assert "dr_last_drill_timestamp_seconds" not in empty
    crit = {check.name: getattr(check.parameters, "crit", None) for check in plan_checks(plan)}
    assert (crit["last-drill"], crit["rehearsal-age"]) == (365 * DAY, 35 * DAY)


def test_a_run_in_progress_that_is_late_or_waits_for_a_decision_is_a_red_row(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree")
    story.begin("left")
    assert values(plan, story, after(story.now, 60))[0]["dr_run_overdue"] == 0.0
    assert values(plan, story, after(story.now, 660))[0]["dr_run_overdue"] == 1.0
    story.end("left", failed("no answer"))
    found, why = values(plan, story, story.now)
    assert (found["dr_run_overdue"], why["under-way"]) == (1.0, "step 'left' waits for a decision: no answer")


def test_a_finding_is_open_until_closed_and_red_after_its_date(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree", "left")
    story.begin("right")
    story.end("right", failed("no"))
    story.decide("right", "done")
    story.do("users")
    story.finish()
    (finding,) = ledger_of(story.known).of(PLAN).findings
    assert finding.what == "Step 'right' counts as done because somchai said so: no"
    assert (finding.owner, finding.number) == ("somchai", "r1/1")
    assert values(plan, story, story.now)[0]["dr_findings_status"] == 2.0
    assert values(plan, story, after(story.now, 31 * DAY))[0]["dr_findings_status"] == 3.0
    story.add(facts.finding_closed("r1", PLAN, story.now, "malee", number="r1/1", reason="mended"))
    found, _ = values(plan, story, after(story.now, 31 * DAY))
    assert (found["dr_findings_status"], found["dr_findings_open"]) == (1.0, 0.0)


def test_what_failed_and_counts_as_done_by_somebodys_word_is_no_proof(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree", "left")
    story.begin("right")
    story.end("right", failed("the page answers with 500"))
    story.decide("right", "done")
    story.do("users")
    for name in ("right", "left"):
        story.undo(name, passed("back"))
    verdict, summary = judged(plan, story.course, figures_of(plan, story.course))
    assert (verdict, summary) == (Verdict.NOT_TESTED, "1 of 4 steps failed and only somebody's word says otherwise: right")


def test_an_approval_counts_no_more_when_the_plan_was_changed_or_who_signed_takes_the_run_up(plan: RecoveryPlan) -> None:
    story = Story(plan)

    def resume(actor: str, digest: str = plan.digest) -> Stage:
        story.add(facts.resumed("r1", story.now, actor, digest=digest, reason="night shift"))
        return story.course.step("agree").stage

    story.begin("agree")
    story.add(
        facts.approved(
            "r1", "agree", story.now, "somchai", person="malee", digest=plan.digest, reason="", text="t", nonce="n", key="k"
        )
    )
    story.end("agree", passed("approved by malee"))
    assert story.ready() == ["left", "right"]
    assert resume("somchai") is Stage.PASSED
    assert resume("nid") is Stage.PASSED
    assert resume("malee") is Stage.WAITING
    assert story.ready() == ["agree"]
    story.do("agree", "left", "right")
    assert story.ready() == ["users"]
    assert resume("somchai", "another version") is Stage.WAITING
    assert story.ready() == ["agree"], "what comes long after it waits too"
    story.do("agree", "users")
    story.undo("right", passed("back"))
    assert resume("malee", "another version") is Stage.PASSED, "taking back needs nobody's leave"


def test_a_rehearsal_that_is_still_to_come_proves_nothing(plan: RecoveryPlan) -> None:
    story = Story(plan, Mode.REHEARSAL, at=after(START, 543 * 365 * DAY))
    story.do("down", "agree", "left", "right", "users")
    story.finish()
    assert "which is still to come: one of two clocks is wrong" in admission.unproven(plan, [story.course], START)


def test_a_plan_is_refused_without_a_good_young_rehearsal_of_this_version_but_a_failover_goes_on_with_a_reason(
    plan: RecoveryPlan,
) -> None:
    def why(*stories: Story, now: Instant = START, asked: RecoveryPlan = plan) -> str:
        return admission.unproven(asked, [story.course for story in stories], now)

    good, bad = Story(plan, Mode.REHEARSAL), Story(plan, Mode.REHEARSAL, "r2")
    good.do("down", "agree", "left", "right", "users")
    good.finish()
    bad.begin("down")
    bad.end("down", not_tested("who knows"))
    bad.finish()
    assert "never rehearsed" in why()
    assert why(good) == ""
    assert "last rehearsal (r2) is NOT TESTED" in why(good, bad)
    assert "older than 35 d" in why(good, now=after(good.now, 36 * DAY))
    assert "was changed since its last rehearsal" in why(good, asked=replace(plan, digest="other"))
    for mode, reason in ((Mode.DRILL, "haste"), (Mode.SWITCHOVER, "haste"), (Mode.FAILOVER, " ")):
        with pytest.raises(admission.RunRefusedError):
            admission.require_proven(plan, mode, [bad.course], START, reason)
    assert "NOT TESTED" in admission.require_proven(plan, Mode.FAILOVER, [bad.course], START, "the main site burns")
    assert admission.require_proven(plan, Mode.REHEARSAL, [], START, "") == ""


def test_one_run_at_a_time_and_the_sentence_says_how_the_other_comes_to_its_end(plan: RecoveryPlan) -> None:
    story = Story(plan)
    with pytest.raises(admission.RunRefusedError, match="or end it: wenyam dr abort r1"):
        admission.require_only_run(plan, [story.course])
    story.decide("", "abort")
    with pytest.raises(admission.RunRefusedError, match=r"was given up.* Take back what it did: wenyam dr resume r1"):
        admission.require_only_run(plan, [story.course])


def test_rights_for_practice_are_no_rights_for_the_real_thing(plan: RecoveryPlan) -> None:
    people = {
        "chief": Person("chief", Text("ก", "a"), roles=("dr_committee",)),
        "hand": Person("hand", Text("ข", "b"), roles=("operator",)),
    }
    inventory = Inventory(people=people)
    parted = replace(plan, rights=replace(plan.rights, drill=("role:operator",), real=("chief",)))
    allowed = {(who, mode): admission.may_run(parted, mode, who, inventory) for who in (*people, "root") for mode in Mode}
    assert {who for (who, mode), yes in allowed.items() if yes and not mode.is_real} == {"hand"}
    assert {who for (who, mode), yes in allowed.items() if yes and mode.is_real} == {"chief"}
    with pytest.raises(admission.NotAllowedError, match="root is nobody in 'people'"):
        admission.require_right(parted, Mode.DRILL, "root", inventory)
    with pytest.raises(admission.RunRefusedError, match="run by the Wenyam at site 'dr'"):
        admission.require_site(parted, Mode.FAILOVER, "main")


def test_what_another_kind_of_fact_says_changes_nothing(plan: RecoveryPlan, tmp_path: Path) -> None:
    story = Story(plan)
    story.add(facts.step_began("another", "left", story.now, "x", 1))
    assert story.course.steps == {}


def test_the_live_view_shows_each_step_with_its_clock(plan: RecoveryPlan) -> None:
    story = Story(plan)
    story.do("agree")
    story.begin("left")
    now = after(story.now, 660)
    found = {name: (symbol, clock) for symbol, name, _, clock in rows(plan, story.course, now)}
    assert found == {"agree": ("✔", ""), "left": ("▶", "11 m 1 s of 10 m OVERDUE"), "right": ("·", ""), "users": ("·", "")}
    assert title(plan, story.course, now).endswith("of 4 h (RTO)")
    story.end("left", passed("fine"))
    story.undo("left", passed("back"))
    assert next(iter(rows(plan, story.course, now)))[0] == "✔"
    assert [symbol for symbol, name, *_ in rows(plan, story.course, now) if name == "left"] == ["↶"]
