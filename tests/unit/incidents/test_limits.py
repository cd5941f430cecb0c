"""Steps and limits: minutes and hours on the wall clock, days as Thai working days, unless a limit says otherwise."""

from dataclasses import replace

import pytest

from wenyam.incidents import facts, limits
from wenyam.incidents.breach_desk import dismissed, flag, write
from wenyam.incidents.incident import Category, Origin
from wenyam.incidents.limits import Overdue, all_overdue, current_step, due, overdue
from wenyam.model.incidents import ContractorLimits, Counting, Limit, RepairLimits
from wenyam.model.instants import Instant, after
from wenyam.testing.incident_cases import CORE, ERP, RULES, UPS, Case, at

MINUTE, HOUR = 60.0, 3600.0


def step_of(case: Case) -> tuple[str, Instant]:
    step = current_step(case.incident, RULES)
    assert step is not None
    return step.name, step.due


@pytest.mark.parametrize(
    ("limit", "started", "ends"),
    [
        (Limit(HOUR), "2026-11-27 23:30", "2026-11-28 00:30"),
        (Limit(72 * HOUR), "2026-12-04 17:00", "2026-12-07 17:00"),
        (Limit(1, Counting.WORKING_DAYS), "2026-11-26 10:00", "2026-11-27 10:00"),
        (Limit(1, Counting.WORKING_DAYS), "2026-11-27 10:00", "2026-11-30 10:00"),
        (Limit(1, Counting.WORKING_DAYS), "2026-11-28 10:00", "2026-11-30 10:00"),
        (Limit(1, Counting.WORKING_DAYS), "2026-12-09 10:00", "2026-12-11 10:00"),  # Constitution Day
        (Limit(5, Counting.WORKING_DAYS), "2026-11-26 10:00", "2026-12-03 10:00"),
        (Limit(2, Counting.WORKING_DAYS), "2026-12-04 16:00", "2026-12-09 16:00"),  # the King's birthday's substitute
        (Limit(3, Counting.CALENDAR_DAYS), "2026-11-27 10:00", "2026-11-30 10:00"),
    ],
)
def test_hours_run_through_nights_and_working_days_stop_for_weekends_and_holidays(limit: Limit, started: str, ends: str) -> None:
    assert due(at(started), limit, RULES) == at(ends)


@pytest.mark.parametrize(
    ("category", "name", "seconds"),
    [
        (Category.HARDWARE, limits.FIND_AND_FIX, HOUR),
        (Category.SYSTEM, limits.FIND_AND_FIX, 2 * HOUR),
        (Category.REQUEST, limits.CLASSIFY, 10 * MINUTE),
    ],
)
def test_each_category_begins_with_the_limit_of_its_manual(category: Category, name: str, seconds: float) -> None:
    case = Case().opens(category=category)
    assert step_of(case) == (name, after(case.now, seconds))


def test_a_request_is_classified_delivered_confirmed_and_closed() -> None:
    case = Case().opens(None, category=Category.REQUEST, origin=Origin.REQUEST, title="new account")
    case.does("acknowledge")
    assert step_of(case) == (limits.DELIVER, after(case.now, HOUR))
    case.now = at("2026-11-26 10:40")
    case.does("fixed", "the account exists")
    assert step_of(case) == (limits.CONFIRM, after(case.now, 30 * MINUTE))
    case.does("test", "pass", "Malee logged in")
    assert step_of(case) == (limits.CLOSE, at("2026-11-27 10:40"))


def test_a_fault_handed_to_a_contractor_is_called_in_one_working_day_repaired_in_five_and_tested_in_two() -> None:
    case = Case(at("2026-11-27 16:00")).opens().fails()
    case.does("hand_off", "contractor")
    assert step_of(case) == (limits.CALL, at("2026-11-30 16:00"))
    case.now = at("2026-11-30 09:00")
    case.does("hand_off", "contractor", reference="NC-77")
    assert step_of(case) == (limits.CONTRACTED_REPAIR, at("2026-12-08 09:00"))
    case.now = at("2026-12-03 09:00")
    case.recovers()
    assert step_of(case) == (limits.TEST, at("2026-12-08 09:00"))
    case.does("test", "pass", "ports and uplink")
    assert step_of(case) == (limits.CLOSE, at("2026-12-04 09:00"))


def test_power_at_a_hosted_site_is_handed_over_within_an_hour_and_then_theirs_for_a_working_day() -> None:
    case = Case().opens(UPS, cause="power").fails(UPS)
    assert step_of(case) == (limits.HAND_OVER, after(case.now, HOUR))
    case.does("hand_off", "hosting-centre")
    assert step_of(case) == (limits.HOSTED_REPAIR, at("2026-11-27 10:00"))


def test_power_at_a_site_of_our_own_is_found_and_fixed_like_any_fault() -> None:
    case = Case().opens(UPS, cause="power", site="dr").fails(UPS)
    assert step_of(case)[0] == limits.FIND_AND_FIX


def test_a_failed_test_sends_it_back_and_the_limit_runs_anew() -> None:
    case = Case().opens(ERP, category=Category.SYSTEM).fails(ERP)
    case.now = at("2026-11-26 10:30")
    case.recovers(ERP)
    assert step_of(case)[0] == limits.TEST
    case.now = at("2026-11-26 14:00")
    case.does("test", "fail", "invoices do not print")
    assert step_of(case) == (limits.FIND_AND_FIX, at("2026-11-26 16:00"))
    case.now = at("2026-11-26 15:00")
    case.does("test", "pass", "invoices print")
    assert step_of(case)[0] == limits.CLOSE


def test_what_fails_again_after_its_test_must_be_fixed_and_tested_again() -> None:
    case = Case().opens().fails()
    case.recovers()
    case.does("test", "pass", "uplink answers")
    case.now = at("2026-11-26 11:00")
    case.fails()
    case.adopt(facts.returned(case.code, case.now))
    assert step_of(case) == (limits.FIND_AND_FIX, at("2026-11-26 12:00"))
    case.recovers()
    assert step_of(case)[0] == limits.TEST


def test_a_closed_incident_has_no_step_and_nothing_of_it_is_overdue() -> None:
    case = Case().opens(cause="power").fails()
    case.recovers()
    for act, *words in (("test", "pass", "good"), ("how_to", "replace the fuse"), ("close",)):
        case.does(act, *words)
    assert current_step(case.incident, RULES) is None
    assert overdue(case.incident, RULES, after(case.now, 1e9)) is None


def test_a_step_is_overdue_only_after_its_limit() -> None:
    case = Case().opens().fails()
    end = after(case.now, HOUR)
    assert overdue(case.incident, RULES, end) is None
    assert overdue(case.incident, RULES, Instant(end + 1)) == Overdue(limits.FIND_AND_FIX, end)


def test_the_report_of_a_breach_is_overdue_after_72_hours_until_it_is_settled() -> None:
    case = Case(at("2026-12-04 17:00")).opens(ERP, category=Category.SYSTEM).fails(ERP)
    case.adopt(*flag(case.desk, case.code, "nobody can reach the customers' data"))
    case.now = at("2026-12-07 17:01")
    late = overdue(case.incident, RULES, case.now)
    assert late == Overdue(limits.BREACH_REPORT, at("2026-12-07 17:00"))
    assert [each.step for each in all_overdue(case.incident, RULES, case.now)] == [limits.FIND_AND_FIX, limits.BREACH_REPORT]
    factors = dict.fromkeys(
        ("data_type", "volume", "identification", "severity", "special_people", "people", "controller"), "small"
    )
    case.adopt(*write(case.desk, case.code, factors))
    case.adopt(*dismissed(case.desk, case.code, "restored within two hours, nobody harmed"))
    assert [each.step for each in all_overdue(case.incident, RULES, case.now)] == [limits.FIND_AND_FIX]


def test_each_limit_may_say_otherwise() -> None:
    rules = replace(
        RULES,
        hardware_network=RepairLimits(Limit(2, Counting.WORKING_DAYS)),
        contractor=ContractorLimits(call=Limit(3, Counting.CALENDAR_DAYS)),
    )
    case = Case(at("2026-11-27 16:00")).opens(CORE).fails()
    step = current_step(case.incident, rules)
    assert step is not None
    assert step.due == at("2026-12-01 16:00")
    case.does("hand_off", "contractor")
    step = current_step(case.incident, rules)
    assert step is not None
    assert (step.due, str(step.limit)) == (at("2026-11-30 16:00"), "3 calendar days")
