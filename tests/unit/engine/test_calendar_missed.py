"""What is owed and what was missed, computed without any scheduler."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.engine.calendar import (
    SCHEDULED,
    Term,
    all_runs,
    changed_schedules,
    dues,
    latest_due,
    missed_runs,
    present_term,
    terms_of,
)
from wenyam.model.calendar import Job, Run, RunOutcome, Schedule
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant, Period, after, from_datetime

NIGHTLY = Schedule("every day 01:30")
FAR = Instant(2**46)


def at(text: str, zone: str = "Asia/Bangkok") -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)))


WEEK = Period(at("2026-11-02"), at("2026-11-09"))


def term(schedule: Schedule = NIGHTLY, start: str = "2026-01-01", job: str = "nightly") -> Term:
    return Term(job, schedule, Period(at(start), FAR))


def run(due: str, outcome: RunOutcome = RunOutcome.DONE) -> Run:
    return Run("nightly", at(due), outcome, at(due))


def dates(runs: list[Run]) -> list[str]:
    return [datetime.fromtimestamp(each.due / 1000, ZoneInfo("Asia/Bangkok")).strftime("%d %H:%M") for each in runs]


def test_a_dead_scheduler_hides_nothing() -> None:
    missed = missed_runs([term()], [], WEEK, WEEK.end)
    assert dates(missed) == [f"0{day} 01:30" for day in range(2, 9)]
    assert {each.outcome for each in missed} == {RunOutcome.MISSED}


def test_what_was_claimed_is_not_missed_however_it_ended() -> None:
    outcomes = [RunOutcome.DONE, RunOutcome.FAILED, RunOutcome.INCOMPLETE, RunOutcome.RUNNING]
    runs = [run(f"2026-11-0{day} 01:30", outcome) for day, outcome in enumerate(outcomes, start=2)]
    assert dates(missed_runs([term()], runs, WEEK, WEEK.end)) == ["06 01:30", "07 01:30", "08 01:30"]
    everything = all_runs([term()], runs, WEEK, WEEK.end)
    assert [each.outcome for each in everything] == [*outcomes, *[RunOutcome.MISSED] * 3]


def test_a_run_is_missed_the_moment_its_window_closes_and_not_before() -> None:
    now = at("2026-11-02 02:30")
    assert missed_runs([term()], [], WEEK, Instant(now - 1)) == []
    assert dates(missed_runs([term()], [], WEEK, now)) == ["02 01:30"]


def test_a_run_is_missed_when_the_next_one_is_due_even_inside_its_window() -> None:
    often = term(Schedule("every 15m", window=3600.0), start="2026-11-02 10:00")
    assert dates(missed_runs([often], [], WEEK, at("2026-11-02 10:44"))) == ["02 10:00", "02 10:15"]
    assert dates(missed_runs([often], [], WEEK, at("2026-11-02 10:45"))) == ["02 10:00", "02 10:15", "02 10:30"]


def test_what_was_due_before_the_job_existed_is_not_owed() -> None:
    young = term(start="2026-11-07 12:00")
    assert dates(missed_runs([young], [], WEEK, WEEK.end)) == ["08 01:30"]


def test_history_is_judged_by_the_schedule_of_its_time() -> None:
    facts = changed_schedules([Job("nightly", NIGHTLY, ())], [], at("2026-11-01"))
    changed = Schedule("every day 03:00")
    facts += changed_schedules([Job("nightly", changed, ())], terms_of(facts), at("2026-11-04 12:00"))
    facts += changed_schedules([], terms_of(facts), at("2026-11-07 12:00"))
    terms = terms_of(facts)
    assert dates(missed_runs(terms, [], WEEK, WEEK.end)) == [
        "02 01:30", "03 01:30", "04 01:30", "05 03:00", "06 03:00", "07 03:00",
    ]  # fmt: skip
    assert present_term(terms, Job("nightly", changed, ())) is None


def test_an_unchanged_schedule_is_recorded_once() -> None:
    jobs = [Job("nightly", NIGHTLY, ()), Job("hourly", Schedule("every 1h"), ())]
    facts = changed_schedules(jobs, [], at("2026-11-01"))
    assert [fact.body["job"] for fact in facts] == ["nightly", "hourly"]
    assert changed_schedules(jobs, terms_of(facts), at("2026-11-02")) == []


def test_a_job_may_say_since_when_it_is_owed() -> None:
    job = Job("nightly", NIGHTLY, (), since=at("2026-11-05"))
    terms = terms_of(changed_schedules([job], [], at("2026-11-01")))
    assert dates(missed_runs(terms, [], WEEK, WEEK.end)) == ["05 01:30", "06 01:30", "07 01:30", "08 01:30"]


def test_a_clock_that_was_set_back_between_two_schedules_gives_an_empty_term_not_an_error() -> None:
    body: FactBody = {
        "job": "nightly",
        "schedule": "every day 01:30",
        "time_zone": "Asia/Bangkok",
        "window": 3600.0,
        "since": None,
    }
    facts = [Fact(SCHEDULED, at("2026-11-05"), "wenyam", body), Fact(SCHEDULED, at("2026-11-03"), "wenyam", body)]
    assert terms_of(facts)[0].period.seconds == 0


def test_the_last_due_time_has_the_deadline_of_its_window() -> None:
    due = latest_due(Job("nightly", NIGHTLY, ()), at("2026-11-02 01:30"))
    assert (due.at, due.deadline) == (at("2026-11-02 01:30"), at("2026-11-02 02:30"))
    before = latest_due(Job("nightly", NIGHTLY, ()), Instant(at("2026-11-02 01:30") - 1))
    assert before.at == at("2026-11-01 01:30")


def test_a_skipped_hour_owes_one_run_and_a_doubled_hour_one() -> None:
    schedule = Schedule("every day 02:30", "Europe/Berlin")
    spring = Period(at("2026-03-28", "Europe/Berlin"), at("2026-03-31", "Europe/Berlin"))
    autumn = Period(at("2026-10-24", "Europe/Berlin"), at("2026-10-27", "Europe/Berlin"))
    assert [len(missed_runs([term(schedule)], [], period, period.end)) for period in (spring, autumn)] == [3, 3]


@settings(max_examples=60, deadline=None)
@given(
    text=st.sampled_from(("every 15m", "every 6h", "every day 01:30", "every mon,fri 02:00")),
    window=st.integers(1, 200_000),
    now=st.integers(0, 14 * 86_400),
    claimed=st.sets(st.integers(0, 60)),
)
def test_each_due_time_is_in_exactly_one_of_claimed_open_missed_and_future(
    text: str, window: int, now: int, claimed: set[int]
) -> None:
    moment = after(WEEK.start, float(now))
    owed = list(dues(term(Schedule(text, window=float(window))), WEEK))
    taken = {due.at for place, due in enumerate(owed) if place in claimed}
    runs = [Run("nightly", due, RunOutcome.DONE, due) for due in taken]
    missed = {each.due for each in missed_runs([term(Schedule(text, window=float(window)))], runs, WEEK, moment)}
    for place, due in enumerate(owed):
        following = owed[place + 1].at if place + 1 < len(owed) else None
        late = moment >= after(due.at, float(window)) or (following is not None and moment >= following)
        if following is not None:
            assert (due.at in missed) == (late and due.at not in taken)
    assert not missed & taken


def test_a_year_of_quarter_hours_is_computed_quickly_enough_for_every_reader() -> None:
    year = Period(WEEK.start, from_datetime(datetime(2026, 11, 2, tzinfo=ZoneInfo("Asia/Bangkok")) + timedelta(days=365)))
    assert len(missed_runs([term(Schedule("every 15m"))], [], year, year.end)) == 365 * 96
