"""Two real BIND servers for one zone: a primary that takes signed updates, and a secondary that follows it."""

import base64
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.named import NAMED, ZONE
from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts, is_mapped

SECRET = base64.b64encode(b"0123456789abcdef0123456789abcdef").decode("ascii")
KEY = "wenyam-dr."
SERIAL = 2026010101
RNDC = "/usr/sbin/rndc"
RECORDS = """\
$TTL 300
@   IN SOA ns1 hostmaster (
        2026010101 ; serial, raised by hand
        3600 600 86400 300 )
    IN NS ns1
ns1 IN A 127.0.0.1
; the application
erp 60 IN A 10.41.1.100 ; main site
    IN TXT "ERP"
www IN A 10.41.1.50
    IN A 10.41.1.51
"""


class ZoneServer(RealServer):
    """A name server for `agency.test`, with rndc. `primary` makes it a secondary of that one."""

    name = "zone-server"

    def __init__(
        self,
        *,
        primary: "ZoneServer | None" = None,
        updates: bool = True,
        notified: Sequence["ZoneServer"] = (),
        address: str = "127.0.0.1",
        allowed: str = f"grant {KEY} zonesub ANY;",
    ) -> None:
        """Write configuration and zone; `allowed` is its update-policy."""
        super().__init__(address, None)
        self.port, self.control = free_port(address), free_port(address)
        self.zone_file = self.directory / f"{ZONE}.zone"
        self._primary = primary
        if primary is None:
            self.zone_file.write_text(RECORDS, encoding="ascii")
        self._notified = tuple(notified)
        self._policy = f"update-policy {{ {allowed} }};" if updates else ""
        self._write()

    @property
    def reload(self) -> list[str]:
        """The command that loads the zone again."""
        return [RNDC, "-c", str(self.directory / "rndc.conf"), "reload", ZONE]

    def notify(self, *others: "ZoneServer") -> None:
        """Let it tell these servers of changes; before it starts."""
        self._notified = others
        self._write()

    def rndc(self, *words: str) -> str:
        """Run rndc."""
        done = subprocess.run(
            [*self.reload[:3], *words], capture_output=True, encoding="utf-8", timeout=30, check=False
        )  # fmt: skip
        return done.stdout

    def loaded(self) -> bool:
        """Tell whether it serves the zone: a secondary has it some time after it started."""
        return "serial:" in self.rndc("zonestatus", ZONE)

    def command(self) -> Sequence[str]:
        """Run named in the foreground."""
        user = ["-u", "root"] if os.geteuid() == 0 and is_mapped(1) else []
        return [NAMED, "-g", "-n", "1", *user, "-c", str(self.directory / "named.conf")]

    def ready(self) -> bool:
        """Tell whether it accepts connections, and a primary has loaded its zone."""
        return accepts(self.address, self.port) and (self._primary is not None or self.loaded())

    def _write(self) -> None:
        key = f'key "{KEY}" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
        control = f'key "control" {{ algorithm hmac-sha256; secret "{SECRET}"; }};\n'
        (self.directory / "rndc.conf").write_text(
            f'{control}options {{ default-key "control"; default-server {self.address}; default-port {self.control}; }};\n',
            encoding="ascii",
        )
        also = "".join(f"{other.address} port {other.port}; " for other in self._notified)
        told = f"notify explicit; also-notify {{ {also}}};" if also else "notify no;"
        if self._primary is None:
            kind = f"type primary; {told} {self._policy}"
        else:
            kind = f"type secondary; primaries {{ {self._primary.address} port {self._primary.port}; }};"
        (self.directory / "named.conf").write_text(
            f'{key}{control}options {{ directory "{self.directory}"; pid-file "{self.directory}/named.pid";\n'
            f'session-keyfile "{self.directory}/session.key"; listen-on port {self.port} {{ {self.address}; }};\n'
            f"listen-on-v6 {{ none; }}; recursion no; empty-zones-enable no; dnssec-validation no; allow-transfer {{ any; }};\n"
            f"notify-delay 0; notify-rate 1000; serial-query-rate 1000; minimal-responses yes; }};\n"
            f'controls {{ inet {self.address} port {self.control} allow {{ any; }} keys {{ "control"; }}; }};\n'
            f'zone "{ZONE}" {{ file "{self.zone_file}"; {kind} }};\n',
            encoding="ascii",
        )


def edit(server: ZoneServer, old: str, new: str) -> None:
    """Edit the zone's file as a person would."""
    text = Path(server.zone_file).read_text(encoding="ascii")
    server.zone_file.write_text(text.replace(old, new), encoding="ascii")
