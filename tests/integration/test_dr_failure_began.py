"""What a failover's recovery time is counted from: run by the real program against a real page."""

import json
from contextlib import closing
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.model.instants import after
from wenyam.model.states import State, StateChange, StateRecord, Subject, SubjectKind
from wenyam.store.interface import Transition
from wenyam.store.sqlite import open_writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.pings import PingReceiver
from wenyam.testing.recovery_plans import PLAN, dr, write_configuration

pytestmark = pytest.mark.real


def test_from_when_a_failover_counts_is_said_and_who_says_it_later_than_the_watcher_is_told_so(tmp_path: Path) -> None:
    promised = {"objectives": {"recovery_time": "4h", "recovery_point": "none"}}
    step = {"id": "page", "do": "test_service", "with": {"service": "erp", "within": "1s"}}
    with PingReceiver() as page:
        probe = {"collector": "http", "url": page.url}
        more = {"services": {"erp": {"label": "ERP", "members": {"all": ["erp-db"]}, "probes": {"page": probe}}}}
        folder = write_configuration(tmp_path / "c", [step], plan=promised, more=more)
        assert dr(folder, "rehearse", PLAN).returncode == 0
        blind = dr(folder, "failover", PLAN)
        unknown = "neither a person nor the watcher said when the failure began, so the recovery time (RTO) is NOT TESTED"
        assert (blind.returncode, unknown in blind.stderr) == (3, True), blind.stderr
        assert "the recovery time will not be tested" in blind.stderr
        told = dr(folder, "failover", PLAN, "--began", "now")
        assert (told.returncode, "PASS: 1 steps passed" in told.stderr) == (0, True), told.stderr
        now = SystemClock().now()
        with closing(open_writer(folder / "state", FakeClock(now), "wenyam-dr", ballast_bytes=0)) as writer:
            service = Subject(SubjectKind.SERVICE, "erp")
            began = after(now, -18_000)
            record = StateRecord(service, State.DOWN, since=began, soft_state=State.DOWN)
            writer.apply([Transition(record, StateChange(service, State.UNKNOWN, State.DOWN, began, began))])
        later = dr(folder, "failover", PLAN, "--began", "now", "--json")
        run = json.loads(later.stdout)["run"]
        assert "by the word of somchai, but the watcher saw it from" in run["reason"]
        seen = dr(folder, "failover", PLAN)
        assert (seen.returncode, "recovery took 5 h" in seen.stderr) == (1, True), seen.stderr
