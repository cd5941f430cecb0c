"""A collection becomes latest values, verdicts and states."""

from dataclasses import replace

import pytest

from wenyam.checks.interface import InterfaceCheck
from wenyam.checks.status import StatusCheck
from wenyam.checks.threshold import ThresholdCheck
from wenyam.engine.board import Board
from wenyam.engine.latest import Latest
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.readings import is_silence, management
from wenyam.engine.service_probes import all_of, probe_verdict
from wenyam.engine.watched import Watched, watched_device
from wenyam.model.instants import Instant
from wenyam.model.inventory import AliveProbe, AliveRule, CheckPlan, Device, Policy, ReadPlan
from wenyam.model.samples import Collection, Failure, FailureReason, Family, Reading, single
from wenyam.model.states import CheckResult, State, Subject
from wenyam.testing.clock import FakeClock

AT_ONCE = Policy(after=1, of=1)
CPU = Subject.parse("core-1/cpu")


def threshold(name: str, sample: str, *, optional: bool, warn: float = 0.8, crit: float = 0.9) -> CheckPlan:
    parameters = ThresholdCheck.Parameters.model_validate({"sample": sample, "warn": warn, "crit": crit})
    return CheckPlan(name, "threshold", parameters, AT_ONCE, optional=optional)


def watched(*plans: CheckPlan) -> Watched:
    alive = AliveRule((AliveProbe("icmp"),))
    return watched_device(Device("core-1", "switch", ("192.0.2.1",), "here", "owner", "duty", alive, checks=plans))


def collection(*families: Family, job: str = "snmp", at: int = 1000, failures: tuple[Failure, ...] = ()) -> Collection:
    return Collection("core-1", job, Instant(at), 0.5, reading=Reading(families, failures))


@pytest.fixture
def board() -> Board:
    return Board(FakeClock(), {})


@pytest.fixture
def pipeline(board: Board) -> Pipeline:
    return Pipeline(board, Latest())


def cpu(value: float) -> Family:
    return Family("cpu_utilization_ratio", ((("cpu", "all"),),), (value,))


def test_a_value_over_its_limit_is_critical(board: Board, pipeline: Pipeline) -> None:
    what = watched(threshold("cpu", "cpu_utilization_ratio", optional=False))
    pipeline.take(what, collection(cpu(0.5)), 0.0)
    assert board.state(CPU) is State.OK
    pipeline.take(what, collection(cpu(0.95), at=2000), 1.0)
    assert board.state(CPU) is State.CRIT
    record = board.record(CPU)
    assert record is not None
    assert (record.value, record.limit) == (0.95, 0.9)


def test_a_default_check_begins_with_its_first_sample_and_is_owed_from_then_on(board: Board, pipeline: Pipeline) -> None:
    what = watched(threshold("cpu", "cpu_utilization_ratio", optional=True))
    pipeline.take(what, collection(single("memory_utilization_ratio", 0.1)), 0.0)
    assert board.record(CPU) is None
    pipeline.take(what, collection(cpu(0.5), at=2000), 1.0)
    assert board.state(CPU) is State.OK
    pipeline.take(what, collection(single("memory_utilization_ratio", 0.1), at=3000), 2.0)
    assert board.state(CPU) is State.UNKNOWN


def test_a_check_of_ones_own_is_owed_from_the_first_reading(board: Board, pipeline: Pipeline) -> None:
    what = watched(threshold("cpu", "cpu_utilization_ratio", optional=False))
    pipeline.take(what, collection(single("memory_utilization_ratio", 0.1)), 0.0)
    record = board.record(CPU)
    assert record is not None
    assert record.state is State.UNKNOWN
    assert "no data" in record.summary


DISKS = Subject.parse("core-1/disks")
CUT = Failure(FailureReason.TIMEOUT, "disks: no answer")


def disks(at: int, *values: float, cut: bool = False) -> Collection:
    family = Family("disk_status", tuple((("disk", str(place)),) for place in range(len(values))), values)
    partial = frozenset({"disk_status"} if cut else ())
    return Collection("core-1", "snmp", Instant(at), 0.5, reading=Reading((family,), (CUT,) if cut else (), partial=partial))


def test_a_table_that_was_cut_off_before_its_failed_row_makes_nothing_good(board: Board, pipeline: Pipeline) -> None:
    plan = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE)
    what, seen = watched(plan), []
    for at, reading in enumerate((
        disks(1000, 1, 1, cut=True), disks(2000, 1, 1, 3), disks(3000, 1, cut=True), disks(4000, 1, 1, cut=True),
        disks(5000, 1, 1, 3, cut=True), disks(6000, 1, cut=True), disks(7000, 1, 1, 1), disks(8000, 1, cut=True),
    )):  # fmt: skip
        pipeline.take(what, reading, float(at))
        seen.append(board.state(DISKS))
    ok, critical, unknown = State.OK, State.CRIT, State.UNKNOWN
    assert seen == [unknown, critical, unknown, unknown, critical, unknown, ok, unknown]


def test_a_table_that_is_never_whole_is_good_when_the_rows_that_were_there_are(board: Board, pipeline: Pipeline) -> None:
    plan = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE)
    for reading in (disks(2000, 1, 3, cut=True), disks(3000, 3, cut=True), disks(4000, 1, cut=True)):
        pipeline.take(watched(plan), reading, 0.0)
    assert board.state(DISKS) is State.UNKNOWN
    pipeline.take(watched(plan), disks(5000, 1, 1, cut=True), 0.0)
    assert board.state(DISKS) is State.OK
    pipeline.take(watched(plan), disks(6000, 1, cut=True), 0.0)
    assert board.state(DISKS) is State.UNKNOWN


def test_a_part_in_which_every_row_of_the_last_whole_reading_is_there_is_good(board: Board, pipeline: Pipeline) -> None:
    plan = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE)
    for reading in (disks(1000, 1, 1, 1), disks(2000, 1, 1, cut=True)):
        pipeline.take(watched(plan), reading, 0.0)
    record = board.record(DISKS)
    assert record is not None
    assert (record.soft_state, record.summary) == (
        State.UNKNOWN,
        "disk OK (2 checked), but not everything could be read: disks: no answer",
    )
    pipeline.take(watched(plan), disks(3000, 1, 1, 1, 1, cut=True), 0.0)
    assert board.state(DISKS) is State.OK


def test_what_was_bad_before_a_restart_is_not_good_by_a_part_of_its_rows(board: Board, pipeline: Pipeline) -> None:
    plan = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE)
    pipeline.take(watched(plan), disks(1000, 1, 1, 3), 0.0)
    assert board.state(DISKS) is State.CRIT
    Pipeline(board, Latest()).take(watched(plan), disks(2000, 1, 1, cut=True), 0.0)
    assert board.state(DISKS) is State.UNKNOWN


def test_a_row_that_is_named_is_judged_although_others_are_missing(board: Board, pipeline: Pipeline) -> None:
    parameters = StatusCheck.Parameters(samples=("disk_status",), labels={"disk": "0"})
    pipeline.take(watched(CheckPlan("disks", "status", parameters, AT_ONCE)), disks(1000, 1, cut=True), 0.0)
    assert board.state(DISKS) is State.OK


def test_a_port_behind_the_cut_was_not_read_and_one_before_it_is_judged(board: Board, pipeline: Pipeline) -> None:
    def read(at: int, count: int, *, cut: bool) -> State:
        labels = tuple((("interface", f"p{number}"), ("alias", "")) for number in range(count))
        families = tuple(Family(f"interface_{kind}_status", labels, (1.0,) * count) for kind in ("oper", "admin"))
        partial = frozenset({"interface_oper_status", "interface_admin_status"} if cut else ())
        reading = Reading(families, (CUT,) if cut else (), partial=partial)
        pipeline.take(watched(*plans), Collection("core-1", "snmp", Instant(at), 0.5, reading=reading), 0.0)
        assert board.state(Subject.parse("core-1/first")) is State.OK
        return board.state(Subject.parse("core-1/port"))

    wanted = {"first": "p0", "port": "p2"}
    plans = [
        CheckPlan(name, "interface", InterfaceCheck.Parameters(interfaces=(port,)), AT_ONCE) for name, port in wanted.items()
    ]
    assert [read(1000, 2, cut=True), read(2000, 3, cut=False), read(3000, 2, cut=False)] == [State.UNKNOWN, State.OK, State.CRIT]


def test_why_a_cut_off_table_makes_nothing_good_is_said(board: Board, pipeline: Pipeline) -> None:
    plan = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE)
    for reading in (disks(2000, 1, 1, 3), disks(3000, 1, cut=True)):
        pipeline.take(watched(plan), reading, 0.0)
    record = board.record(DISKS)
    assert record is not None
    assert record.summary == "disk 0 OK, but rows are missing and one was bad: disks: no answer"


def raid(at: int, *values: float, cut: bool = False) -> Collection:
    """Read a device that tells its processor, and its disks as long as it does."""
    rows = disks(at, *values, cut=cut).reading
    assert rows is not None
    partial = rows.partial
    families = (cpu(0.5), *(rows.families if values else ()))
    return Collection("core-1", "snmp", Instant(at), 0.5, reading=Reading(families, partial=partial))


@pytest.mark.parametrize("least", [1, 2])
def test_a_table_or_a_row_that_is_gone_from_an_agent_that_answers_is_told_until_it_is_back(
    board: Board, pipeline: Pipeline, least: int
) -> None:
    parameters = StatusCheck.Parameters(samples=("disk_status",), at_least=least)
    disk = CheckPlan("disks", "status", parameters, AT_ONCE, optional=True)
    what = watched(disk, threshold("cpu", "cpu_utilization_ratio", optional=True))
    assert pipeline.take(what, raid(1000, 1, 1), 0.0) == ()
    gone = raid(2000) if least == 1 else raid(2000, 1)
    untold = pipeline.take(what, gone, 1.0)
    assert (board.state(DISKS), untold) == (State.UNKNOWN, ("disks",))
    result = management(gone, untold)
    assert (result.state, result.summary) == (State.WARN, "no longer told: disks")
    assert pipeline.take(what, raid(3000, 1, 1), 2.0) == ()


def test_what_was_lost_before_a_restart_is_told_still(board: Board, pipeline: Pipeline) -> None:
    what = watched(CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",)), AT_ONCE, optional=True))
    what = replace(what, reads=(ReadPlan("snmp", "snmp", 60.0, 5.0, None), ReadPlan("door", "tcp", 60.0, 5.0, None)))
    pipeline.take(what, raid(1000, 1, 1), 0.0)
    pipeline.take(what, raid(2000), 1.0)
    again = Pipeline(board, Latest())
    assert again.take(what, raid(3000), 0.0) == ()  # the other job was not read yet, and may bring them
    door = collection(single("tcp_connect_seconds", 0.1, (("port", "22"),)), job="door", at=3500)
    assert again.take(what, door, 0.0) == ()
    assert again.take(what, raid(4000), 0.0) == ("disks",)
    assert again.take(what, door, 0.0) == ()
    assert again.take(what, raid(5000, 1, 1), 0.0) == ()
    assert board.state(DISKS) is State.OK


def test_neither_a_cut_off_table_nor_a_rate_that_waits_is_missing(board: Board, pipeline: Pipeline) -> None:
    rate = threshold("errors", "rate(interface_receive_errors_total)", optional=False, warn=1, crit=10)
    disk = CheckPlan("disks", "status", StatusCheck.Parameters(samples=("disk_status",), at_least=2), AT_ONCE)
    labels = ((("interface", "eth0"), ("alias", "")),)
    counted = Family("interface_receive_errors_total", labels, (1.0,))
    cut = Reading((counted, *raid(1000, 1).reading.families), partial=frozenset({"disk_status"}))  # type: ignore[union-attr]  # it has one
    untold = pipeline.take(watched(rate, disk), Collection("core-1", "snmp", Instant(1000), 0.5, reading=cut), 0.0)
    assert board.state(DISKS) is State.UNKNOWN
    assert untold == ()


def test_another_job_does_not_disturb_a_check_that_lives_on_this_one(board: Board, pipeline: Pipeline) -> None:
    what = watched(threshold("cpu", "cpu_utilization_ratio", optional=False))
    pipeline.take(what, collection(cpu(0.5)), 0.0)
    pipeline.take(what, collection(single("tcp_connect_seconds", 0.1, (("port", "22"),)), job="door", at=2000), 1.0)
    assert board.state(CPU) is State.OK
    assert pipeline.bound_job(CPU) == "snmp"


def test_a_rate_is_judged_from_the_second_reading_on(board: Board, pipeline: Pipeline) -> None:
    rate = "rate(interface_receive_errors_total)"
    what = watched(threshold("errors", rate, optional=True, warn=1, crit=10))
    labels = ((("interface", "eth0"), ("alias", "")),)
    for second, total in ((0, 100.0), (60, 100.0), (120, 1300.0)):
        family = Family("interface_receive_errors_total", labels, (total,))
        pipeline.take(what, collection(family, at=1000 + second * 1000), float(second))
    record = board.record(Subject.parse("core-1/errors"))
    assert record is not None
    assert (record.state, record.value) == (State.CRIT, 20.0)


def failure(reason: FailureReason) -> Failure:
    return Failure(reason, "snmp: said why")


def failed(reason: FailureReason) -> Collection:
    return Collection("core-1", "snmp", Instant(1), 1.0, failure=failure(reason))


@pytest.mark.parametrize(
    ("what", "state", "words"),
    [
        (collection(cpu(0.1)), State.OK, "read in 0.5 s"),
        (collection(cpu(0.1), failures=(failure(FailureReason.BUDGET),)), State.WARN, "partial: snmp: said why"),
        (failed(FailureReason.TIMEOUT), State.CRIT, "management lost: snmp: said why"),
        (failed(FailureReason.REFUSED), State.CRIT, "management lost: snmp: said why"),
        (failed(FailureReason.HOST_KEY), State.CRIT, "cannot be read: snmp: said why"),
        (failed(FailureReason.CREDENTIALS), State.UNKNOWN, "credentials refused: snmp: said why"),
    ],
)
def test_management_says_whether_a_device_can_be_read(what: Collection, state: State, words: str) -> None:
    result = management(what)
    assert (result.state, result.summary) == (state, words)


def test_only_silence_is_silence() -> None:
    assert is_silence(Collection("a", "snmp", Instant(1), 1.0, failure=failure(FailureReason.TIMEOUT)))
    assert not is_silence(Collection("a", "snmp", Instant(1), 1.0, failure=failure(FailureReason.HOST_KEY)))
    assert not is_silence(collection(cpu(0.1)))


def page(status: float, matches: float | None = None, failures: tuple[Failure, ...] = ()) -> Collection:
    label = (("url", "http://192.0.2.1/"),)
    families = [single("http_status_code", status, label)]
    if matches is not None:
        families.append(single("http_content_matches", matches, label))
    return Collection("service:erp", "login", Instant(1), 0.1, reading=Reading(tuple(families), failures))


def test_a_page_is_usable_only_with_a_good_status_and_its_text() -> None:
    assert probe_verdict(page(200, 1.0)).state is State.UP
    assert probe_verdict(page(302)).state is State.UP
    broken = probe_verdict(page(500, 1.0))
    assert (broken.state, broken.summary) == (State.DOWN, "login: the page answers with an error (http_status_code 500)")
    empty = probe_verdict(page(200, 0.0))
    assert (empty.state, empty.summary) == (State.DOWN, "login: the expected text is not on the page (http_content_matches 0)")
    assert probe_verdict(page(200, 1.0, (failure(FailureReason.MALFORMED),))).state is State.DOWN
    assert probe_verdict(Collection("s", "x", Instant(1), 1.0, failure=failure(FailureReason.CREDENTIALS))).state is State.UNKNOWN


def test_own_probes_are_all_of() -> None:
    up, down, unknown = (CheckResult(state, state.value) for state in (State.UP, State.DOWN, State.UNKNOWN))
    assert all_of({"a": up, "b": down}, 2) is down
    assert all_of({"a": up, "b": unknown}, 2) is unknown
    assert all_of({"a": unknown, "b": down}, 2) is down
    assert all_of({"a": up, "b": up}, 2) is up
    assert all_of({"a": up}, 2).state is State.UNKNOWN
