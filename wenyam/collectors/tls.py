"""TLS: when the certificates of a server end, and whether chain and name are accepted."""

from typing import ClassVar

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CertificateError
from wenyam.links.tcp import connect_seconds
from wenyam.links.tls import Endpoint, Inspection, describe, inspect
from wenyam.model.instants import MILLISECONDS
from wenyam.model.samples import Reading


class TlsOptions(Options):
    """Which server, and the name it must prove."""

    port: Port = 443
    server_name: str | None = None
    """Name the certificate must be for; the address when not given."""
    authority: str | None = None
    """File of the authorities to trust instead of the system's."""


class TlsCollector:
    """Reads `tls_certificate_expiry_timestamp_seconds` of the whole chain and `tls_certificate_valid`."""

    Config: ClassVar[type[TlsOptions]] = TlsOptions

    def __init__(self, config: TlsOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Shake hands once; a certificate that is not accepted is a reading that says so, with the reason as a failure."""
        name = self._name(target)
        endpoint = Endpoint(target.address, self._config.port, name, self._config.authority)
        shown = await inspect(context.clock, endpoint, budget(context))
        return _reading(shown, f"{name}:{self._config.port}", context)

    async def probe(self, target: Target, context: Context) -> float:
        """Connect once; seconds it took."""
        return await connect_seconds(context.clock, target.address, self._config.port, budget(context))

    def _name(self, target: Target) -> str:
        return self._config.server_name or target.address


def _reading(shown: Inspection, server: str, context: Context) -> Reading:
    reading = ReadingBuilder(context.memory)
    reading.add("tls_certificate_expiry_timestamp_seconds", shown.first_end / MILLISECONDS, server)
    reading.add("tls_certificate_valid", float(not shown.problem), server)
    reading.fact("tls_certificate", describe(shown.chain[0]))
    reading.fact("tls_protocol", shown.protocol)
    if shown.problem:
        reading.fact("tls_problem", shown.problem)
        reading.failed(CertificateError(f"{server}: {shown.problem} ({describe(shown.chain[0])})"), ())
    return reading.build()
