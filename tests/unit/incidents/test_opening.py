"""Incidents opened by hand and on form FM-DM-01, breaches of personal data, earlier notes and given causes."""

import pytest

from wenyam.errors import WenyamError
from wenyam.incidents import breach, facts
from wenyam.incidents.breach_desk import dismissed, flag, reported, write
from wenyam.incidents.causes import GivenCauses
from wenyam.incidents.incident import Category, Incident, Origin
from wenyam.incidents.limits import breach_clock
from wenyam.incidents.opening import Opening, opened
from wenyam.incidents.similar import how_to_for, similar
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.instants import after
from wenyam.model.states import State, Subject
from wenyam.testing.incident_cases import CORE, ERP, INVENTORY, RULES, UPS, Case, at

FILES = Subject.parse("device:files-1")
FORM = {"requester": "คุณมาลี", "unit": "บัญชี", "telephone": "1234", "asked": "ขอสิทธิ์ระบบ ERP", "wanted_by": "2026-12-01"}
KIND_OF = {device.name: device.kind for device in INVENTORY.devices.values()}


def open_by_hand(case: Case, **said: object) -> Incident:
    found = opened(case.desk, Opening(**said), "head")  # type: ignore[arg-type]  # a table of tests
    case.adopt(*found)
    return case.book.incidents[str(found[0].body["code"])]


def refusal(case: Case, **said: object) -> str:
    with pytest.raises(WenyamError) as caught:
        open_by_hand(case, **said)
    return str(caught.value)


def test_an_incident_by_hand_takes_site_and_procedure_from_what_it_is_about() -> None:
    incident = open_by_hand(
        Case(), title="fan is loud", subject="dr-ups", severity=Severity.CRITICAL, began=at("2026-11-26 08:00")
    )
    assert (incident.origin, incident.category, incident.site) == (Origin.BY_HAND, Category.HARDWARE, "dr")
    assert (incident.began, incident.opened, incident.severity) == (at("2026-11-26 08:00"), at("2026-11-26 10:00"), "critical")
    about_nothing = open_by_hand(Case(), title="smell of smoke", category=Category.HARDWARE)
    assert (about_nothing.root, about_nothing.site) == (None, "head")


def test_what_cannot_be_opened_is_told_in_a_sentence() -> None:
    case = Case().opens().fails(UPS, State.WARN)
    assert refusal(case) == "Nothing was changed: the title is empty"
    assert "there is no device 'web-9'; there are: core-1" in refusal(case, title="x", subject="web-9")
    assert "'thing:web-9' is no subject" in refusal(case, title="x", subject="thing:web-9")
    assert "there is no site 'moon'; there are: head, dr" in refusal(case, title="x", site="moon")
    assert "cannot have begun at 26 Nov 2026 10:00:00 (Asia/Bangkok)" in refusal(case, title="x", began=case.now + 1)
    assert "device:core-1 belongs to the open incident Q4RM" in refusal(case, title="x", subject="core-1")
    assert "needs requester, unit, asked" in refusal(case, request={"mail": "a@b"})


def test_a_service_request_keeps_personal_fields_out_of_the_clear_text_of_the_chain() -> None:
    case = Case()
    found = opened(case.desk, Opening(request=FORM), "head")
    case.adopt(*found)
    incident = case.book.incidents[str(found[0].body["code"])]
    assert (incident.origin, incident.category, incident.title) == (Origin.REQUEST, Category.REQUEST, "ขอสิทธิ์ระบบ ERP")
    assert incident.details == FORM
    assert found[1].personal == {"requester": "คุณมาลี", "telephone": "1234"}
    assert "คุณมาลี" not in str(found[1].body) + str(found[0].body)
    assert all("คุณมาลี" not in entry.text for entry in incident.timeline)


def test_two_incidents_of_the_same_moment_have_two_codes() -> None:
    case = Case()
    assert open_by_hand(case, title="a").code != open_by_hand(case, title="a").code


def breached() -> Case:
    case = Case().opens(FILES, category=Category.SYSTEM).fails(FILES)
    case.adopt(*flag(case.desk, case.code, "personnel files cannot be reached", at("2026-11-26 09:00")))
    return case


def test_what_holds_personal_data_and_is_down_proposes_the_flag() -> None:
    assert not breach.is_proposed(Case().opens().fails().incident, INVENTORY)
    assert breach.is_proposed(Case().opens(FILES).fails(FILES).incident, INVENTORY)
    assert breach.is_proposed(Case().opens().fails().fails(ERP).incident, INVENTORY)
    assert not breach.is_proposed(Case().opens(FILES).fails(FILES, State.WARN).incident, INVENTORY)
    assert not breach.is_proposed(breached().incident, INVENTORY)


def test_the_clock_runs_from_awareness_and_is_never_set_forward() -> None:
    case = breached()
    clock = breach_clock(case.incident, RULES)
    assert clock is not None
    assert (clock.started, clock.due) == (at("2026-11-26 09:00"), at("2026-11-29 09:00"))
    with pytest.raises(WenyamError, match=r"is flagged already; the clock runs since 26 Nov 2026 09:00:00 \(Asia/Bangkok\)"):
        flag(case.desk, case.code, "again")
    with pytest.raises(WenyamError, match="still to come"):
        flag(case.desk, case.code, "again", after(case.now, 1))
    case.adopt(*flag(case.desk, case.code, "the guard knew at 8", at("2026-11-26 08:00")))
    assert breach_clock(case.incident, RULES) is not None
    assert case.incident.personal_data is not None
    assert case.incident.personal_data.at == at("2026-11-26 08:00")


def test_there_are_seven_factors_and_four_parts() -> None:
    assert (len(breach.FACTORS), len(breach.PARTS)) == (7, 4)


def test_a_breach_is_reported_only_with_every_factor_and_part_and_then_the_clock_stands() -> None:
    case = breached()
    case.adopt(*write(case.desk, case.code, dict.fromkeys(breach.FACTORS, "low")))
    with pytest.raises(WenyamError, match="cannot be reported yet; it lacks nature, contact, consequences, measures"):
        reported(case.desk, case.code, "PDPC-1")
    case.adopt(*write(case.desk, case.code, {"nature": "disk\nfailed", "consequences": "none", "measures": "restored"}))
    private = write(case.desk, case.code, {"contact": "Anong, 02 222 2222"})
    assert private[0].personal == {"breach_contact": "Anong, 02 222 2222"}
    assert "Anong" not in str(private[0].body)
    case.adopt(*private)
    case.adopt(*reported(case.desk, case.code, "PDPC-1/2569"))
    assert breach.is_settled(case.incident)
    assert breach_clock(case.incident, RULES) is None
    with pytest.raises(WenyamError, match="is settled already"):
        write(case.desk, case.code, {"nature": "x"})


def test_a_breach_is_dismissed_only_after_the_assessment() -> None:
    case = breached()
    with pytest.raises(WenyamError, match="cannot be dismissed yet; it lacks data_type, volume"):
        dismissed(case.desk, case.code, "encrypted")
    with pytest.raises(WenyamError, match=r"there is no factor or part 'colour'\. There are: data_type"):
        write(case.desk, case.code, {"colour": "red"})
    with pytest.raises(WenyamError, match="Q4RM is not flagged as a breach of personal data"):
        write(Case().opens().desk, "Q4RM", {"nature": "x"})


def learnt(case: Case, code: str, root: Subject | None, cause: str, *words: str, title: str = "") -> None:
    note, when = words
    other = Case(at(when), case.book, code).opens(root, cause=cause, title=title)
    other.does("how_to", note)


def test_the_note_of_the_most_alike_incident_is_shown_and_of_those_the_newest() -> None:
    case = Case()
    learnt(case, "AAAA", UPS, "power", "call MOAC", "2026-01-01 10:00")
    learnt(case, "BBBB", Subject.parse("device:dr-ups/on-battery"), "power", "start the generator", "2026-02-01 10:00")
    learnt(case, "CCCC", CORE, "power", "check the breaker", "2026-03-01 10:00")
    learnt(case, "DDDD", UPS, "power", "call MOAC at once", "2026-01-02 10:00")
    learnt(case, "EEEE", CORE, "fibre_cut", "call the provider", "2026-04-01 10:00")
    case.opens(UPS, cause="power")
    assert [each.code for each in similar(case.incident, case.book, KIND_OF)] == ["DDDD", "AAAA", "BBBB", "CCCC"]
    found = how_to_for(case.incident, case.book)
    assert found is not None
    assert found.how_to is not None
    assert found.how_to.what == "call MOAC at once"


def test_silent_devices_are_alike_only_when_they_are_of_one_kind() -> None:
    case = Case()
    learnt(case, "AAAA", Subject.parse("device:old-1"), "", "reboot", "2026-01-01 10:00")
    case.opens(CORE)
    assert how_to_for(case.incident, case.book) is None
    assert how_to_for(case.incident, case.book, KIND_OF) is not None
    case.other("7HKD").opens(FILES)
    assert how_to_for(case.book.incidents["7HKD"], case.book, KIND_OF) is None


def test_what_is_about_nothing_in_the_inventory_is_alike_by_its_title() -> None:
    case = Case()
    learnt(case, "AAAA", None, "", "unlock it", "2026-01-01 10:00", title="Account locked")
    learnt(case, "BBBB", None, "", "buy paper", "2026-01-01 11:00", title="no paper")
    case.opens(None, origin=Origin.BY_HAND, title="account LOCKED")
    assert [each.code for each in similar(case.incident, case.book)] == ["AAAA"]


def test_the_cause_a_person_gave_is_that_of_every_outage_inside_the_incident() -> None:
    case = Case().opens(CORE, cause="provider_equipment").fails().fails(FILES, State.UNREACHABLE)
    assert GivenCauses(case.book).code(CORE, case.now, after(case.now, 60)) == ""
    case.does("cause", "power")
    given = GivenCauses(case.book)
    assert given.code(CORE, case.now, after(case.now, 60)) == "power"
    assert given.code(FILES, after(case.now, 30), after(case.now, 90)) == "power"
    assert given.code(FILES, after(case.now, -90), after(case.now, -30)) == ""
    assert given.code(UPS, case.now, after(case.now, 60)) == ""
    ended: list[Fact] = [facts.recovered(case.code, after(case.now, 100), after(case.now, 100))]
    case.adopt(*ended)
    assert GivenCauses(case.book).code(CORE, after(case.now, 200), after(case.now, 300)) == ""
