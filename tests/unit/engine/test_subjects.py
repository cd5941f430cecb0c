"""Which checks are owed, and for how long: kept between looks, and worked out anew when a check finds its job."""

from dataclasses import replace

from wenyam.checks.threshold import ThresholdCheck
from wenyam.engine.board import Board
from wenyam.engine.latest import Latest
from wenyam.engine.pipeline import Pipeline
from wenyam.engine.subjects import Subjects
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE, AliveProbe, AliveRule, CheckPlan, Device, Inventory, ReadPlan
from wenyam.model.samples import Collection, Family, Reading
from wenyam.model.states import CheckResult, Observation, State, Subject
from wenyam.testing.clock import FakeClock

CPU, MANAGEMENT = Subject.parse("core-1/cpu"), Subject.parse("core-1/management-snmp")
READ = ReadPlan("snmp", "snmp", 60.0, 5.0, None)


def test_a_check_is_owed_from_when_it_finds_its_job_and_for_as_long_as_that_says() -> None:
    clock = FakeClock()
    board = Board(clock, {})
    pipeline = Pipeline(board, Latest())
    subjects = Subjects(board, pipeline)
    parameters = ThresholdCheck.Parameters.model_validate({"sample": "cpu_utilization_ratio", "warn": 0.8, "crit": 0.9})
    check = CheckPlan("cpu", "threshold", parameters, AT_ONCE, optional=True)
    alive = AliveRule((AliveProbe("icmp"),))
    device = Device("core-1", "switch", ("192.0.2.1",), "here", "owner", "duty", alive, reads=(READ,), checks=(check,))
    subjects.configure(Inventory(devices={"core-1": device}), clock.now())
    watched = subjects.devices()["core-1"]
    assert subjects.health(watched) == {}, "nothing is owed by what is not up"
    board.observe(watched.subject, Observation(clock.now(), CheckResult(State.UP, "answered")), AT_ONCE)
    assert subjects.health(watched) == {MANAGEMENT: READ.validity}
    load = Family("cpu_utilization_ratio", ((("cpu", "all"),),), (0.5,))
    pipeline.take(watched, Collection("core-1", "snmp", Instant(1000), 0.5, reading=Reading((load,))), 0.0)
    assert subjects.health(watched) == {MANAGEMENT: READ.validity, CPU: READ.validity}
    slower = replace(device, reads=(replace(READ, interval=600.0),))
    subjects.configure(Inventory(devices={"core-1": slower}), clock.now())
    assert subjects.health(subjects.devices()["core-1"])[CPU] == slower.reads[0].validity > READ.validity
