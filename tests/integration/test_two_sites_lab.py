"""The lab of two sites: it comes up, users are served, every fault is seen by the user and by the Wenyam that is left."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.testing.lab.errors import LabDownError, UnknownFaultError
from wenyam.testing.sites import TwoSites, ledger, use
from wenyam.testing.sites.looking import Watch
from wenyam.testing.sites.plan import MAIN, NODES, RECOVERY
from wenyam.testing.sites.record import load
from wenyam.testing.sites.use import WritingUser

pytestmark = [
    pytest.mark.real,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="machines of its own need root"),
]

SEEN = 20.0
"""Seconds within which a fault must be seen, and its repair."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with TwoSites(tmp_path_factory.mktemp("two-sites")) as made:
        yield made


@pytest.fixture(scope="module")
def user(lab: TwoSites) -> Iterator[WritingUser]:
    with WritingUser(lab, lab.directory / "ledger") as writing:
        yield writing


@pytest.fixture
def served(user: WritingUser) -> Iterator[WritingUser]:
    """Begin and end every test with a user who is served."""
    user.wait_served(SEEN, since=time.time())
    yield user
    user.wait_served(SEEN, since=time.time())


@pytest.fixture
def main(lab: TwoSites) -> Watch:
    return green(Watch(lab, MAIN))


@pytest.fixture
def dr(lab: TwoSites) -> Watch:
    return green(Watch(lab, RECOVERY))


def green(watch: Watch) -> Watch:
    watch.wait_all_good(SEEN)
    return watch


def test_a_row_that_a_user_was_promised_is_in_both_databases_of_both_sites(lab: TwoSites, served: WritingUser) -> None:
    served.wait(lambda found: len(found) > 5, SEEN, "a few rows are written")
    assert ledger.writers(served.attempts) == (MAIN,)
    for site in (MAIN, RECOVERY):
        for name, found in use.wait_copied(lab, site, served.path, SEEN).items():
            assert (name, found.lost, found.invented) == (name, (), ())


def test_nothing_leads_out_of_the_lab(lab: TwoSites) -> None:
    for node in NODES:
        links = subprocess.run(lab.command(node, "ip", "-o", "link"), capture_output=True, text=True, check=True).stdout
        assert "lo" in links
        assert not {"eth0", "ens3"} & {line.split()[1].split("@")[0].strip(":") for line in links.splitlines()}
        asked = subprocess.run(lab.command(node, "ping", "-c1", "-W1", "9.9.9.9"), capture_output=True, text=True, check=False)
        assert asked.returncode != 0


@pytest.mark.parametrize("target", ["main-pgsql", "main-mariadb"])
def test_a_frozen_primary_is_unusable_for_the_user_and_down_for_both_watchers(
    lab: TwoSites, served: WritingUser, main: Watch, dr: Watch, target: str
) -> None:
    with lab.fault("primary-frozen", target):
        served.wait_refused(SEEN)
        main.wait_state("service:erp", "down", SEEN)
        dr.wait_state("service:erp", "down", SEEN)
        assert main.state(f"device:{target}") == "up"
    main.wait_state("service:erp", "up", SEEN)


@pytest.mark.parametrize("target", ["dr-pgsql", "dr-mariadb"])
def test_replication_that_stops_is_critical_and_no_user_notices(
    lab: TwoSites, served: WritingUser, dr: Watch, target: str
) -> None:
    before = time.time()
    with lab.fault("replication-stopped", target):
        dr.wait_state(f"device:{target}/follows", "crit", SEEN)
        served.wait_served(SEEN, since=time.time())
    dr.wait_state(f"device:{target}/follows", "ok", SEEN)
    assert [attempt for attempt in served.attempts if attempt.sent > before and not attempt.acknowledged] == []


@pytest.mark.parametrize("target", ["dr-pgsql", "dr-mariadb"])
def test_a_corrupt_replica_is_critical_until_it_is_built_anew(lab: TwoSites, served: WritingUser, dr: Watch, target: str) -> None:
    with lab.fault("replica-corrupt", target):
        dr.wait_state(f"device:{target}/offices", "unknown", SEEN)
        served.wait_served(SEEN, since=time.time())
    dr.wait_state(f"device:{target}/offices", "ok", SEEN)
    dr.wait_state(f"device:{target}/follows", "ok", SEEN)


def test_a_cut_line_makes_the_other_site_unreachable_while_users_are_served(
    lab: TwoSites, served: WritingUser, main: Watch, dr: Watch
) -> None:
    with lab.fault("line-cut"):
        dr.wait_state("link:site-line", "down", SEEN)
        dr.wait_state("device:main-pgsql", "unreachable", SEEN)
        main.wait_state("device:dr-pgsql", "unreachable", SEEN)
        served.wait_served(SEEN, site=MAIN, since=time.time())
        dr.wait_state("service:erp", "down", SEEN)  # what the DR site sees is the path, not the service
        assert main.state("service:erp") == "up"
    dr.wait_state("device:main-pgsql", "up", SEEN)


def test_a_slow_line_makes_replication_fall_behind_and_nothing_else(lab: TwoSites, served: WritingUser, main: Watch) -> None:
    use.write_much(lab, MAIN, 0)
    with lab.fault("line-slow"):
        use.write_much(lab, MAIN, 1 << 20)
        main.wait_state("device:main-pgsql/bytes-behind", "crit", SEEN)
        served.wait_served(SEEN, since=time.time())
        assert main.state("device:dr-router") == "up"
    main.wait_state("device:main-pgsql/bytes-behind", "ok", SEEN)


def test_a_site_without_power_is_gone_with_its_own_wenyam_and_comes_back(
    lab: TwoSites, served: WritingUser, main: Watch, dr: Watch
) -> None:
    with lab.fault("site-off"):
        served.wait_refused(SEEN)
        dr.wait_state("device:main-router", "down", SEEN)
        dr.wait_state("service:erp", "down", SEEN)
        dr.wait_state("monitor:peer-wenyam-main/answers", "crit", SEEN)
        assert not main.answers()
    served.wait_served(SEEN, site=MAIN, since=time.time())
    main.wait_all_good(SEEN)
    dr.wait_all_good(SEEN)
    assert [found.lost for found in use.compare(lab, MAIN, served.path).values()] == [(), ()]


def test_a_dr_site_without_power_is_told_by_the_main_one_and_no_user_notices(
    lab: TwoSites, served: WritingUser, main: Watch, dr: Watch
) -> None:
    before = time.time()
    with lab.fault("site-off", RECOVERY):
        main.wait_state("device:dr-router", "down", SEEN)
        main.wait_state("monitor:peer-wenyam-dr/answers", "crit", SEEN)
        main.wait_state("device:main-pgsql/replicas", "crit", SEEN)
        assert main.state("service:erp") == "up"
        assert not dr.answers()
    main.wait_all_good(SEEN)
    dr.wait_all_good(SEEN)
    refused = [each.trouble for each in served.attempts if each.sent > before and not each.acknowledged]
    assert [words for words in refused if "timed out" not in words] == []


def verb(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "wenyam.testing.lab", "--two-sites", "--directory", str(folder), *words]
    return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=60, check=False)


def test_the_verbs_show_what_there_is(lab: TwoSites, tmp_path: Path) -> None:
    assert "dr-mariadb     dr     10.42.1.21  on" in verb(lab.directory, "status").stdout
    assert "site-off" in verb(tmp_path, "faults").stdout
    done = verb(lab.directory, "exec", "user-1", "hostname")
    assert done.stdout.strip() == "user-1"
    done = verb(tmp_path / "none", "status")
    assert done.returncode == 1
    assert "scripts/lab up --two-sites" in done.stderr
    with pytest.raises(UnknownFaultError, match="line-cut cannot hit 'main'; it can hit: line"):
        lab.fault("line-cut", "main")


def test_up_leaves_a_lab_that_stands_as_it_is(lab: TwoSites) -> None:
    before = lab.record.machines
    assert verb(lab.directory, "up").returncode == 0
    assert lab.record.machines == before


def test_after_down_there_is_no_process_no_network_and_no_file(tmp_path: Path) -> None:
    lab = TwoSites(tmp_path / "lab")
    with lab:
        record = lab.record
        marks = [record.fabric, *(mark for name in record.machines if (mark := record.machine(name)))]
        made = {network_of(mark.pid) for mark in marks}
        assert len(made) == len(NODES) + 1  # one each, and the fabric's
        assert network_of(os.getpid()) not in made
    assert [mark for mark in marks if mark.alive] == []
    assert made & {network_of(int(entry.name)) for entry in Path("/proc").iterdir() if entry.name.isdigit()} == set()
    assert load(lab.directory) is None
    assert [path.name for path in lab.directory.iterdir()] == []
    assert [line for line in command_lines() if str(lab.directory) in line] == []
    with pytest.raises(LabDownError):
        _ = lab.record


def network_of(process: int) -> str:
    try:
        return str(Path(f"/proc/{process}/ns/net").readlink())
    except OSError:
        return ""


def test_two_labs_do_not_disturb_each_other_and_one_that_was_killed_half_way_is_cleared(tmp_path: Path, lab: TwoSites) -> None:
    """The other lab of this file stands all the time."""
    second = TwoSites(tmp_path / "second")
    command = [sys.executable, "-m", "wenyam.testing.lab", "--two-sites", "--directory", str(second.directory), "up"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, encoding="utf-8") as rising:
        assert rising.stderr is not None
        assert "machines are on" in rising.stderr.readline()
        rising.kill()
    second.down()
    mentions = [line for line in command_lines() if str(second.directory) in line]
    assert mentions == []
    assert all(lab.record.machine(name) for name in NODES)


def command_lines() -> Iterator[str]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode("utf-8", "replace")
            except OSError:
                continue
