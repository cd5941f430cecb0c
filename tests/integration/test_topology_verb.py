"""`wenyam topology` on two played switches: a cable is drawn from both ends, moved, told, and kept as a fact."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from wenyam.cli import main
from wenyam.links.snmp import oids
from wenyam.links.snmp.player import Answerer, Player
from wenyam.links.snmp.recordings import Tree, replacement
from wenyam.model.instants import Instant, Period
from wenyam.operations.topology import FACT
from wenyam.store.sqlite import open_reader
from wenyam.testing.cases import playing

pytestmark = pytest.mark.real

CONFIGURATION = """
instance:
  {{name: watch-1, site: office, state_directory: {folder}/state, run_directory: {folder}/run, exporter: {{enabled: false}}}}
sites:
  office: {{label: {{th: สำนักงาน, en: Office}}}}
people:
  operator: {{name: {{th: เจ้าหน้าที่, en: Operator}}, roles: [operator]}}
defaults: {{owner: operator, duty_officer: operator}}
credentials:
  read: {{kind: snmp-community, community: "file:{folder}/secret"}}
devices:
  core: {{kind: switch, address: 127.45.0.1, credentials: {{snmp: read}}, reads: {{snmp: {{port: {core}}}}}}}
  access: {{kind: switch, address: 127.45.0.2, credentials: {{snmp: read}}, reads: {{snmp: {{port: {access}}}}}}}
"""
LLDP = "1.0.8802.1.1.2.1"
EVER = Period(Instant(0), Instant(2**53))


def switch(name: str, port: int, remote: tuple[str, str]) -> Answerer:
    lines = [
        "1.3.6.1.2.1.1.2.0=object:1.3.6.1.4.1.99999.1",
        "1.3.6.1.2.1.1.3.0=ticks:1000000",
        f"1.3.6.1.2.1.1.5.0=text:{name}",
        *(f"1.3.6.1.2.1.31.1.1.1.1.{number}=text:Gi0/{number}" for number in (1, 2)),
        *told(port, *remote),
    ]
    pairs = dict(map(replacement, lines))
    names = sorted(pairs, key=oids.arcs)
    return Answerer(Tree(names, [pairs[each] for each in names]))


def told(port: int, name: str, remote_port: str) -> list[str]:
    return [
        f"{LLDP}.4.1.1.4.0.{port}.1=integer:7",
        f"{LLDP}.4.1.1.5.0.{port}.1=text:{name}",
        f"{LLDP}.4.1.1.6.0.{port}.1=integer:5",
        f"{LLDP}.4.1.1.7.0.{port}.1=text:{remote_port}",
        f"{LLDP}.4.1.1.9.0.{port}.1=text:{name}",
    ]


class Room:
    """Two switches and a configuration."""

    def __init__(self, folder: Path, stack: ExitStack) -> None:
        self.folder = folder
        self.core, self.access = switch("core-sw", 1, ("access-sw", "Gi0/2")), switch("access-sw", 2, ("core-sw", "Gi0/1"))
        players: list[Player] = [
            stack.enter_context(playing(agent, address))
            for agent, address in ((self.core, "127.45.0.1"), (self.access, "127.45.0.2"))
        ]
        (folder / "etc").mkdir()
        text = CONFIGURATION.format(folder=folder, core=players[0].ports[0], access=players[1].ports[0])
        (folder / "etc" / "wenyam.yaml").write_text(text, encoding="utf-8")
        (folder / "secret").write_text("public")
        (folder / "secret").chmod(0o600)

    def call(self, *words: str) -> int:
        return main.main(["--config", str(self.folder / "etc"), "topology", *words])


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with ExitStack() as stack:
        yield Room(tmp_path, stack)


def test_a_cable_that_is_moved_is_told_and_becomes_a_fact(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.call() == 0
    said = capsys.readouterr().out
    assert "access Gi0/2  —  core Gi0/1  (lldp)" in said
    assert "core Gi0/1    —  access Gi0/2  (lldp)" in said
    assert "Changed" not in said
    assert room.call("--record") == 0
    assert room.call("--json") == 0
    assert json.loads(capsys.readouterr().out.rpartition("Cables")[2].partition("{")[2].join(["{", ""]))["changes"] == []

    for line in told(1, "access-sw", "Gi0/2"):
        room.core.remove(line.partition("=")[0])
    for line in told(2, "access-sw", "Gi0/2"):
        room.core.change(line)
    for line in told(2, "core-sw", "Gi0/2"):
        room.access.change(line)
    assert room.call() == 0
    assert "core Gi0/1: nothing is seen any more, before access Gi0/2" in capsys.readouterr().out
    assert room.call("--record", "--dot") == 0
    assert '"access" -- "core" [taillabel="Gi0/2", headlabel="Gi0/2"];' in capsys.readouterr().out
    reader = open_reader(room.folder / "state")
    facts = [each.fact.body for each in reader.facts(EVER, FACT)]
    reader.close()
    assert [(fact["device"], fact["port"], fact["after"]) for fact in facts] == [
        ("access", "Gi0/2", "core Gi0/2"),
        ("core", "Gi0/1", ""),
        ("core", "Gi0/2", "access Gi0/2"),
    ]


def test_a_switch_that_is_silent_keeps_its_cables_and_is_named(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.call("--record") == 0
    room.access._communities = frozenset({b"other"})
    assert room.call("--record") == 3
    said = capsys.readouterr().out
    assert "access: No answer came in time" in said
    assert "Changed since the map was last recorded\n  nothing\n" in said
    room.access._communities = frozenset({b"public"})
    assert room.call("--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


def test_a_spoilt_map_and_an_unknown_root_are_sentences(room: Room, capsys: pytest.CaptureFixture[str]) -> None:
    assert room.call("--root", "nobody") == 2
    assert "there is no device 'nobody'" in capsys.readouterr().err
    (room.folder / "state").mkdir(exist_ok=True)
    (room.folder / "state" / "topology.json").write_text('{"version": 1, "cables": [7]}')
    assert room.call() == 1
    assert "is not a map of cables" in capsys.readouterr().err
