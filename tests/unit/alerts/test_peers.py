"""What is asked of another Wenyam, what its answers mean, and which head of its chain is believed."""

from typing import Any

import pytest

from wenyam.alerts.health import HealthAnswer, SaidFact
from wenyam.alerts.peer_checks import answered, peer_checks, silent, subject_of
from wenyam.alerts.peer_heads import (
    PeerHead,
    accepted,
    advanced,
    as_fact,
    is_due,
    read_heads,
    shown_head,
    trouble,
)
from wenyam.checks.status import StatusCheck
from wenyam.checks.threshold import ThresholdCheck
from wenyam.i18n.translate import translator
from wenyam.model.guarding import PeerPlan
from wenyam.model.instants import Instant, after
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Reading, SampleSet
from wenyam.model.states import State

PLAN = PeerPlan("dr", "https://192.0.2.7:9710")
NOW = Instant(1_792_000_000_000)
ZONE = "Asia/Bangkok"
GOOD = HealthAnswer(
    instance="dr-site", at=0, heartbeat_age=0.5, blind=False, head=SaidFact(sequence=90, digest="b" * 64, at=5),
    shown=SaidFact(sequence=80, digest="a" * 64),
)  # fmt: skip
KEPT = PeerHead("dr", "dr-site", 80, "a" * 64, Instant(4), NOW)


def verdicts(reading: Reading) -> dict[str, State]:
    samples = SampleSet(reading.families)
    judges: dict[str, Any] = {"status": StatusCheck, "threshold": ThresholdCheck}
    return {plan.name: judges[plan.check].judge(plan.parameters, samples, NOW).state for plan in peer_checks(PLAN)}


def test_a_peer_that_is_well_is_green_everywhere() -> None:
    reading = answered(PLAN, GOOD, 0.2, "")
    assert set(verdicts(reading).values()) == {State.OK}
    assert reading.facts == {}
    assert all(family.name in SAMPLES for family in reading.families)


@pytest.mark.parametrize(
    ("changes", "skew", "chain", "red"),
    [
        ({"blind": True}, 0.0, "", {"sight": State.CRIT}),
        ({"heartbeat_age": 20.0}, 0.0, "", {"heartbeat": State.CRIT}),
        ({"store_problem": "disk full"}, 0.0, "", {"store": State.CRIT}),
        ({"alerts_pending": 1, "alerts_oldest": 601.0}, 0.0, "", {"alerts": State.CRIT}),
        ({"silent": ("alerts",)}, 0.0, "", {"alerts": State.CRIT}),
        ({}, 6.0, "", {"clock": State.WARN}),
        ({}, 0.0, "its end was cut off", {"chain": State.CRIT}),
        ({"head": None, "store_problem": "silent"}, 0.0, "", {"store": State.CRIT, "chain": State.UNKNOWN}),
    ],
)
def test_each_trouble_of_a_peer_is_its_own_check(
    changes: dict[str, object], skew: float, chain: str, red: dict[str, State]
) -> None:
    reading = answered(PLAN, GOOD.model_copy(update=changes), skew, chain)
    assert {name: state for name, state in verdicts(reading).items() if state is not State.OK} == red


def test_a_silent_peer_says_nothing_else_but_one_lost_answer_is_forgiven() -> None:
    before = answered(PLAN, GOOD.model_copy(update={"blind": True}), 0.0, "").families
    once = verdicts(silent("no answer", before))
    assert (once["answers"], once["sight"]) == (State.CRIT, State.CRIT)
    gone = verdicts(silent("no answer", ()))
    assert gone.pop("answers") is State.CRIT
    assert set(gone.values()) == {State.UNKNOWN}


def test_every_check_of_a_peer_has_a_first_step_in_thai_and_english() -> None:
    for plan in peer_checks(PLAN):
        assert plan.runbook is not None
        assert plan.runbook.th == translator("th")(plan.runbook.en) != plan.runbook.en
    assert str(subject_of(PLAN)) == "monitor:peer-dr"


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, ""),
        ({"head": None}, ""),
        ({"instance": "another"}, "it is 'another' now and was 'dr-site'"),
        ({"head": SaidFact(sequence=79, digest="c" * 64)}, "its chain ends at fact 79 and had reached 80: its end was cut off"),
        ({"shown": None}, "it does not show fact 80, whose digest is kept here"),
        ({"shown": SaidFact(sequence=81, digest="a" * 64)}, "it does not show fact 80, whose digest is kept here"),
        (
            {"shown": SaidFact(sequence=80, digest="c" * 64)},
            "fact 80 is another than the one whose digest is kept here: its past was changed",
        ),
    ],
)
def test_a_chain_must_go_on_from_the_head_that_is_kept(changes: dict[str, object], words: str) -> None:
    assert trouble(KEPT, GOOD.model_copy(update=changes)) == words
    assert trouble(None, GOOD.model_copy(update=changes)) == ""


def test_heads_are_written_down_once_an_hour_and_when_a_day_begins() -> None:
    assert is_due(None, NOW, ZONE)
    assert not is_due(KEPT, after(NOW, 3599), ZONE)
    assert is_due(KEPT, after(NOW, 3600), ZONE)
    assert is_due(KEPT, after(NOW, -3600), ZONE)  # the clock was set back
    late = PeerHead("dr", "dr-site", 80, "a" * 64, Instant(4), Instant(1_791_997_199_000))  # 23:59:59 in Bangkok
    assert is_due(late, Instant(1_791_997_200_000), ZONE) is (late.written is not None)


def test_the_newest_head_on_record_is_the_one_that_is_kept_and_a_person_may_set_another() -> None:
    shown = shown_head("dr", GOOD)
    assert shown is not None
    assert advanced(KEPT, shown).written == NOW
    person = accepted(PeerHead("dr", "dr-site", 3, "d" * 64, Instant(1)), after(NOW, 9), "somchai", "restored from backup")
    assert (person.actor, person.body["reason"]) == ("somchai", "restored from backup")
    found = read_heads([as_fact(KEPT, NOW), as_fact(shown, after(NOW, 5)), person])
    assert (found["dr"].sequence, found["dr"].written) == (3, after(NOW, 9))
    assert shown_head("dr", GOOD.model_copy(update={"head": None})) is None
