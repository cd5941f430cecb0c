"""`wenyam discover` on played agents: found, joined, named, asked before anything is written, slow enough."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from wenyam.cli import main
from wenyam.links.snmp import oids
from wenyam.links.snmp.player import Answerer, Player
from wenyam.links.snmp.recordings import Tree, replacement
from wenyam.settings.loader import load
from wenyam.testing.ports import free_port

pytestmark = pytest.mark.real

CONFIGURATION = """
instance: {{name: watch-1, site: office, state_directory: {folder}, run_directory: {folder}, exporter: {{enabled: false}}}}
sites: {{office: {{label: {{th: สำนักงาน, en: Office}}}}}}
people: {{operator: {{name: {{th: เจ้าหน้าที่, en: Operator}}, roles: [operator]}}}}
defaults: {{owner: operator, duty_officer: operator}}
credentials:
  read: {{kind: snmp-community, community: "file:{folder}/secret"}}
  other: {{kind: snmp-community, community: "file:{folder}/other"}}
  shell: {{kind: ssh-password, username: u, password: "file:{folder}/secret"}}
devices:
  known: {{kind: switch, address: 127.46.0.1}}
"""


def agent(name: str, object_id: str, services: int, community: bytes = b"public") -> Answerer:
    lines = [
        f"1.3.6.1.2.1.1.1.0=text:{name} made",
        f"1.3.6.1.2.1.1.2.0=object:{object_id}",
        "1.3.6.1.2.1.1.3.0=ticks:500000",
        f"1.3.6.1.2.1.1.5.0=text:{name}",
        f"1.3.6.1.2.1.1.7.0=integer:{services}",
    ]
    pairs = dict(map(replacement, lines))
    names = sorted(pairs, key=oids.arcs)
    return Answerer(Tree(names, [pairs[each] for each in names]), [community])


@contextmanager
def serving(agents: dict[str, Answerer]) -> Iterator[int]:
    """Play each agent at its address, all at one port."""
    port = free_port("127.46.0.2")
    players = [Player(each, [address], port) for address, each in agents.items()]
    over = threading.Event()

    def serve(player: Player) -> None:
        while not over.is_set():
            player.step(0.02)

    threads = [threading.Thread(target=serve, args=(player,), daemon=True) for player in players]
    for thread in threads:
        thread.start()
    try:
        yield port
    finally:
        over.set()
        for thread, player in zip(threads, players, strict=True):
            thread.join()
            player.close()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    router = agent("edge-1.example.go.th", "1.3.6.1.4.1.99999.1", 4)
    agents = {
        "127.46.0.2": agent("fw-1", "1.3.6.1.4.1.12356.101.1.1", 78),
        "127.46.0.3": router,
        "127.46.0.4": router,
        "127.46.0.5": agent("hidden", "1.3.6.1.4.1.99999.1", 2, b"another"),
    }
    with serving(agents) as bound:
        yield bound


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir(mode=0o700)
    (tmp_path / "etc" / "wenyam.yaml").write_text(CONFIGURATION.format(folder=tmp_path), encoding="utf-8")
    for name, community in (("secret", "public"), ("other", "another")):
        (tmp_path / name).write_text(community)
        (tmp_path / name).chmod(0o600)
    return tmp_path


def call(folder: Path, port: int, *words: str) -> int:
    fast = () if "--rate" in words else ("--rate", "500")
    return main.main(["--config", str(folder / "etc"), "discover", *words, "--port", str(port), *fast])


def test_what_is_found_is_proposed_and_written_only_when_confirmed(
    folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    assert call(folder, port, "127.46.0.0/29", "--credential", "read", "--write", "found.yaml") == 2
    said = capsys.readouterr()
    assert "the file" in said.err
    assert "nothing was changed" in said.err
    assert "5 addresses asked, 1 known already; 2 devices" in said.err
    assert not (folder / "etc" / "found.yaml").exists()
    words = ("127.46.0.0/29", "--credential", "read", "--credential", "other", "--write", "found.yaml", "--confirm", "found.yaml")
    assert call(folder, port, *words) == 0
    devices = load(folder / "etc").inventory.devices
    assert {name: (device.kind, device.addresses) for name, device in devices.items()} == {
        "known": ("switch", ("127.46.0.1",)),
        "fw-1": ("firewall", ("127.46.0.2",)),
        "edge-1": ("router", ("127.46.0.3", "127.46.0.4")),
        "hidden": ("switch", ("127.46.0.5",)),
    }
    assert call(folder, port, "127.46.0.0/29", "--credential", "read", "--json") == 0
    assert json.loads(capsys.readouterr().out.rpartition('{\n  "version"')[2].join(['{\n  "version"', ""]))["devices"] == []


def test_a_proposal_that_would_spoil_the_configuration_is_taken_back(
    folder: Path, port: int, capsys: pytest.CaptureFixture[str]
) -> None:
    main_file = folder / "etc" / "wenyam.yaml"
    words = ("127.46.0.2", "--credential", "read", "--write", "found.yaml", "--confirm", "found.yaml")
    assert call(folder, port, *words) == 0
    (folder / "etc" / "found.yaml").rename(folder / "etc" / "kept.yaml")
    text = main_file.read_text(encoding="utf-8")
    main_file.write_text(text.replace("defaults: {owner: operator, duty_officer: operator}\n", ""), encoding="utf-8")
    capsys.readouterr()
    assert call(folder, port, *words) == 2
    assert "owner" in capsys.readouterr().err
    assert not (folder / "etc" / "found.yaml").exists()


def test_it_asks_no_faster_than_it_may(folder: Path, port: int) -> None:
    begun = time.monotonic()
    assert call(folder, port, "127.46.0.2", "127.46.0.3", "127.46.0.4", "--credential", "read", "--rate", "4") == 0
    assert time.monotonic() - begun >= 0.7


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("10.0.0.0/8", "--credential", "read"), "has 16777216 addresses"),
        (("nonsense", "--credential", "read"), "'nonsense' is no network"),
        (("127.46.0.2", "--credential", "shell"), "there is no SNMP credential 'shell'; there are: other, read"),
        (("127.46.0.2", "--credential", "read", "--write", "../x.yaml"), "is no name of a .yaml file"),
        (("127.46.0.2", "--credential", "read", "--rate", "0"), "asks nobody"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(
    folder: Path, port: int, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], sentence: str
) -> None:
    assert call(folder, port, *words) == 2
    assert sentence in capsys.readouterr().err
