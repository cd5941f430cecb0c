"""The outbox is the fold of its facts: what is pending, what was told, how much went out in the last hour."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.alerts import facts
from wenyam.alerts.outbox import Outbox
from wenyam.model.alerting import Delivery, Event, Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant, after
from wenyam.testing.incident_cases import THURSDAY


def raised(
    key: str = "k", *, event: Event = Event.OPENED, severity: Severity = Severity.CRITICAL, at: Instant = THURSDAY,
    parts: tuple[str, ...] = ("Q4RM:opened:0",), channel: str = "hook",
) -> Fact:  # fmt: skip
    return facts.raised(
        key, at, channel=channel, event=event, severity=severity, people=("somchai", "malee"), parts=parts, route="all", step=1
    )


def delivered(key: str = "k", at: Instant = THURSDAY) -> Fact:
    return facts.delivered(key, at, "hook", Delivery("taken"), tries=1, title="DOWN core-1")


def test_what_was_raised_waits_with_everything_it_said() -> None:
    outbox = Outbox.of([raised(parts=("Q4RM:opened:0", "7HKD:opened:0", "Q4RM:worsened:0"))])
    (notice,) = outbox.waiting("hook")
    assert (notice.codes, notice.people, notice.route, notice.step) == (("Q4RM", "7HKD"), ("somchai", "malee"), "all", 1)
    assert outbox.waiting("mail") == []
    assert list(outbox.told["7HKD"]) == [("hook", ("somchai", "malee"))]
    assert outbox.severity_told == {"Q4RM": Severity.CRITICAL, "7HKD": Severity.CRITICAL}


@pytest.mark.parametrize("kind", [facts.PASSED_ON, facts.DROPPED, facts.MERGED])
def test_every_end_takes_it_out_and_only_a_delivery_counts_for_the_cap(kind: str) -> None:
    outbox = Outbox.of([raised(), facts.ended(kind, "k", THURSDAY, "hook", "why")])
    assert outbox.pending == {}
    assert "Q4RM:opened:0" in outbox.known
    assert outbox.sent_in_hour("hook", THURSDAY) == 0
    assert Outbox.of([raised(), delivered()]).sent_in_hour("hook", THURSDAY) == 1


def test_the_order_of_raising_is_kept() -> None:
    outbox = Outbox.of([raised(key, parts=(f"{key}:opened:0",)) for key in ("c", "a", "b")])
    assert [notice.key for notice in outbox.waiting("hook")] == ["c", "a", "b"]


def test_a_severity_that_was_told_does_not_become_milder_and_a_recovery_tells_none() -> None:
    milder = raised("l", severity=Severity.WARNING, event=Event.REPEATED, parts=("Q4RM:repeated:1",))
    over = raised("m", severity=Severity.WARNING, event=Event.RECOVERED, parts=("NEW:recovered:0",))
    assert Outbox.of([raised(), milder, over]).severity_told == {"Q4RM": Severity.CRITICAL}


def test_what_was_sent_before_the_clock_was_set_back_closes_a_channel_for_an_hour_at_most() -> None:
    outbox = Outbox.of([raised(), *(delivered(str(number), THURSDAY) for number in range(3))])
    now = after(THURSDAY, -86_400)
    outbox.none_after(now)
    assert outbox.room_at("hook", 3, now) == after(now, 3600)
    assert outbox.pending["k"].raised == now


def test_a_cap_opens_when_the_oldest_of_the_hour_is_an_hour_old() -> None:
    outbox = Outbox.of([delivered(str(number), after(THURSDAY, 60 * number)) for number in range(3)])
    now = after(THURSDAY, 600)
    assert outbox.room_at("hook", 4, now) == now
    assert outbox.room_at("hook", 3, now) == after(THURSDAY, 3600)
    assert outbox.room_at("hook", 1, now) == after(THURSDAY, 3600 + 120)
    assert outbox.sent_in_hour("hook", after(THURSDAY, 3600)) == 2
    assert outbox.sent_in_hour("hook", after(THURSDAY, 9000)) == 0
    assert outbox.room_at("never", 1, now) == now


def test_silences_begin_are_replaced_and_end_even_when_nobody_knows_them() -> None:
    first = facts.silenced("s", THURSDAY, "malee", what="device:a", until=after(THURSDAY, 60), reason="work")
    second = facts.silenced("s", THURSDAY, "malee", what="device:b", until=after(THURSDAY, 60), reason="work")
    outbox = Outbox.of([first, second, facts.unsilenced("unknown", THURSDAY, "malee")])
    assert [silence.what for silence in outbox.silences.values()] == ["device:b"]
    outbox.adopt(facts.unsilenced("s", THURSDAY, "malee"))
    assert outbox.silences == {}


def test_the_last_self_test_of_a_channel_counts_and_other_facts_change_nothing() -> None:
    outbox = Outbox.of(
        [facts.self_tested("hook", THURSDAY, "refused", ""), facts.self_tested("hook", after(THURSDAY, 1), "", "ok")]
    )
    assert outbox.self_tests == {"hook": (after(THURSDAY, 1), "")}
    before = repr(outbox)
    outbox.adopt(Fact("backup-run", THURSDAY, "wenyam", {"job": "x"}))
    assert repr(outbox) == before


KEYS = st.sampled_from(["k", "l", "m"])
ANY = st.one_of(
    st.builds(raised, KEYS, event=st.sampled_from(Event), severity=st.sampled_from(Severity)),
    st.builds(delivered, KEYS),
    st.builds(facts.ended, st.sampled_from([facts.PASSED_ON, facts.DROPPED, facts.MERGED]), KEYS, st.just(THURSDAY),
              st.just("hook"), st.text(max_size=5)),
)  # fmt: skip


@given(st.lists(ANY, max_size=30), st.integers(0, 30))
def test_adopting_in_two_goes_is_adopting_at_once(found: list[Fact], cut: int) -> None:
    outbox = Outbox.of(found[:cut])
    for fact in found[cut:]:
        outbox.adopt(fact)
    assert repr(outbox) == repr(Outbox.of(found))
