"""The lab in a network of its own: every server answers stock tools, every fault is seen red and, repaired, green."""

import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from wenyam.settings.loader import load_with_warnings
from wenyam.testing.lab import Lab
from wenyam.testing.lab.faults import FAULTS
from wenyam.testing.lab.plan import DEVICES, LabDevice

pytestmark = pytest.mark.real

SYSTEM_NAME, UPS_SOURCE, STORAGE = "1.3.6.1.2.1.1.5.0", "1.3.6.1.2.1.33.1.4.1.0", "1.3.6.1.2.1.25.2.3.1"
ON_MAINS, ON_BATTERY = "3", "5"
SECONDS = 20
_ASK_NAME = """
import socket, sys
question = b"".join(bytes([len(part)]) + part.encode() for part in sys.argv[3].split(".")) + b"\\0\\0\\1\\0\\1"
asker = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
asker.settimeout(2)
asker.sendto(b"\\x12\\x34\\1\\0\\0\\1\\0\\0\\0\\0\\0\\0" + question, (sys.argv[1], int(sys.argv[2])))
print(socket.inet_ntoa(asker.recv(512)[-4:]))
"""


class Bench:
    """Stock tools pointed at one lab."""

    def __init__(self, lab: Lab) -> None:
        """Take a lab that is up."""
        self.lab = lab
        self.ports = lab.record.ports

    def secret(self, name: str) -> str:
        """Return one of the lab's secrets."""
        return (self.lab.configuration / "secrets" / name).read_text(encoding="ascii").strip()

    def run(self, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program where the lab's addresses are."""
        command = self.lab.command("/usr/bin/env", *(f"{name}={value}" for name, value in environment.items()), *words)
        return subprocess.run(command, capture_output=True, encoding="utf-8", timeout=SECONDS, check=False)

    def out(self, *words: str, **environment: str) -> str:
        """Return what a program prints, stripped; empty when it failed."""
        done = self.run(*words, **environment)
        return done.stdout.strip() if done.returncode == 0 else ""

    def pings(self, address: str) -> bool:
        """Tell whether an address answers one ping."""
        return self.run("ping", "-n", "-q", "-c", "1", "-W", "1", address).returncode == 0

    def snmp(self, device: str, oid: str, program: str = "snmpget") -> str:
        """Ask a device's agent with net-snmp's own tools."""
        asked = DEVICES[device]
        keys = ["-a", "SHA-256", "-A", self.secret("snmp-authentication"), "-x", "AES", "-X", self.secret("snmp-privacy")]
        secure = ["-v3", "-l", "authPriv", "-u", "wenyam", *keys]
        who = secure if asked.agent == "3" else ["-v2c", "-c", self.secret("snmp-community")]
        where = f"{asked.address}:{self.ports['snmp']}"
        return self.out(program, *who, "-r", "0", "-t", "1.5", "-Oqv", where, oid, MIBS="").strip('"')

    def page(self, device: str) -> str:
        """Fetch a login page over TLS, trusting the lab's authority only."""
        authority = str(self.lab.directory / "authority" / "authority.pem")
        address, port = DEVICES[device].address, self.ports["https"]
        return self.out("curl", "-sS", "-m", "2", "--cacert", authority, f"https://{address}:{port}/login")

    def shell(self, device: str, command: str) -> str:
        """Run a command over SSH with the lab's key."""
        keep = [
            "-o",
            "StrictHostKeyChecking=no",
            "-o",
            "UserKnownHostsFile=/dev/null",
            "-o",
            "LogLevel=ERROR",
            "-o",
            "BatchMode=yes",
        ]
        key = ["-i", str(self.lab.configuration / "secrets" / "id_ed25519")]
        user = "watcher" if self.lab.record.own_network else "root"
        where = ["-p", str(self.ports["ssh"]), f"{user}@{DEVICES[device].address}"]
        return self.out("ssh", "-F", "none", *keep, *key, *where, command)

    def vault(self) -> str:
        """Return the status with which the vault answers somebody without a login; empty when it does not answer."""
        authority, where = (
            self.lab.directory / "authority" / "authority.pem",
            f"{DEVICES['storage-1'].address}:{self.ports['vault']}",
        )
        words = ["curl", "-sS", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", str(authority)]
        return self.out(*words, f"https://{where}/wenyam/config")

    def configuration(self) -> list[str]:
        """Return the lines of the router's running configuration."""
        return self.shell("router-1", "show running-config").splitlines()

    def rows(self, device: str) -> str:
        """Count the rows of a device's table with the database's own client."""
        asked = DEVICES[device]
        if asked.database == "postgres":
            login = ["-h", asked.address, "-p", str(self.ports["postgres"]), "-U", "wenyam", "-d", "esaraban"]
            return self.out(
                "psql", "-X", "-At", *login, "-c", "SELECT count(*) FROM letters", PGPASSWORD=self.secret("esaraban-sql")
            )
        login = ["-h", asked.address, "-P", str(self.ports["mariadb"]), "-u", "wenyam", "--protocol=tcp", "erp"]
        words = ["mariadb", "--no-defaults", "-N", *login, "-e", "SELECT count(*) FROM orders"]
        return self.out(*words, MYSQL_PWD=self.secret("erp-sql"))

    def name(self, wanted: str) -> str:
        """Look a name up at the lab's name server."""
        asked = DEVICES["dns-1"]
        return self.out(sys.executable, "-c", _ASK_NAME, asked.address, str(self.ports["dns"]), wanted)

    def share_used(self) -> float:
        """Return the used share of the file server's file system, as its agent says."""
        mounts = self.snmp("files-1", f"{STORAGE}.3", "snmpwalk").replace('"', "").splitlines()
        sizes, used = (self.snmp("files-1", f"{STORAGE}.{column}", "snmpwalk").splitlines() for column in (5, 6))
        row = mounts.index("/srv")
        return int(used[row]) / int(sizes[row])

    def wait(self, condition: Callable[[], bool]) -> bool:
        """Poll, because net-snmp remembers what it measured for some seconds."""
        deadline = time.monotonic() + SECONDS
        while not condition() and time.monotonic() < deadline:
            time.sleep(0.5)
        return condition()


@pytest.fixture(scope="module")
def bench(lab: Lab) -> Bench:
    return Bench(lab)


def _devices(chosen: Callable[[LabDevice], bool]) -> list[str]:
    return [device.name for device in DEVICES.values() if chosen(device)]


@pytest.mark.parametrize("device", DEVICES)
def test_every_device_answers_ping(bench: Bench, device: str) -> None:
    assert bench.pings(DEVICES[device].address)


@pytest.mark.parametrize("device", _devices(lambda device: bool(device.agent or device.recording)))
def test_every_agent_gives_its_own_name_over_v2c_or_v3(bench: Bench, device: str) -> None:
    assert bench.snmp(device, SYSTEM_NAME) == device


@pytest.mark.parametrize("device", _devices(lambda device: device.web))
def test_every_web_server_shows_its_login_page_over_tls(bench: Bench, device: str) -> None:
    assert "เข้าสู่ระบบ" in bench.page(device)


@pytest.mark.parametrize("device", _devices(lambda device: device.ssh and not device.router))
def test_every_linux_host_lets_the_labs_key_in(bench: Bench, device: str) -> None:
    assert bench.shell(device, "uname -s") == "Linux"


@pytest.mark.parametrize("device", _devices(lambda device: device.database is not None))
def test_every_database_counts_its_rows(bench: Bench, device: str) -> None:
    assert bench.rows(device) == "200"


def test_the_routers_login_shell_is_vtysh_with_its_own_interfaces_and_routes(bench: Bench) -> None:
    assert "198.51.100.2/30" in bench.shell("router-1", "show interface brief")
    assert "10.30.0.0/16" in bench.shell("router-1", "show ip route")


def test_the_routers_interfaces_and_the_routes_of_zebra_come_over_snmp(bench: Bench) -> None:
    names = bench.snmp("router-1", "1.3.6.1.2.1.31.1.1.1.1", "snmpwalk").replace('"', "").splitlines()
    assert {"lan0", "wan0", "dr0"} < set(names)
    assert "10.30.0.0" in bench.snmp("router-1", "1.3.6.1.2.1.4.24.4.1.1", "snmpwalk").splitlines()


def test_the_kvm_host_lists_the_machines_of_the_test_driver(bench: Bench) -> None:
    assert "running" in bench.shell("kvm-1", "virsh -c test:///default list --all")


def test_the_name_server_knows_the_devices(bench: Bench) -> None:
    assert bench.name("erp-app.agency.test") == "127.20.2.20"


def test_the_configuration_is_good_without_a_warning(bench: Bench) -> None:
    loaded = load_with_warnings(bench.lab.configuration)
    assert loaded.warnings == ()
    inventory = loaded.configuration.inventory
    assert set(inventory.devices) == set(DEVICES)
    assert len(inventory.services) == 6
    assert len(inventory.links) == 2
    assert len(inventory.witnesses) == 2


_GREEN: dict[str, Callable[[Bench], bool]] = {
    "host-off": lambda bench: bench.pings("127.20.2.20") and "ERP" in bench.page("erp-app"),
    "parent-cut": lambda bench: bench.pings("127.20.0.2") and bench.pings("127.30.2.11"),
    "link-cut": lambda bench: bench.pings("127.21.0.254") and bench.pings("127.21.9.1"),
    "own-network-lost": lambda bench: bench.pings("127.21.0.1") and bench.out("cat", "/sys/class/net/wenyamlab0/carrier") == "1",
    "agent-killed": lambda bench: bench.snmp("web-1", SYSTEM_NAME) == "web-1",
    "agent-frozen": lambda bench: bench.snmp("esaraban-web", SYSTEM_NAME) == "esaraban-web",
    "slow-agent": lambda bench: bench.snmp("storage-1", SYSTEM_NAME) == "storage-1",
    "hostile-agent": lambda bench: bench.snmp("dist-2", SYSTEM_NAME) == "dist-2",
    "nginx-stopped": lambda bench: bench.page("esaraban-web") != "",
    "database-broken": lambda bench: bench.rows("erp-db") == "200",
    "credential-rotated": lambda bench: bench.rows("esaraban-db") == "200",
    "certificate-expired": lambda bench: bench.page("web-2") != "",
    "disk-full": lambda bench: bench.wait(lambda: bench.share_used() < 0.1),
    "on-battery": lambda bench: bench.snmp("ups-1", UPS_SOURCE) == ON_MAINS,
    "sshd-stopped": lambda bench: bench.shell("dr-host", "uname -s") == "Linux",
    "vault-stopped": lambda bench: bench.vault() == "401",
    "database-stopped": lambda bench: bench.rows("esaraban-db") == "200",
    "configuration-cut": lambda bench: bench.configuration()[-1] == "end",
    "configuration-paged": lambda bench: bench.configuration()[-1] == "end" and " --More-- " not in bench.configuration(),
}
_RED: dict[str, Callable[[Bench], bool]] = {
    "host-off": lambda bench: not bench.pings("127.20.2.20") and bench.page("erp-app") == "",
    "parent-cut": lambda bench: not bench.pings("127.20.0.2") and not bench.pings("127.30.2.11"),
    "link-cut": lambda bench: not bench.pings("127.21.0.254") and not bench.pings("127.21.9.1"),
    "own-network-lost": lambda bench: (
        not bench.pings("127.22.0.1") and bench.out("cat", "/sys/class/net/wenyamlab0/carrier") == "0"
    ),
    "agent-killed": lambda bench: bench.snmp("web-1", SYSTEM_NAME) == "" and bench.page("web-1") != "",
    "agent-frozen": lambda bench: bench.snmp("esaraban-web", SYSTEM_NAME) == "" and bench.page("esaraban-web") != "",
    "slow-agent": lambda bench: bench.snmp("storage-1", SYSTEM_NAME) == "",
    "hostile-agent": lambda bench: bench.snmp("dist-2", SYSTEM_NAME) != "dist-2",
    "nginx-stopped": lambda bench: bench.page("esaraban-web") == "" and bench.pings("127.20.2.10"),
    "database-broken": lambda bench: bench.rows("erp-db") == "" and bench.pings("127.20.2.21"),
    "credential-rotated": lambda bench: bench.rows("esaraban-db") == "" and bench.pings("127.20.2.11"),
    "certificate-expired": lambda bench: bench.page("web-2") == "" and bench.pings("127.20.2.31"),
    "disk-full": lambda bench: bench.wait(lambda: bench.share_used() > 0.99),
    "on-battery": lambda bench: bench.snmp("ups-1", UPS_SOURCE) == ON_BATTERY,
    "sshd-stopped": lambda bench: bench.shell("dr-host", "uname -s") == "" and bench.pings("127.30.2.11"),
    "vault-stopped": lambda bench: bench.vault() == "" and bench.pings("127.20.1.1"),
    "database-stopped": lambda bench: bench.rows("esaraban-db") == "" and bench.pings("127.20.2.11"),
    "configuration-cut": lambda bench: bool(bench.configuration()) and bench.configuration()[-1] != "end",
    "configuration-paged": lambda bench: " --More-- " in bench.configuration(),
}


@pytest.mark.long
@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_seen_red_by_stock_tools_and_green_when_repaired(bench: Bench, fault: str) -> None:
    chosen = bench.lab.fault(fault)
    assert _GREEN[fault](bench)
    chosen.on()
    try:
        assert bench.lab.record.faults == [f"{fault} {chosen.device.name}"]
        assert _RED[fault](bench)
        chosen.on()
        assert _RED[fault](bench), "a second time changes nothing"
    finally:
        chosen.off()
    assert _GREEN[fault](bench)
    assert bench.lab.record.faults == []


@pytest.mark.parametrize("device", ["hr-app", "erp-app", "erp-db"])
def test_a_credential_can_be_rotated_on_each_kind_of_server(bench: Bench, device: str) -> None:
    good: dict[str, Callable[[], bool]] = {
        "hr-app": lambda: bench.shell("hr-app", "echo in") == "in",
        "erp-app": lambda: bench.snmp("erp-app", SYSTEM_NAME) == "erp-app",
        "erp-db": lambda: bench.rows("erp-db") == "200",
    }
    with bench.lab.fault("credential-rotated", device):
        assert not good[device]()
    assert good[device]()


def test_two_faults_at_once_do_not_repair_each_other(bench: Bench) -> None:
    with bench.lab.fault("host-off", "dr-web"):
        with bench.lab.fault("parent-cut", "dr-core"):
            assert not bench.pings("127.30.2.30")
        assert not bench.pings("127.30.2.30")
        assert bench.pings("127.30.2.11")
    assert bench.pings("127.30.2.30")


def test_status_shows_devices_processes_and_faults(bench: Bench) -> None:
    words = [sys.executable, "-m", "wenyam.testing.lab", "--directory", str(bench.lab.directory), "status"]
    with bench.lab.fault("host-off", "web-1"), bench.lab.fault("nginx-stopped", "web-2"):
        shown = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=SECONDS, check=True).stdout
    lines = {line.split()[0]: line for line in shown.splitlines()}
    assert "dropped" in lines["web-1"]
    assert "host-off" in lines["web-1"]
    assert "nginx (stopped)" in lines["web-2"]
    assert "reachable" in lines["core-1"]


def test_up_a_second_time_brings_back_what_died_and_nothing_that_a_fault_stopped(bench: Bench) -> None:
    before = {name: process.pid for name, process in bench.lab.record.processes.items()}
    with bench.lab.fault("agent-killed", "web-2"):
        bench.lab.record.processes["web-1/nginx"].mark.kill()
        bench.lab.up()
        after = {name: process.pid for name, process in bench.lab.record.processes.items()}
        assert [name for name in before if before[name] != after[name]] == ["web-1/nginx"]
        assert bench.page("web-1") != ""
        assert bench.snmp("web-2", SYSTEM_NAME) == ""
    assert bench.snmp("web-2", SYSTEM_NAME) == "web-2"


def test_secrets_are_in_files_of_their_owner_and_in_no_argument_list(bench: Bench) -> None:
    secrets = [path for path in (bench.lab.configuration / "secrets").iterdir() if path.suffix != ".pub"]
    assert all(path.stat().st_mode & 0o077 == 0 for path in secrets)
    words = [path.read_text(encoding="ascii").strip() for path in secrets]
    for process in bench.lab.record.processes.values():
        line = Path(f"/proc/{process.pid}/cmdline").read_text(encoding="utf-8")
        assert not [word for word in words if word in line]
