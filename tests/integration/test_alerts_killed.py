"""kill -9 between the fact and its delivery, again and again: every alert arrives, and a duplicate has the same key."""

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.alerts import facts
from wenyam.incidents import facts as incident_facts
from wenyam.model.facts import Fact
from wenyam.model.states import State
from wenyam.store.sqlite import open_reader
from wenyam.testing.alert_house import write_configuration
from wenyam.testing.receivers import Heard, HttpReceiver, Reply

pytestmark = pytest.mark.real

KILLS = int(os.environ.get("WENYAM_KILLS", "20"))
SEED = 20_261_126
DEVICES = 30
MANY = 100
CHILD = Path(__file__).with_name("alerts_killed_child.py")


class SlowReceiver(HttpReceiver):
    """Answers a little late, so that many kills fall between the message and its answer."""

    def answer(self, heard: Heard) -> Reply:
        return Reply(stall=0.03) if heard.method == "POST" else Reply()


@pytest.fixture
def receiver() -> Iterator[SlowReceiver]:
    with SlowReceiver() as server:
        yield server


def sections(receiver: SlowReceiver) -> dict[str, object]:
    one = {"kind": "server", "address": "127.0.0.1", "shared_address": True, "alive": {"any_of": ["tcp:9"]}}
    return {
        "devices": {f"d{number}": one for number in range(DEVICES)},
        "channels": {"hook": {"kind": "webhook", "url": receiver.url, "cap_per_hour": 10_000, "self_test": None}},
        "alerts": {"group_wait": "1ms", "reopen_within": "1ms"},
    }


def on_record(state: Path, *kinds: str) -> list[Fact]:
    reader = open_reader(state)
    try:
        return [chained.fact for chained in reader.facts_after(0, kinds)]
    finally:
        reader.close()


def test_every_alert_arrives_however_often_the_watcher_is_killed(tmp_path: Path, receiver: SlowReceiver) -> None:
    write_configuration(tmp_path, sections(receiver))
    state = tmp_path / "state"
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path), str(KILLS), str(SEED)],
        capture_output=True, text=True, timeout=60 + 2 * KILLS, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    raised = {str(fact.body["key"]): str(fact.body["parts"]).split() for fact in on_record(state, facts.RAISED)}
    merged = {str(fact.body["key"]) for fact in on_record(state, facts.MERGED)}
    delivered = {str(fact.body["key"]) for fact in on_record(state, facts.DELIVERED)}
    heard = Counter(each.headers["idempotency-key"] for each in receiver.heard if each.method == "POST")
    assert len({part for parts in raised.values() for part in parts}) > KILLS // 4
    assert set(raised) == merged | delivered, "something still waits"
    assert delivered <= set(heard), "said to be delivered, but never arrived"
    told = {part for key in heard for part in raised[key]}
    assert {part for parts in raised.values() for part in parts} <= told, "raised, but never arrived"
    # A message whose answer was cut off by the kill comes again under its own key; nothing else comes twice.
    again = sum(heard.values()) - len(heard)
    assert again <= KILLS
    assert again > 0 or KILLS < MANY, "no kill ever fell between a message and its answer: this proves too little"


def test_every_fall_that_was_written_belongs_to_an_incident_afterwards(tmp_path: Path, receiver: SlowReceiver) -> None:
    write_configuration(tmp_path, sections(receiver))
    done = subprocess.run(
        [sys.executable, str(CHILD), str(tmp_path), "10", "7"], capture_output=True, text=True, timeout=90, check=False
    )
    assert done.returncode == 0, done.stderr
    reader = open_reader(tmp_path / "state")
    try:
        falls = {(str(each.subject), each.effective) for each in reader.changes_since(0, 100_000) if each.state is State.DOWN}
    finally:
        reader.close()
    held = {
        (str(member.subject), member.since)
        for fact in on_record(tmp_path / "state", incident_facts.MEMBERS)
        for member in incident_facts.read_members(fact.body)
    }
    assert falls != set()
    assert falls <= held
