"""How a PDU is wrapped: what every SNMP version does, and the two simple ones (RFC 1157, RFC 1901)."""

from typing import Protocol

from wenyam.errors import CollectError, MalformedReplyError
from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Reader, Reply


class Resynchronised(Exception):  # noqa: N818  # a turn of the protocol, not an error
    """The agent told us its engine or clock; the request with this id must be sent again."""

    def __init__(self, request: int, cause: str) -> None:
        """Take the request's id and the name of the report."""
        super().__init__(cause)
        self.request = request
        self.cause = cause


class ReportedError(Exception):
    """The agent refused the request with this id; `error` is what the user should hear."""

    def __init__(self, request: int, error: CollectError) -> None:
        """Take the request's id and the user's error."""
        super().__init__(str(error))
        self.request = request
        self.error = error


class Security(Protocol):
    """Wraps requests and unwraps replies for one agent."""

    name: str
    """Words for messages: `SNMP v2c`."""
    bulk: bool
    """True when the version knows GETBULK."""
    silence: str
    """What else, besides a dead agent, looks like silence."""

    @property
    def ready(self) -> bool:
        """False while the next exchange must be a single one that teaches us the engine."""

    @property
    def suspicion(self) -> str:
        """Why a silence may mean that the credentials are wrong; empty when nothing says so."""

    def seal(self, request: int, pdu: bytes) -> bytes:
        """Return the datagram for this PDU."""

    def unseal(self, datagram: bytes, read: Reader | None = None) -> Reply:
        """Return the reply, its body read by `read`; MalformedReplyError for what is none, Resynchronised or ReportedError."""


class Community:
    """SNMP v1 and v2c: a community name in the clear."""

    silence = "a wrong community looks the same"
    ready = True
    suspicion = ""

    def __init__(self, version: str, community: bytes) -> None:
        """Take `1` or `2c` and the community, which is a secret and never shown."""
        self.name = f"SNMP v{version}"
        self.bulk = version != "1"
        self._version = codec.integer(0 if version == "1" else 1)
        self._opening = self._version + codec.tagged(codec.OCTETS, community)

    def seal(self, request: int, pdu: bytes) -> bytes:  # noqa: ARG002  # version 3 needs it
        """Put version and community in front."""
        return codec.tagged(codec.SEQUENCE, self._opening + pdu)

    def unseal(self, datagram: bytes, read: Reader | None = None) -> Reply:
        """Take version and community off; they must be the ones we sent."""
        start, stop = codec.element(datagram, 0, len(datagram), codec.SEQUENCE)
        if not datagram.startswith(self._opening, start):
            raise MalformedReplyError("the reply carries another version or community")
        return codec.parse_pdu(datagram, start + len(self._opening), stop, read)
