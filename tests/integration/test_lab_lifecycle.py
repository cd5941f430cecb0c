"""Up, down, crash and clear away: the lab leaves nothing behind and touches nothing that is not its own."""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.testing.lab import Lab
from wenyam.testing.lab.errors import LabAddressTakenError, LabBusyError, LabDownError, LabError
from wenyam.testing.lab.ground import NFT, is_mount
from wenyam.testing.lab.processes import ProcessMark
from wenyam.testing.lab.record import FILE_NAME, load

pytestmark = pytest.mark.real

SECONDS = 120
REPOSITORY = Path(__file__).resolve().parents[2]


def _verb(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wenyam.testing.lab", "--directory", str(folder), *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False)


def _marks(lab: Lab) -> list[ProcessMark]:
    return [lab.record.keeper, *(process.mark for process in lab.record.processes.values())]


def _gone(mark: ProcessMark) -> bool:
    deadline = time.monotonic() + 5.0
    while mark.alive and time.monotonic() < deadline:
        time.sleep(0.02)
    return not mark.alive


def _mentions(folder: Path) -> list[str]:
    """Return the command lines of processes that name a directory."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                line = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
            if str(folder) in line:
                found.append(line)
    return found


@pytest.fixture
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("lab")
    yield path
    Lab(path).down()
    shutil.rmtree(path)


@pytest.mark.long
def test_a_lab_without_root_comes_up_in_a_network_of_its_own_and_leaves_nothing(folder: Path) -> None:
    done = _verb(folder, "--network", "own", "up")
    assert done.returncode == 0, done.stderr
    assert "devices answer after" in done.stderr
    lab = Lab(folder)
    marks, outside = _marks(lab), lab.record.outside
    assert all(mark.alive for mark in marks)
    links = subprocess.run(
        lab.command("ip", "-o", "link"), capture_output=True, encoding="utf-8", timeout=SECONDS, check=True
    ).stdout
    assert {line.split()[1].split("@")[0].strip(":") for line in links.splitlines()} == {"lo", "wenyamlab0", "wenyamlab1"}
    assert _verb(folder, "down").returncode == 0
    assert [mark for mark in marks if mark.alive] == []
    assert _mentions(folder) == []
    assert [path for path in outside if Path(path).exists()] == []
    assert not (folder / FILE_NAME).exists()


def _open_to_all(path: Path) -> bool:
    return all(each.stat().st_mode & 0o001 for each in (path, *path.parents) if each.is_dir())


@pytest.mark.long
@pytest.mark.skipif(
    os.geteuid() != 0 or not _open_to_all(REPOSITORY), reason="needs root to become nobody, and a repository that nobody may read"
)
def test_somebody_without_any_right_has_a_whole_lab_too() -> None:
    packages = os.pathsep.join([str(REPOSITORY), *(path for path in sys.path if path.endswith("site-packages"))])
    # Python itself may stand in a home that only root enters; Debian's own is for all.
    python = sys.executable if _open_to_all(Path(sys.executable).resolve()) else "/usr/bin/python3"
    with tempfile.TemporaryDirectory(prefix="nobody-", dir="/tmp") as name:  # mkdtemp draws the name
        shutil.chown(name, "nobody", "nogroup")
        become = ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", "--"]
        environment = {
            "PATH": os.environ["PATH"],
            "HOME": name,
            "USER": "nobody",
            "PYTHONPATH": packages,
            "PYTHONDONTWRITEBYTECODE": "1",
        }

        def verb(*words: str) -> subprocess.CompletedProcess[str]:
            command = [*become, python, "-m", "wenyam.testing.lab", "--directory", f"{name}/lab", *words]
            return subprocess.run(
                command, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False, env=environment, cwd=name
            )

        try:
            done = verb("up")
            assert done.returncode == 0, done.stderr
            assert verb("exec", "ping", "-c1", "-W1", "127.20.2.20").returncode == 0
            assert verb("fault", "host-off", "on").returncode == 0
            assert verb("exec", "ping", "-c1", "-W1", "127.20.2.20").returncode == 1
            assert "stopped" not in verb("status").stdout
        finally:
            assert verb("down").returncode == 0
        assert _mentions(Path(name)) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="loopback's own rules need root; without it the lab has a network of its own")
def test_a_lab_on_loopback_leaves_no_process_no_rule_no_mount_and_no_address(folder: Path) -> None:
    before = subprocess.run(["/usr/sbin/ip", "-o", "address"], capture_output=True, encoding="utf-8", timeout=SECONDS, check=True)
    lab = Lab(folder, own_network=False)
    lab.up()
    marks, mounts, outside = _marks(lab), lab.record.mounts, lab.record.outside
    table = f"wenyam_lab_{lab.record.id}"
    assert table in _tables()
    with lab.fault("host-off", "web-1"):
        assert (
            "127.20.2.30"
            in subprocess.run([NFT, "list", "table", "inet", table], capture_output=True, text=True, check=True).stdout
        )
    assert [is_mount(Path(mount)) for mount in mounts] == [True]
    with pytest.raises(LabBusyError, match=f"it lives in {folder}"):
        Lab(folder / "other", own_network=False).up()
    lab.down()
    assert [mark for mark in marks if mark.alive] == []
    assert table not in _tables()
    assert [mount for mount in mounts if is_mount(Path(mount))] == []
    assert [path for path in outside if Path(path).exists()] == []
    after = subprocess.run(["/usr/sbin/ip", "-o", "address"], capture_output=True, encoding="utf-8", timeout=SECONDS, check=True)
    assert _without_ages(after.stdout) == _without_ages(before.stdout)


def _tables() -> str:
    return subprocess.run([NFT, "list", "tables"], capture_output=True, encoding="utf-8", timeout=SECONDS, check=True).stdout


def _without_ages(text: str) -> list[str]:
    return [line.split("valid_lft")[0] for line in text.splitlines()]


@pytest.mark.skipif(os.geteuid() != 0, reason="without root the lab has a network of its own, where no stranger can be")
def test_an_address_that_somebody_holds_stops_the_lab_with_a_sentence_and_nothing_is_left(folder: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as stranger:
        stranger.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        stranger.bind(("127.20.2.30", 443))
        stranger.listen()
        with pytest.raises(LabAddressTakenError, match=r"127.20.2.30 port 443\. Stop it, or start the lab with --network own"):
            Lab(folder, own_network=False).up()
    assert load(folder) is None
    assert _mentions(folder) == []


@pytest.mark.long
def test_a_crashed_lab_is_cleared_away_by_the_next_up(folder: Path) -> None:
    lab = Lab(folder, own_network=True)
    lab.up()
    marks, lived = _marks(lab), lab.record
    lived.keeper.kill()
    lived.processes["web-1/nginx"].mark.kill()
    assert _gone(lived.keeper)
    with pytest.raises(LabDownError, match=f"nothing runs in {folder}"):
        _ = lab.record
    said: list[str] = []
    again = Lab(folder, own_network=True, say=said.append)
    again.up()
    assert "a lab that crashed here is cleared away first" in said
    assert [mark for mark in marks if mark.alive] == []
    assert all(mark.alive for mark in _marks(again))


def test_a_server_that_will_not_start_is_named_with_its_own_words_and_the_rest_goes_down(folder: Path) -> None:
    lab = Lab(folder, own_network=True)
    lab.configuration.mkdir()
    secrets = lab.configuration / "secrets"
    secrets.mkdir(mode=0o700)
    (secrets / "id_ed25519").touch(mode=0o600)  # and the public half that every sshd needs is missing
    with pytest.raises(LabError, match=r"/sshd: .*id_ed25519\.pub"):
        lab.up()
    assert load(folder) is None
    assert _mentions(folder) == []


def test_faults_and_status_of_a_lab_that_is_down_say_so(folder: Path) -> None:
    for words in (["status"], ["fault", "host-off", "on"], ["exec", "true"]):
        done = _verb(folder, *words)
        assert done.returncode == 1
        assert "The lab is not up" in done.stderr
    assert _verb(folder, "down").returncode == 0


def test_an_unknown_fault_or_device_is_usage_and_names_what_there_is(folder: Path) -> None:
    assert _verb(folder, "fault", "flood", "on").returncode == 2
    done = _verb(folder, "fault", "host-off", "nobody", "on")
    assert done.returncode == 2
    assert "host-off cannot hit 'nobody'; it can hit: core-1" in done.stderr


def test_the_faults_are_listed_with_what_wenyam_should_say() -> None:
    done = _verb(Path("/nonexistent"), "faults")
    assert done.returncode == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("parent-cut"))
    assert "core-1" in line
    assert "One DOWN, everything behind it UNREACHABLE" in line


def test_a_lab_taken_down_twice_or_killed_half_way_up_leaves_nothing(folder: Path) -> None:
    command = [sys.executable, "-m", "wenyam.testing.lab", "--directory", str(folder), "--network", "own", "up"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as rising:
        assert rising.stderr is not None
        assert "preparing" in rising.stderr.readline()
        rising.send_signal(signal.SIGKILL)
    Lab(folder).down()
    Lab(folder).down()
    assert _mentions(folder) == []
