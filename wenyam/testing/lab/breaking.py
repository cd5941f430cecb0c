"""How faults are done to servers: stopped, frozen, replaced, given other secrets, certificates and contents."""

import shutil
from dataclasses import dataclass
from signal import SIGTERM, Signals

from wenyam.testing.certificates import TestAuthority
from wenyam.testing.databases import MariaDb, Postgres
from wenyam.testing.lab.agents import SHARE, control_socket, write_agent_configuration
from wenyam.testing.lab.building import Builder
from wenyam.testing.lab.ground import NSENTER, Rules, run
from wenyam.testing.lab.information_systems import database_server
from wenyam.testing.lab.plan import LabDevice
from wenyam.testing.lab.processes import end, send
from wenyam.testing.lab.record import LabRecord, ProcessRecord
from wenyam.testing.lab.router import login_shell
from wenyam.testing.lab.shells import AUTHORISED, authorise
from wenyam.testing.lab.site import Site
from wenyam.testing.recorded_agent import command

_AGENTS = ("snmpd", "recorded")
_WRONG = "rotated-by-the-lab-0123456789"
"""What a secret is changed to; nobody needs to know it."""
_SHARE_FILLER = f"{SHARE}/filler"
_UPS = "1.3.6.1.2.1.33.1"


@dataclass(frozen=True, slots=True)
class Broken:
    """One device of a lab that is up, and what can be done to its servers."""

    device: LabDevice
    builder: Builder

    @property
    def lab(self) -> LabRecord:
        """The lab's record."""
        return self.builder.record

    @property
    def site(self) -> Site:
        """The lab's directories, ports and secrets."""
        return self.builder.site

    @property
    def rules(self) -> Rules:
        """The lab's nftables table and uplink."""
        return Rules(self.lab.id)

    def process(self, server: str) -> ProcessRecord:
        """Return the record of one of the device's servers."""
        return self.lab.processes[f"{self.device.name}/{server}"]

    def stop(self, server: str, how: Signals = SIGTERM) -> None:
        """Stop a server and remember that it is meant to be stopped."""
        self.process(server).wanted = False
        self.builder.save()
        end([(self.process(server).mark, how)])

    def start(self, server: str) -> None:
        """Start a server and wait until it listens."""
        self.builder.start_again(f"{self.device.name}/{server}")

    def restart(self, server: str) -> None:
        """Stop a server with every session it holds, and start it."""
        self.stop(server)
        self.start(server)

    def signal(self, server: str, what: Signals) -> None:
        """Send a signal to a server and everything it started."""
        send(self.process(server).mark, what)

    def replace(self, server: str, instead: list[str] | None) -> None:
        """Run another program in a server's place; None brings the server back."""
        self.process(server).instead = instead or []
        self.restart(server)

    def tell_recording(self, *lines: str) -> None:
        """Give the device's recorded agent a command."""
        command(control_socket(self.site, self.device), *lines)


def agent(device: LabDevice) -> str:
    """Return which of the device's servers speaks SNMP."""
    return next(server for server in device.servers if server in _AGENTS)


def let_hostile_agent_in(broken: Broken) -> None:
    """Put a program that answers walks in a circle in the agent's place."""
    device, site = broken.device, broken.site
    broken.replace(
        "recorded",
        [
            broken.process("recorded").argv[0], "-m", "wenyam.testing.hostile_agent", "--mode", "cycle",
            "--address", device.address, "--port", str(site.ports["snmp"]),
        ],
    )  # fmt: skip


def lose_table(broken: Broken, *, lost: bool) -> None:
    """Rename the table the device's information system lives on, or give it its name back."""
    database, table = ("esaraban", "letters") if broken.device.database == "postgres" else ("erp", "orders")
    present, wanted = (table, f"{table}_lost") if lost else (f"{table}_lost", table)
    database_server(broken.site, broken.device).execute(f"ALTER TABLE {present} RENAME TO {wanted}", database)


def rotatable(device: LabDevice) -> str | None:
    """Return which server's credential can be rotated so that the refusal is plain; a wrong v2c community is mere silence."""
    if device.database:
        return device.database
    if device.agent == "3":
        return "snmpd"
    return "sshd" if device.ssh else None


def rotate(broken: Broken, *, away: bool) -> None:
    """Change the credential on the device, or change it back to the one Wenyam knows."""
    server = rotatable(broken.device)
    if server == "snmpd":
        key = _WRONG if away else broken.site.secrets.read("snmp-authentication")
        write_agent_configuration(broken.site, broken.device, broken.site.secrets.read("snmp-community"), key)
        # What the agent remembers of its users would win over the new configuration.
        shutil.rmtree(broken.site.home(broken.device, "snmpd") / "state", ignore_errors=True)
        broken.restart(server)
    elif server == "sshd":
        home = broken.site.home(broken.device, "sshd")
        (home / AUTHORISED).write_bytes(b"") if away else authorise(broken.site, home)
        broken.restart(server)
    else:
        _rotate_sql(broken, database_server(broken.site, broken.device), away=away)


def _rotate_sql(broken: Broken, server: Postgres | MariaDb, *, away: bool) -> None:
    known = "esaraban-sql" if broken.device.database == "postgres" else "erp-sql"
    server.set_password("wenyam", _WRONG if away else broken.site.secrets.read(known))
    if isinstance(server, MariaDb):
        server.execute("KILL USER wenyam")
    else:
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'wenyam'")


def change_certificate(broken: Broken, *, expired: bool) -> None:
    """Serve a certificate that has ended, or the good one again."""
    home = broken.site.home(broken.device, "nginx")
    if expired:
        names = (broken.device.address, f"{broken.device.name}.agency.test")
        TestAuthority(home / "tls").issue("expired", *names, ended=True)
    path = home / "nginx.conf"
    old, new = ("good", "expired") if expired else ("expired", "good")
    path.write_text(path.read_text(encoding="utf-8").replace(f"/tls/{old}.", f"/tls/{new}."), encoding="utf-8")
    broken.restart("nginx")


def spoil_configuration(broken: Broken, spoiler: str) -> None:
    """Send what the router answers over SSH through a filter; without one it answers as it should."""
    login_shell(broken.site, broken.device, spoiler)


def fill_share(broken: Broken, *, full: bool) -> None:
    """Fill the file server's share, or clear it; the share exists only in the mount namespace of its processes."""
    inside = [NSENTER, "--target", str(broken.process("snmpd").pid), "--mount", "--"]
    if full:
        size = run([*inside, "/usr/bin/df", "--output=avail", "-B1", SHARE]).split()[-1]
        run([*inside, "/usr/bin/fallocate", "--length", size, _SHARE_FILLER])
    else:
        run([*inside, "/usr/bin/rm", "-f", _SHARE_FILLER])


def mains(*, gone: bool) -> list[str]:
    """Return the commands that change a UPS to its batteries or back (UPS-MIB, RFC 1628)."""
    battery, normal = 5, 3
    values = {
        f"{_UPS}.2.2.0": ("integer", 42 if gone else 0),  # upsSecondsOnBattery
        f"{_UPS}.2.3.0": ("integer", 12 if gone else 1092),  # upsEstimatedMinutesRemaining
        f"{_UPS}.2.4.0": ("integer", 81 if gone else 100),  # upsEstimatedChargeRemaining
        f"{_UPS}.4.1.0": ("integer", battery if gone else normal),  # upsOutputSource
        f"{_UPS}.6.1.0": ("gauge", 1 if gone else 0),  # upsAlarmsPresent
    }
    return [f"set {oid}={kind}:{value}" for oid, (kind, value) in values.items()]
