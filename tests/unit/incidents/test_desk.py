"""Every act and every refusal at the desk, each with its sentence."""

import re

import pytest

from wenyam.errors import UsageError, WenyamError
from wenyam.i18n.translate import mark
from wenyam.incidents import facts
from wenyam.incidents.closing import ITSELF, missing, to_close_by_itself
from wenyam.incidents.incident import Category, Origin, Party
from wenyam.incidents.proposal import propose
from wenyam.model.alerting import Severity
from wenyam.model.instants import after
from wenyam.model.states import State, Subject
from wenyam.testing.incident_cases import CORE, INVENTORY, UPS, Case, at

OLD = Subject.parse("device:old-1")
TEN_MINUTES = 600.0


def refused(case: Case, act: str, *words: str, **more: object) -> str:
    before = repr(case.book.incidents)
    with pytest.raises(WenyamError) as caught:
        case.does(act, *words, **more)
    assert repr(case.book.incidents) == before
    return str(caught.value)


def closable() -> Case:
    """Return an incident to which nothing is missing."""
    case = Case().opens().fails().recovers()
    case.does("test", "pass", "all uplinks answer")
    case.does("cause", "hardware_failure")
    case.does("how_to", "swap the supervisor card")
    return case


def test_whoever_acknowledges_first_has_seen_it_and_a_second_time_changes_nothing() -> None:
    case = Case().opens().fails()
    assert [fact.kind for fact in case.does("acknowledge", "on my way")] == [facts.ACKNOWLEDGED]
    case.actor = "malee"
    assert case.does("acknowledge") == []
    assert case.incident.acknowledged is not None
    assert (case.incident.acknowledged.by, case.incident.acknowledged.what) == ("somchai", "on my way")


def test_who_is_given_it_must_be_somebody_and_is_taken_to_have_seen_it() -> None:
    case = Case().opens()
    assert refused(case, "assign", "malle") == "The command was not understood: there is no person 'malle'. Did you mean 'malee'?"
    case.does("assign", "malee")
    assert case.incident.acknowledged is not None
    assert case.does("assign", "malee") == []


def test_a_cause_is_one_of_the_manual() -> None:
    case = Case().opens()
    assert refused(case, "cause", "powr").endswith("there is no cause 'powr'. Did you mean 'power'?")
    case.does("cause", "power")
    assert (case.incident.cause_code, case.incident.cause_given) == ("power", True)


def test_a_service_request_has_no_cause() -> None:
    case = Case().opens(None, category=Category.REQUEST, origin=Origin.REQUEST, title="new account")
    assert refused(case, "cause", "power") == "Nothing was changed: Q4RM is a service request, which has no cause of an outage"


@pytest.mark.parametrize("act", ["note", "how_to"])
def test_empty_words_and_endless_words_are_refused(act: str) -> None:
    case = Case().opens()
    assert "is empty" in refused(case, act, " \n\t")
    assert refused(case, act, "x" * 4001).endswith("has 4001 characters; at most 4000 are kept")


def test_notes_keep_their_lines_and_lose_what_a_terminal_would_obey() -> None:
    case = Case().opens()
    case.does("note", "one\x1b[31m\n  two\u202e\nสาม")
    assert case.incident.timeline[-1].text == "one\ntwo\nสาม"


def test_the_contract_decides_whom_it_is_proposed_to() -> None:
    covered = propose(Case().opens(CORE).incident, INVENTORY, at("2026-11-26 10:00"))
    assert (covered.party, covered.name, covered.why(mark), covered.telephone) == (
        Party.CONTRACTOR, "Net Co", "contract C-1/2569 covers it", "02 111 1111",
    )  # fmt: skip
    ended = propose(Case().opens(OLD).incident, INVENTORY, at("2026-11-26 10:00"))
    assert ended.party is None
    assert ended.why(mark).startswith("contract C-9/2560 of Old Co has ended: the house repairs it")
    own = propose(Case().opens(Subject.parse("service:erp/overall")).incident, INVENTORY, at("2026-11-26 10:00"))
    assert (own.party, own.why(mark)) == (None, "no contract covers it: the house repairs it, or asks for procurement")


@pytest.mark.parametrize(
    ("root", "cause", "site", "party"),
    [
        (UPS, "", "head", Party.HOSTING_CENTRE),
        (CORE, "cooling", "head", Party.HOSTING_CENTRE),
        (Subject.parse("device:dr-ups/on-battery"), "power", "dr", None),
        (CORE, "hardware_failure", "head", Party.CONTRACTOR),
    ],
)
def test_power_and_cooling_go_to_the_hosting_centre_where_there_is_one(
    root: Subject, cause: str, site: str, party: Party | None
) -> None:
    case = Case().opens(root, cause=cause, site=site)
    assert propose(case.incident, INVENTORY, case.now).party is party


def test_a_hand_off_names_the_party_and_its_number_comes_when_they_answer() -> None:
    case = Case().opens().fails()
    case.does("hand_off", "contractor")
    assert case.incident.party is Party.CONTRACTOR
    assert case.incident.called is None
    assert case.does("hand_off", "contractor") == []
    case.does("hand_off", "contractor", reference="NC-77")
    assert case.incident.called is not None
    assert case.incident.details["reference"] == "NC-77"
    case.does("hand_off", "hosting-centre")
    assert case.incident.handed_off is not None
    assert (case.incident.handed_off.what, case.incident.called) == ("MOAC data centre", None)
    assert "reference" not in case.incident.details


def test_nobody_is_handed_anything_who_is_not_named() -> None:
    case = Case().opens(OLD, site="dr").fails(OLD)
    assert refused(case, "hand_off", "contractor") == (
        "Nothing was changed: no contract in force covers device:old-1. "
        "Name the contractor with --to NAME, or ask for procurement: wenyam incident export Q4RM --memo"
    )
    assert "site 'dr' has no hosting centre" in refused(case, "hand_off", "hosting-centre")
    assert "there is no party 'friend'; there are: hosting-centre, contractor" in refused(case, "hand_off", "friend")
    case.does("hand_off", "contractor", "New Co")
    assert case.incident.handed_off is not None


def test_what_is_good_again_is_not_handed_off() -> None:
    case = Case().opens().fails().recovers()
    assert refused(case, "hand_off", "contractor") == (
        f"Nothing was changed: Q4RM is good again since {case.desk.told(case.now)}; there is nothing to hand off"
    )


def test_a_test_cannot_pass_while_something_is_down_nor_fail_before_it_is_fixed() -> None:
    case = Case().opens().fails()
    assert refused(case, "test", "pass", "fine") == "Nothing was changed: Q4RM is not good yet: device:core-1 is down"
    assert "is not fixed yet; a test that fails sends back what was fixed" in refused(case, "test", "fail", "no")
    assert "there is no test result 'good'" in refused(case, "test", "good", "fine")
    case.recovers()
    assert "what was tested, in words, is empty" in refused(case, "test", "pass", " ")


def test_only_what_no_check_sees_failing_can_be_said_to_be_fixed() -> None:
    case = Case().opens().fails()
    assert "is not good yet: device:core-1 is down" in refused(case, "fixed")
    by_hand = Case().opens(None, origin=Origin.BY_HAND, title="smell of smoke")
    by_hand.does("fixed", "old adapter removed")
    assert by_hand.incident.fixed == by_hand.now
    assert by_hand.does("fixed") == []


def test_a_test_of_what_no_check_sees_says_that_it_is_fixed_too() -> None:
    case = Case().opens(None, origin=Origin.BY_HAND, title="smell of smoke")
    assert [fact.kind for fact in case.does("test", "pass", "no smell")] == [facts.RECOVERED, facts.TESTED]


def test_closing_tells_everything_that_is_missing_at_once() -> None:
    case = Case().opens().fails().fails(UPS, State.WARN)
    assert refused(case, "close") == (
        "Nothing was changed: Q4RM cannot be closed yet; it needs everything good again (device:core-1 is down and 1 more); "
        "a test that passed (wenyam incident test Q4RM pass TEXT); a cause code (wenyam incident cause Q4RM CAUSE); "
        "a how-to note (wenyam incident how-to Q4RM TEXT)"
    )


def test_each_thing_that_closing_needs_is_asked_for_alone() -> None:
    assert missing(closable().incident) == []
    case = closable()
    case.does("test", "fail", "one uplink is slow")
    assert [*map(str, missing(case.incident))] == [
        "to be fixed (wenyam incident fixed Q4RM)", "a test that passed (wenyam incident test Q4RM pass TEXT)",
    ]  # fmt: skip
    case = closable()
    case.adopt(facts.acted(facts.PERSONAL_DATA, case.code, case.now, "somchai", "files", aware=case.now))
    assert [*map(str, missing(case.incident))] == [
        "the breach of personal data reported or dismissed (wenyam incident personal-data Q4RM)"
    ]
    request = Case().opens(None, category=Category.REQUEST, origin=Origin.REQUEST, title="new account")
    assert not any("cause" in each.what for each in missing(request.incident))


def test_a_closed_incident_stays_closed_but_learns() -> None:
    case = closable()
    case.does("close", "done")
    assert not case.incident.is_open
    told = case.desk.told(case.now)
    closed = f"Q4RM was closed {told} by somchai. A closed incident stays closed; for new trouble: wenyam incident open"
    for act, *words in (("acknowledge",), ("assign", "malee"), ("cause", "power"), ("close",), ("fixed",), ("test", "pass", "x")):
        assert closed in refused(case, act, *words)
    case.does("how_to", "and update the firmware")
    assert case.incident.how_to is not None
    assert case.incident.how_to.what == "and update the firmware"
    case.does("note", "seen again by nobody")


def test_an_unknown_code_is_told_and_a_known_one_may_be_typed_small() -> None:
    case = Case().opens()
    with pytest.raises(UsageError, match=re.escape("there is no incident 'ZZZZ'. See: wenyam incident list")):
        case.desk.acknowledge("ZZZZ\x1b[31m")
    assert case.desk.acknowledge(" q4rm ")


def test_what_fails_again_soon_is_the_same_incident_and_later_or_after_closing_another() -> None:
    case = closable()
    holding = case.book.holding
    assert holding(CORE, after(case.now, TEN_MINUTES), TEN_MINUTES) is case.incident
    assert holding(CORE, after(case.now, TEN_MINUTES + 1), TEN_MINUTES) is None
    case.does("close")
    assert holding(CORE, case.now, TEN_MINUTES) is None


@pytest.mark.parametrize("touch", ["acknowledge", "note", "nothing", "critical", "by hand", "still bad", "too soon"])
def test_only_a_warning_that_went_away_and_that_nobody_touched_closes_itself(touch: str) -> None:
    severity = Severity.CRITICAL if touch == "critical" else Severity.WARNING
    origin = Origin.BY_HAND if touch == "by hand" else Origin.WATCHED
    case = Case().opens(UPS, severity=severity, origin=origin).fails(UPS, State.WARN)
    if touch in ("acknowledge", "note"):
        case.does(touch, "seen")
    if touch != "still bad":
        case.recovers(UPS)
    later = after(case.now, TEN_MINUTES if touch == "too soon" else TEN_MINUTES + 1)
    found = to_close_by_itself(case.book, later, TEN_MINUTES)
    assert bool(found) is (touch == "nothing")
    case.adopt(*found)
    if found:
        assert case.incident.closed is not None
        assert case.incident.tested is not None
        assert (case.incident.closed.by, case.incident.tested.what, case.incident.passed) == ("wenyam", ITSELF, True)
        assert to_close_by_itself(case.book, later, TEN_MINUTES) == []
