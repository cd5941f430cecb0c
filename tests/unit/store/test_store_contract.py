"""What every store must do, whatever stands behind the interface. Another store adds a subclass with its own fixture."""

from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.errors import StoreError
from wenyam.model.calendar import RunOutcome
from wenyam.model.facts import ChainHead, Fact
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import PlannedWindow
from wenyam.model.receiving import Received, ReceivedKind
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.store.interface import RollupRow, Transition, Writer
from wenyam.store.owners import this_process
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock

START = Instant(1_792_000_000_000)
ALWAYS = Period(Instant(0), Instant(4_000_000_000_000))
WEB, DATABASE, CORE = (Subject.parse(f"device:{name}") for name in ("web", "database", "core"))
DISK = Subject.parse("device:web/disk")
NAN = float("nan")


def at(seconds: float) -> Instant:
    return Instant(START + round(seconds * 1000))


def change(subject: Subject, previous: State, state: State, effective: float, recorded: float | None = None) -> Transition:
    moment = at(effective)
    written = moment if recorded is None else at(recorded)
    return Transition(
        StateRecord(subject, state, moment, "said so", soft_state=state, observed_at=written),
        StateChange(subject, previous, state, moment, written, "said so"),
    )


def window(name: str, reason: str = "new disks") -> PlannedWindow:
    return PlannedWindow(name, (WEB, DISK), None, at(0), at(3600), None, reason, "somchai", at(-60))


class StoreContract:
    """Needs a fixture `store` that gives a new, empty Writer."""

    def test_a_transition_is_a_record_a_change_and_a_fact(self, store: Writer) -> None:
        wanted = change(WEB, State.UNKNOWN, State.DOWN, 10, 12)
        (written,) = store.apply([wanted])
        assert store.states()[WEB] == wanted.record
        assert store.changes(ALWAYS) == [written]
        assert written == replace(wanted.change, sequence=written.sequence)
        (fact,) = store.facts(ALWAYS, "state-change")
        assert fact.sequence == written.sequence
        assert fact.fact.at == at(12)
        assert fact.fact.body["subject"] == "device:web"
        assert fact.fact.body["effective"] == at(10)

    def test_every_field_of_record_and_change_survives(self, store: Writer) -> None:
        record = StateRecord(
            DISK, State.CRIT, at(1), "ดิสก์เต็ม 95 %", 0.95, 0.9, WEB, "move", State.WARN, 0b101, at(2), at(3), 0b11, flapping=True
        )
        moved = StateChange(DISK, State.UNKNOWN, State.CRIT, at(1), at(4), "ดิสก์เต็ม 95 %", 0.95, 0.9, WEB, "move", "hardware_age")
        (written,) = store.apply([Transition(record, moved)])
        assert store.states()[DISK] == record
        assert store.changes(ALWAYS, [DISK]) == [replace(moved, sequence=written.sequence)]
        assert store.verify().problem == ""

    def test_a_transition_from_another_state_than_the_stored_one_is_refused_whole(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 1)])
        before = store.head()
        assert store.apply([change(WEB, State.DOWN, State.UNREACHABLE, 2)]) == []
        assert store.states()[WEB].state is State.UP
        assert store.head() == before

    def test_of_two_guarded_changes_in_one_call_only_the_right_one_passes(self, store: Writer) -> None:
        written = store.apply([change(WEB, State.UNKNOWN, State.UP, 1), change(DATABASE, State.UP, State.DOWN, 1)])
        assert [item.subject for item in written] == [WEB]
        assert store.states().get(DATABASE, StateRecord(DATABASE)).state is State.UNKNOWN

    def test_a_soft_record_never_moves_the_hard_state(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 1)])
        store.apply([], [StateRecord(WEB, State.UP, at(1), "one ping lost", soft_state=State.DOWN, recent=1, observed_at=at(5))])
        assert store.states()[WEB].soft_state is State.DOWN
        store.apply([], [StateRecord(WEB, State.DOWN, at(1), "not guarded")])
        assert store.states()[WEB].state is State.UP
        assert len(store.changes(ALWAYS)) == 1

    def test_further_facts_are_written_with_the_changes(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 1)], facts=[Fact("note", at(1), "somchai", {"text": "seen"})])
        (note,) = store.facts(ALWAYS, "note")
        assert note.fact == Fact("note", at(1), "somchai", {"text": "seen"})

    def test_a_fact_that_stands_for_a_row_cannot_be_forged(self, store: Writer) -> None:
        for kind in ("state-change", "run-finished", "window-entered", "month-sealed"):
            with pytest.raises(ValueError, match=kind):
                store.append(Fact(kind, at(0), "mallory", {}))

    def test_changes_since_is_an_outbox_in_order_of_writing(self, store: Writer) -> None:
        first = store.apply([change(WEB, State.UNKNOWN, State.UP, 100)])
        second = store.apply([change(DATABASE, State.UNKNOWN, State.UP, 50), change(CORE, State.UNKNOWN, State.UP, 70)])
        assert store.changes_since(0, 10) == first + second
        assert store.changes_since(first[0].sequence, 1) == second[:1]
        assert store.changes_since(second[-1].sequence, 10) == []
        assert [item.subject for item in store.changes(ALWAYS)] == [DATABASE, CORE, WEB]

    def test_a_history_is_the_state_at_the_start_and_the_changes_within(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 10)])
        store.apply([change(WEB, State.UP, State.DOWN, 20)])
        store.apply([change(WEB, State.DOWN, State.UP, 30)])
        (history,) = store.histories(Period(at(15), at(30)), [WEB])
        assert history.initial is State.UP
        assert history.changes == ((at(20), State.DOWN),)
        (whole,) = store.histories(Period(at(20), at(31)), [WEB])
        assert whole.initial is State.DOWN
        assert whole.changes == ((at(30), State.UP),)

    def test_a_change_decided_later_but_effective_earlier_overrules(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 10)])
        store.apply([change(WEB, State.UP, State.UNKNOWN, 40, 50)])
        store.apply([change(WEB, State.UNKNOWN, State.DOWN, 35, 60)])
        (history,) = store.histories(Period(at(0), at(100)), [WEB])
        assert history.changes == ((at(10), State.UP), (at(35), State.DOWN))
        (late,) = store.histories(Period(at(45), at(100)), [WEB])
        assert (late.initial, [*late.changes]) == (State.DOWN, [])
        assert store.verify().problem == ""

    def test_health_never_enters_a_history(self, store: Writer) -> None:
        store.apply([change(DISK, State.UNKNOWN, State.CRIT, 10)])
        assert [history for history in store.histories(ALWAYS) if history.changes] == []

    def test_a_subject_never_seen_is_unknown_throughout(self, store: Writer) -> None:
        (history,) = store.histories(ALWAYS, [CORE])
        assert (history.subject, history.initial, [*history.changes]) == (CORE, State.UNKNOWN, [])

    def test_a_subject_is_born_and_retired_with_the_inventory(self, store: Writer) -> None:
        store.register({WEB: None, CORE: at(-1000)}, at(0))
        store.register({CORE: None}, at(60))
        lives = store.lives()
        assert (lives[WEB].born, lives[WEB].retired) == (at(0), at(60))
        assert (lives[CORE].born, lives[CORE].retired) == (at(-1000), None)

    def test_one_that_comes_back_has_an_absence(self, store: Writer) -> None:
        store.register({WEB: None}, at(0))
        store.register({}, at(60))
        store.register({WEB: None}, at(90))
        life = store.lives()[WEB]
        assert (life.born, life.retired, life.absences) == (at(0), None, (Period(at(60), at(90)),))
        assert store.verify().problem == ""

    def test_leaving_and_coming_back_in_the_same_instant_is_one_life(self, store: Writer) -> None:
        store.register({WEB: None}, at(0))
        store.register({}, at(60))
        store.register({WEB: None}, at(60))
        assert store.lives()[WEB].absences == ()
        assert store.lives()[WEB].retired is None
        assert store.verify().problem == ""

    def test_registering_the_same_again_writes_nothing(self, store: Writer) -> None:
        store.register({WEB: None}, at(0))
        head = store.head()
        store.register({WEB: None}, at(60))
        assert store.head() == head

    def test_a_retired_device_takes_its_checks_along(self, store: Writer) -> None:
        store.register({WEB: None}, at(0))
        store.apply([change(WEB, State.UNKNOWN, State.DOWN, 1), change(DISK, State.UNKNOWN, State.CRIT, 1)])
        store.register({}, at(60))
        assert store.states() == {}
        assert [(item.subject, item.state) for item in store.changes(Period(at(60), at(61)))] == [
            (WEB, State.UNKNOWN),
            (DISK, State.UNKNOWN),
        ]
        assert len(store.apply([change(WEB, State.UNKNOWN, State.UP, 90)])) == 1
        assert store.verify().problem == ""

    def test_a_check_no_longer_made_becomes_unknown_and_leaves(self, store: Writer) -> None:
        store.apply([change(WEB, State.UNKNOWN, State.UP, 1), change(DISK, State.UNKNOWN, State.CRIT, 1)])
        store.retire([DISK], at(5))
        assert set(store.states()) == {WEB}
        assert store.changes_since(0, 10)[-1].state is State.UNKNOWN
        assert store.verify().problem == ""

    def test_a_window_counts_from_its_entry_and_keeps_its_withdrawal(self, store: Writer) -> None:
        store.enter_windows([window("move")], at(10))
        store.enter_windows([window("move"), window("power")], at(20))
        store.enter_windows([window("power")], at(30))
        move, power = store.windows()
        assert (move.window, move.entered_at, move.withdrawn_at) == (window("move"), at(10), at(30))
        assert (power.window, power.entered_at, power.withdrawn_at) == (window("power"), at(20), None)
        assert [fact.fact.kind for fact in store.facts(ALWAYS)][-3:] == ["window-entered", "window-entered", "window-withdrawn"]
        assert store.verify().problem == ""

    def test_a_changed_window_is_entered_anew(self, store: Writer) -> None:
        store.enter_windows([window("move")], at(10))
        store.enter_windows([window("move", reason="more time")], at(20))
        assert [(item.entered_at, item.withdrawn_at) for item in store.windows()] == [(at(10), at(20)), (at(20), None)]

    def test_the_last_heartbeat_is_found(self, store: Writer) -> None:
        assert store.last_heartbeat() is None
        for second in range(5):
            store.heartbeat(at(second))
        assert store.last_heartbeat() == at(4)

    def test_a_due_run_is_claimed_once(self, store: Writer) -> None:
        assert store.claim("backup", at(0), at(1), this_process())
        assert not store.claim("backup", at(0), at(2), this_process())
        (run,) = store.runs("backup", ALWAYS)
        assert (run.outcome, run.started, run.ended) == (RunOutcome.RUNNING, at(1), None)

    def test_a_finished_run_says_how_it_ended(self, store: Writer) -> None:
        store.claim("backup", at(0), at(1), this_process())
        store.finish("backup", at(0), at(9), RunOutcome.INCOMPLETE, "one of two places")
        (run,) = store.runs(None, ALWAYS)
        assert (run.outcome, run.ended, run.detail) == (RunOutcome.INCOMPLETE, at(9), "one of two places")
        assert not store.claim("backup", at(0), at(10), this_process())
        (fact,) = store.facts(ALWAYS, "run-finished")
        assert fact.fact.body["outcome"] == "incomplete"
        assert store.verify().problem == ""

    def test_a_run_nobody_claimed_cannot_finish(self, store: Writer) -> None:
        head = store.head()
        with pytest.raises(StoreError, match=r"'backup' due 2026-10-14T.* was not claimed"):
            store.finish("backup", at(0), at(9), RunOutcome.DONE, "")
        assert store.head() == head

    def test_runs_are_found_by_due_time_and_job(self, store: Writer) -> None:
        for job, due in (("a", 10), ("b", 20), ("a", 30)):
            store.claim(job, at(due), at(due), this_process())
        assert [(run.job, run.due) for run in store.runs(None, Period(at(10), at(30)))] == [("a", at(10)), ("b", at(20))]
        assert [run.due for run in store.runs("a", ALWAYS)] == [at(10), at(30)]

    def test_facts_are_found_by_time_and_kind(self, store: Writer) -> None:
        for second, kind in ((1, "note"), (2, "approval"), (3, "note")):
            store.append(Fact(kind, at(second), "somchai", {"n": second}))
        assert [fact.fact.body["n"] for fact in store.facts(ALWAYS, "note")] == [1, 3]
        assert [fact.fact.body["n"] for fact in store.facts(Period(at(2), at(3)))] == [2]

    def test_facts_of_some_kinds_are_found_in_the_order_of_writing_whatever_time_they_are_of(self, store: Writer) -> None:
        first = store.append(Fact("note", at(50), "somchai", {"n": 1}))
        for second, kind in ((1, "approval"), (99, "other"), (2, "note")):
            store.append(Fact(kind, at(second), "somchai", {"n": second}))
        store.apply([change(Subject.parse("core-1"), State.UNKNOWN, State.UP, 60)])
        assert [fact.fact.body["n"] for fact in store.facts_after(first.sequence, ("note", "approval"))] == [1, 2]
        assert [fact.fact.body["n"] for fact in store.facts_after(0, ("note",))] == [1, 2]
        assert store.facts_after(store.head().sequence, ("note",)) == []

    def test_the_digest_of_one_fact_is_known_by_its_number(self, store: Writer) -> None:
        facts = [store.append(Fact("note", at(second), "somchai", {"second": second})) for second in range(3)]
        assert [store.digest_of(fact.sequence) for fact in facts] == [fact.digest for fact in facts]
        assert store.digest_of(facts[-1].sequence + 1) is None

    def test_the_head_moves_with_every_fact(self, store: Writer) -> None:
        written = store.append(Fact("note", at(1), "somchai", {"n": 1}))
        assert store.head() == ChainHead("lab", written.sequence, written.digest, at(1))
        assert store.verify(store.head()).problem == ""

    def test_text_of_any_kind_survives(self, store: Writer) -> None:
        body = {"name": "a\n\t;|\"'\x00=+", "thai": "เวรยาม ๒๕๖๙", "bad": "file\udcff", "many": "x" * 10_000}
        store.append(Fact("note", at(1), "สมชาย", body))
        (fact,) = store.facts(ALWAYS, "note")
        assert fact.fact.body == body | {"bad": "file\\udcff"}
        assert store.verify().problem == ""

    def test_what_is_no_number_is_kept_as_nothing(self, store: Writer) -> None:
        moved = change(WEB, State.UNKNOWN, State.UP, 1)
        store.apply([Transition(replace(moved.record, value=NAN), replace(moved.change, value=float("inf"), limit=NAN))])
        assert store.changes(ALWAYS)[0].value is None
        assert store.states()[WEB].value is None
        assert store.verify().problem == ""

    def test_personal_values_are_digests_in_the_chain(self, store: Writer) -> None:
        store.append(Fact("approval", at(1), "p1", {"plan": "dr"}, {"name": "สมชาย ใจดี", "telephone": "0812345678"}))
        (fact,) = store.facts(ALWAYS, "approval")
        assert "สมชาย" not in fact.text
        assert "0812345678" not in fact.text
        assert fact.fact.personal == {"name": "สมชาย ใจดี", "telephone": "0812345678"}

    def test_erased_personal_values_are_gone_and_the_chain_is_whole(self, store: Writer) -> None:
        store.append(Fact("approval", at(1), "p1", {"plan": "dr"}, {"name": "สมชาย ใจดี"}))
        store.append(Fact("approval", at(2), "p2", {"plan": "dr"}, {"name": "สมหญิง"}))
        anchor = store.head()
        found = store.personal_with("สมชาย ใจดี")
        assert store.erase_personal(found, at(3), "officer", "asked by the person") == 1
        assert store.personal_with("สมชาย ใจดี") == []
        assert [dict(fact.fact.personal) for fact in store.facts(ALWAYS, "approval")] == [{}, {"name": "สมหญิง"}]
        assert [fact.fact.actor for fact in store.facts(ALWAYS, "personal-erased")] == ["officer"]
        verdict = store.verify(anchor)
        assert (verdict.problem, verdict.untested) == ("", "")

    def test_points_are_merged_into_their_hour(self, store: Writer) -> None:
        hour = Instant(START - START % 3_600_000)
        store.write_rollups([RollupRow("web", "cpu", hour, (0.25, *([NAN] * 59)))])
        store.write_rollups([RollupRow("web", "cpu", hour, (NAN, 0.5, *([NAN] * 58))), RollupRow("web", "up", hour, (1.0,) * 60)])
        cpu, alive = store.rollups("web", Period(START, at(1)))
        assert (cpu.series, cpu.hour, cpu.points[:2]) == ("cpu", hour, (0.25, 0.5))
        assert all(point != point for point in cpu.points[2:])  # noqa: PLR0124  # only NaN differs from itself
        assert alive.points == (1.0,) * 60
        assert store.rollups("database", ALWAYS) == []

    def test_facts_and_the_cursor_move_together(self, store: Writer) -> None:
        assert store.cursor("incidents") == 0
        before = store.head().sequence
        written = store.advance("incidents", 7, [Fact("incident-opened", at(1), "wenyam", {"n": n}) for n in (1, 2)])
        assert [fact.sequence for fact in written] == [before + 1, before + 2]
        assert [fact.fact.body["n"] for fact in store.facts(ALWAYS, "incident-opened")] == [1, 2]
        assert (store.cursor("incidents"), store.cursor("others")) == (7, 0)
        assert store.advance("incidents", 9, []) == []
        assert store.cursor("incidents") == 9
        assert store.verify().problem == ""

    def test_a_fact_that_is_refused_leaves_the_cursor_where_it_was(self, store: Writer) -> None:
        store.advance("incidents", 3, [])
        before = store.head()
        with pytest.raises(ValueError, match="state-change"):
            store.advance("incidents", 8, [Fact("note", at(1), "wenyam", {}), Fact("state-change", at(1), "wenyam", {})])
        assert (store.cursor("incidents"), store.head()) == (3, before)

    def test_what_others_sent_comes_back_newest_first(self, store: Writer) -> None:
        trap = Received(at(1), "192.0.2.7", "web", ReceivedKind.TRAP, "linkDown", "พอร์ต 7\udcff ล่ม\n; DROP")
        flood = Received(at(2), "192.0.2.9", None, ReceivedKind.SUMMARY, "not decoded", "9,870 further traps", 9870)
        head = store.head()
        store.receive([trap, flood])
        assert store.received(ALWAYS, 10) == [flood, replace(trap, text="พอร์ต 7\\udcff ล่ม\n; DROP")]
        assert store.received(ALWAYS, 1) == [flood]
        assert store.received(Period(at(0), at(2)), 10) == [replace(trap, text="พอร์ต 7\\udcff ล่ม\n; DROP")]
        assert store.head() == head

    def test_an_hour_of_another_length_is_refused(self, store: Writer) -> None:
        with pytest.raises(ValueError, match="60 points, not 3"):
            store.write_rollups([RollupRow("web", "cpu", START, (1.0, 2.0, 3.0))])

    def test_nothing_is_removed_by_age_after_a_clock_step(self, store: Writer) -> None:
        store.append(Fact("note", at(0), "somchai", {}))
        head = store.head()
        said = store.retain(Instant(START + 10**12), clock_stepped=True)
        assert "clock has stepped" in said
        assert store.head() == head

    def test_storage_says_what_is_left(self, store: Writer) -> None:
        storage = store.storage()
        assert storage.free_bytes > 0
        assert storage.ballast
        assert not storage.critical


class TestSqliteStore(StoreContract):
    @pytest.fixture
    def store(self, writer: SqliteWriter) -> Writer:
        return writer


def test_a_run_whose_process_is_gone_has_failed(writer: SqliteWriter, directory: Path, clock: FakeClock) -> None:
    host, pid, start = this_process().split(":")
    writer.claim("dead", at(0), at(1), f"{host}:{2**22 + 5}:{start}")
    writer.claim("reused", at(1), at(1), f"{host}:{pid}:{start}0")
    writer.claim("before reboot", at(2), at(1), f"{host}:{pid}:000000000000.1")
    writer.claim("elsewhere", at(3), at(1), f"other-host:{pid}:{start}0")
    writer.claim("alive", at(4), at(1), this_process())
    outcomes = {run.job: run.outcome for run in writer.runs(None, ALWAYS)}
    assert outcomes == {
        "dead": RunOutcome.FAILED,
        "reused": RunOutcome.FAILED,
        "before reboot": RunOutcome.FAILED,
        "elsewhere": RunOutcome.RUNNING,
        "alive": RunOutcome.RUNNING,
    }
