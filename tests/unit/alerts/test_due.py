"""What should be said by now: steps, repeats, worsening, recovery, silences; each once, and under the same key."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.alerts import facts
from wenyam.alerts.due import Policy, Wanted, grouped, is_silenced, key_of
from wenyam.alerts.outbox import Outbox, Silence
from wenyam.alerts.routing import Directory
from wenyam.incidents import facts as incident_facts
from wenyam.incidents.incident import Incident
from wenyam.model.alerting import AlertPlan, ChannelPlan, EscalationStep, Event, Route, RouteMatch, Severity
from wenyam.model.instants import Instant, after
from wenyam.model.states import State, Subject
from wenyam.testing.incident_cases import CORE, INVENTORY, RULES, THURSDAY, Case

CHANNELS = {name: ChannelPlan(name, "webhook", None, "en") for name in ("hook", "mail")}
STEPS = (EscalationStep(0.0, ("somchai",), ("hook",)), EscalationStep(900.0, ("malee",), ("hook", "mail")))
PLAN = AlertPlan(CHANNELS, (Route("all", RouteMatch(), STEPS, repeat=1200.0),))


def policy(plan: AlertPlan = PLAN, *, flapping: bool = False) -> Policy:
    return Policy(plan, Directory(INVENTORY, lambda _rota, _now: (), "Asia/Bangkok"), RULES, lambda _incident: flapping)


def case(state: State = State.DOWN, subject: Subject = CORE) -> Case:
    severity = Severity.WARNING if state is State.WARN else Severity.CRITICAL
    return Case().opens(subject, severity=severity).fails(subject, state)


def incident(made: Case) -> Incident:
    return made.book.incidents[made.code]


def says(policy: Policy, made: Case, outbox: Outbox, seconds: float) -> list[str]:
    """Return what is said at a moment, and let it be raised."""
    now = after(THURSDAY, seconds)
    found = policy.wanted([incident(made)], outbox, now)
    raise_all(found, outbox, now)
    return [f"{each.event.value} {each.channel} {' '.join(each.people)}" for each in found if each.event is not Event.OVERDUE]


def raise_all(found: list[Wanted], outbox: Outbox, now: Instant) -> None:
    for notice in grouped(found, outbox, now):
        outbox.adopt(
            facts.raised(
                notice.key, now, channel=notice.channel, event=notice.event, severity=notice.severity, people=notice.people,
                parts=notice.parts, route=notice.route, step=notice.step,
            )
        )  # fmt: skip


def test_steps_come_in_their_time_and_each_once() -> None:
    made, outbox = case(), Outbox()
    assert says(policy(), made, outbox, 4) == []
    assert says(policy(), made, outbox, 5) == ["opened hook somchai"]
    assert says(policy(), made, outbox, 6) == []
    assert says(policy(), made, outbox, 900) == ["escalated hook malee", "escalated mail malee"]
    assert says(policy(), made, outbox, 901) == []
    assert says(policy(), made, outbox, 2100) == ["repeated hook malee", "repeated mail malee"]
    assert says(policy(), made, outbox, 3300) == ["repeated hook malee", "repeated mail malee"]


def test_after_long_silence_the_first_step_is_not_lost_and_only_the_present_repeat_is_told() -> None:
    said = says(policy(), case(), Outbox(), 900 + 5 * 1200)
    assert said.count("opened hook somchai") == 1
    assert sum(each.startswith("repeated hook") for each in said) == 1


def test_who_takes_it_ends_escalation_and_repeats_but_not_the_first_word() -> None:
    made, outbox = case(), Outbox()
    made.adopt(incident_facts.acted(incident_facts.ACKNOWLEDGED, made.code, THURSDAY, "malee"))
    assert says(policy(), made, outbox, 4000) == ["opened hook somchai"]


def test_a_warning_that_becomes_critical_is_told_once() -> None:
    made, outbox = case(State.WARN), Outbox()
    says(policy(), made, outbox, 5)
    made.fails(CORE, State.CRIT)
    assert says(policy(), made, outbox, 10) == ["worsened hook somchai"]
    assert says(policy(), made, outbox, 11) == []


def test_a_recovery_is_told_to_all_who_were_told_and_again_after_a_return() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    for number in range(2):
        at = after(THURSDAY, 60 + number)
        made.adopt(incident_facts.recovered(made.code, at, at))
        assert says(policy(), made, outbox, 70) == ["recovered hook somchai"]
        assert says(policy(), made, outbox, 71) == []
        made.adopt(incident_facts.returned(made.code, at))


@pytest.mark.parametrize(("seconds", "told"), [(10, ["recovered hook somchai"]), (4000, [])])
def test_what_ended_untold_is_news_for_an_hour(seconds: float, told: list[str]) -> None:
    made = case()
    made.adopt(incident_facts.recovered(made.code, THURSDAY, THURSDAY))
    assert says(policy(), made, Outbox(), seconds) == told


def test_a_recovery_is_one_message_by_channel_however_many_steps_used_it() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    says(policy(), made, outbox, 900)
    at = after(THURSDAY, 901)
    made.adopt(incident_facts.recovered(made.code, at, at))
    assert says(policy(), made, outbox, 901) == ["recovered hook somchai malee", "recovered mail malee"]


def returns(made: Case, outbox: Outbox, seconds: float, *, heard: bool = True) -> None:
    """Let it be good for a while, and fail again at that second."""
    at = after(THURSDAY, seconds - 30)
    made.adopt(incident_facts.recovered(made.code, at, at))
    if heard:
        assert all(each.startswith("recovered") for each in says(policy(), made, outbox, seconds - 20))
    made.adopt(incident_facts.returned(made.code, after(THURSDAY, seconds)))


@pytest.mark.parametrize("taken", [False, True])
def test_who_heard_that_it_recovered_hears_that_it_failed_again(*, taken: bool) -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    if taken:
        made.adopt(incident_facts.acted(incident_facts.ACKNOWLEDGED, made.code, THURSDAY, "malee"))
    for seconds in (100, 300):
        returns(made, outbox, seconds)
        assert says(policy(), made, outbox, seconds + 4) == []
        assert says(policy(), made, outbox, seconds + 5) == ["returned hook somchai"]
        assert says(policy(), made, outbox, seconds + 6) == []


def test_what_returned_before_anybody_heard_of_its_recovery_is_no_news() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    returns(made, outbox, 100, heard=False)
    assert says(policy(), made, outbox, 105) == []


def test_what_returns_is_told_to_who_is_on_duty_now_too() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    returns(made, outbox, 100)
    later = replace(PLAN, routes=(Route("all", RouteMatch(), (EscalationStep(0.0, ("malee",), ("hook", "mail")),)),))
    assert says(policy(later), made, outbox, 105) == ["returned hook somchai malee", "returned mail malee"]


def test_a_warning_that_returns_as_critical_is_one_word() -> None:
    made, outbox = case(State.WARN), Outbox()
    says(policy(), made, outbox, 5)
    returns(made, outbox, 100)
    made.fails(CORE, State.CRIT)
    assert says(policy(), made, outbox, 105) == ["returned hook somchai"]
    assert says(policy(), made, outbox, 106) == []


def test_what_comes_and_goes_is_one_word_and_still_goes_to_the_next_when_nobody_takes_it() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    assert says(policy(flapping=True), made, outbox, 20) == ["flapping hook somchai"]
    assert says(policy(flapping=True), made, outbox, 30) == []
    assert says(policy(flapping=True), made, outbox, 2000) == ["escalated hook malee", "escalated mail malee"]
    assert says(policy(flapping=True), made, outbox, 2100) == []


def test_what_comes_and_goes_and_becomes_critical_is_told() -> None:
    made, outbox = case(State.WARN), Outbox()
    says(policy(), made, outbox, 5)
    says(policy(flapping=True), made, outbox, 20)
    made.fails(CORE, State.CRIT)
    assert says(policy(flapping=True), made, outbox, 30) == ["worsened hook somchai"]


def test_what_came_and_went_and_now_stays_bad_is_told() -> None:
    made, outbox = case(), Outbox()
    says(policy(), made, outbox, 5)
    says(policy(flapping=True), made, outbox, 20)
    returns(made, outbox, 100, heard=False)
    assert says(policy(flapping=True), made, outbox, 105) == []
    assert says(policy(), made, outbox, 110) == ["returned hook somchai"]
    assert says(policy(), made, outbox, 111) == []


def test_what_was_told_before_the_clock_was_set_back_still_escalates_and_repeats() -> None:
    made, outbox, day = case(), Outbox(), 86_400
    assert says(policy(), made, outbox, 5) == ["opened hook somchai"]
    outbox.none_after(after(THURSDAY, -day))
    assert says(policy(), made, outbox, 899 - day) == []
    assert says(policy(), made, outbox, 900 - day) == ["escalated hook malee", "escalated mail malee"]
    assert says(policy(), made, outbox, 3000 - day) == ["repeated hook malee", "repeated mail malee"]


def test_what_was_opened_while_the_clock_ran_ahead_is_not_kept_for_that_day() -> None:
    """A machine wakes a day ahead, finds a device down, and is set right a minute later."""
    assert says(policy(), case(), Outbox(), -86_400) == ["opened hook somchai"]


def test_a_channels_own_trouble_is_not_told_through_it() -> None:
    made = case(State.CRIT, Subject.parse("monitor:channel-hook/delivers"))
    assert says(policy(), made, Outbox(), 901) == ["escalated mail malee"]


def test_a_channel_for_critical_ones_is_spared_warnings_unless_it_has_a_digest() -> None:
    hook = replace(CHANNELS["hook"], severities=(Severity.CRITICAL,))
    for digest, told in ((None, []), ("every day 08:30", ["opened hook somchai"])):
        plan = replace(PLAN, channels={**CHANNELS, "hook": replace(hook, digest=digest)})
        assert says(policy(plan), case(State.WARN), Outbox(), 5) == told


def test_without_a_route_nothing_is_said() -> None:
    assert says(policy(replace(PLAN, routes=())), case(), Outbox(), 5) == []


@pytest.mark.parametrize(
    ("what", "silent"),
    [("device:core-1", True), ("site:head", True), ("Q4RM", True), ("device:old-1", False), ("site:dr", False)],
)
def test_a_silence_names_a_thing_a_site_or_a_code_and_ends(what: str, *, silent: bool) -> None:
    silence = Silence("s", what, after(THURSDAY, 60), "work", "malee", THURSDAY)
    assert is_silenced(incident(case()), [silence], THURSDAY) is silent
    assert not is_silenced(incident(case()), [silence], after(THURSDAY, 60))


def test_a_silenced_device_silences_its_checks_too() -> None:
    silence = Silence("s", "device:core-1", after(THURSDAY, 60), "work", "malee", THURSDAY)
    assert is_silenced(incident(case(State.CRIT, Subject.parse("device:core-1/cpu"))), [silence], THURSDAY)


def test_a_key_is_the_same_for_the_same_thing_and_another_for_every_other() -> None:
    parts = [("hook", ("a", "b"), ("X:opened:0",)), ("hook", ("a",), ("X:opened:0",)), ("mail", ("a", "b"), ("X:opened:0",))]
    keys = [key_of(*each) for each in parts]
    assert len(set(keys)) == 3
    assert keys == [key_of(*each) for each in parts]
    assert all(len(key) == 64 for key in keys)


@settings(max_examples=25)
@given(st.lists(st.tuples(st.integers(1, 3000), st.sampled_from(["ack", "down", "good", "wait"])), max_size=12))
def test_in_a_random_run_nothing_is_said_twice_through_a_channel(run: list[tuple[int, str]]) -> None:
    made, outbox, seconds = case(), Outbox(), 0
    parts: list[str] = []
    for passed, what in run:
        seconds += passed
        now = after(THURSDAY, seconds)
        if what == "ack":
            made.adopt(incident_facts.acted(incident_facts.ACKNOWLEDGED, made.code, now, "malee"))
        elif what == "good":
            made.adopt(incident_facts.recovered(made.code, now, now))
        elif what == "down" and incident(made).recovered is not None:
            made.adopt(incident_facts.returned(made.code, now))
        found = policy().wanted([incident(made)], outbox, now)
        raise_all(found, outbox, now)
        parts += [f"{each.part} {each.channel}" for each in found]
        assert policy().wanted([incident(made)], outbox, now) == []
    assert len(parts) == len(set(parts))
