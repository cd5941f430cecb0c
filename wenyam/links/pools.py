"""The pools of open connections, each made when first asked for, so that a verb loads only what it uses."""

from functools import cached_property
from typing import TYPE_CHECKING

from wenyam.clock import Clock
from wenyam.settings.secrets import SecretReader

if TYPE_CHECKING:
    from wenyam.links.cli import CliPool
    from wenyam.links.http import HttpPool
    from wenyam.links.http_api import Allowance, ApiServer
    from wenyam.links.http_api_session import ApiSession
    from wenyam.links.icmp import Pinger
    from wenyam.links.snmp import SnmpPool
    from wenyam.links.sql import SqlRunner
    from wenyam.links.ssh import SshPool
    from wenyam.links.vsphere import VsphereRunner


class Links:
    """Everything a collector may reach the outside by. Close it when done."""

    def __init__(self, clock: Clock, secrets: SecretReader, known_hosts: str) -> None:
        """Take the clock, the reader of secrets and the path of our own known-hosts file; opens nothing."""
        self.clock = clock
        self.secrets = secrets
        self.known_hosts = known_hosts

    @cached_property
    def icmp(self) -> "Pinger":
        """Ping many addresses over one socket."""
        from wenyam.links.icmp import Pinger  # noqa: PLC0415  # loaded only by those who ping

        return Pinger(self.clock)

    @cached_property
    def snmp(self) -> "SnmpPool":
        """SNMP sessions by address and credential."""
        from wenyam.links.snmp import SnmpPool  # noqa: PLC0415  # loaded only by those who use it

        return SnmpPool(self.clock, self.secrets)

    @cached_property
    def ssh(self) -> "SshPool":
        """SSH connections kept open."""
        from wenyam.links.ssh import SshPool  # noqa: PLC0415  # paramiko is slow to import

        return SshPool(self.clock, self.secrets, self.known_hosts)

    @cached_property
    def cli(self) -> "CliPool":
        """Command lines of network devices."""
        from wenyam.links.cli import CliPool  # noqa: PLC0415  # netmiko is slow to import

        return CliPool(self.clock, self.secrets, self.known_hosts)

    @cached_property
    def http(self) -> "HttpPool":
        """HTTP requests."""
        from wenyam.links.http import HttpPool  # noqa: PLC0415  # aiohttp is slow to import

        return HttpPool(self.clock)

    @cached_property
    def sql(self) -> "SqlRunner":
        """Database logins and queries."""
        from wenyam.links.sql import SqlRunner  # noqa: PLC0415  # drivers are loaded only by those who query

        return SqlRunner(self.clock)

    @cached_property
    def vsphere(self) -> "VsphereRunner":
        """Logins at vCenter and ESXi."""
        from wenyam.links.vsphere import VsphereRunner  # noqa: PLC0415  # loaded only by those who ask them

        return VsphereRunner(self.clock)

    def api(self, server: "ApiServer", allowance: "Allowance", seconds: float, credential: str = "") -> "ApiSession":
        """Return a session of JSON over HTTPS with one server, which the caller enters and leaves."""
        from wenyam.links.http_api_session import ApiSession  # noqa: PLC0415  # aiohttp is slow to import

        return ApiSession(self.clock, server, allowance, seconds, credential)

    async def close(self) -> None:
        """Close every pool that was opened."""
        for name in ("icmp", "snmp", "ssh", "cli", "http", "sql", "vsphere"):
            if name in self.__dict__:
                await self.__dict__[name].close()
