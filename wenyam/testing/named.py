"""A real BIND name server for one small zone, for tests and the lab."""

import os
from collections.abc import Sequence
from pathlib import Path

from wenyam.testing.ports import free_port
from wenyam.testing.servers import RealServer, accepts, is_mapped

NAMED = "/usr/sbin/named"
ZONE = "agency.test"
RECORDS = (
    "@ IN SOA ns1 hostmaster 2026010101 3600 600 86400 300",
    "@ IN NS ns1",
    "@ IN MX 10 mail",
    "ns1 IN A 127.0.0.1",
    "mail IN A 127.0.0.2",
    "www IN A 127.0.0.3",
    "www IN A 127.0.0.4",
    "www IN AAAA 2001:db8::3",
    "erp IN CNAME www",
    'note IN TXT "part one, " "part two"',
    *(f'long IN TXT "{number:03d}{"x" * 200}"' for number in range(20)),
)


class Named(RealServer):
    """Serves `agency.test` (see `RECORDS`) and the backward zone of 127.0.0.0/24; answers nothing else."""

    name = "named"

    def __init__(
        self, address: str = "127.0.0.1", port: int = 0, *, directory: Path | None = None, records: Sequence[str] = RECORDS
    ) -> None:
        """Write configuration and zones."""
        super().__init__(address, directory)
        self.port = port or free_port(address)
        self._zone(ZONE, records)
        backward = ("@ IN SOA ns1.agency.test. hostmaster.agency.test. 1 3600 600 86400 300", "@ IN NS ns1.agency.test.")
        self._zone("0.0.127.in-addr.arpa", (*backward, "3 IN PTR www.agency.test."))
        (self.directory / "named.conf").write_text(self._configuration(), encoding="ascii")

    def command(self) -> Sequence[str]:
        """Run named in the foreground as the present user; its own directory is all it needs."""
        # Root of a user namespace may not set groups, and needs no other account.
        user = ["-u", "root"] if os.geteuid() == 0 and is_mapped(1) else []
        return [NAMED, "-g", "-n", "1", *user, "-c", str(self.directory / "named.conf")]

    def ready(self) -> bool:
        """Tell whether it accepts connections; named opens TCP and UDP together."""
        return accepts(self.address, self.port)

    def _zone(self, name: str, records: Sequence[str]) -> None:
        (self.directory / f"{name}.zone").write_text("$TTL 300\n" + "\n".join(records) + "\n", encoding="ascii")

    def _configuration(self) -> str:
        zones = "".join(
            f'zone "{name}" {{ type primary; file "{self.directory}/{name}.zone"; }};\n'
            for name in (ZONE, "0.0.127.in-addr.arpa")
        )
        files = f'pid-file "{self.directory}/named.pid"; session-keyfile "{self.directory}/session.key";'
        return (
            f'options {{ directory "{self.directory}"; {files}\n'
            f"listen-on port {self.port} {{ {self.address}; }}; listen-on-v6 {{ none; }};\n"
            f"recursion no; empty-zones-enable no; dnssec-validation no; max-udp-size 512; minimal-responses yes; }};\n"
            f"controls {{ }};\n{zones}"
        )
