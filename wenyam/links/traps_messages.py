"""What goes into the decoder of notifications and what comes out: who may send, what was told, and why something was refused."""

from dataclasses import dataclass
from typing import Any, Final

from wenyam.model.instants import Instant

WRONG_COMMUNITY: Final = "wrong community"
UNKNOWN_USER: Final = "unknown SNMPv3 user"
TOO_OPEN: Final = "SNMPv3 user without the authentication or privacy it must have"
WRONG_KEY: Final = "wrong SNMPv3 pass phrase"
TOO_OLD: Final = "SNMPv3 message too old, perhaps sent again by somebody else"
MALFORMED: Final = "malformed"
NO_TRAP: Final = "neither a trap nor an inform"

Value = int | str | bytes | None
"""Numbers, object identifiers and addresses as text, octets, or nothing at all."""


@dataclass(frozen=True, slots=True)
class Community:
    """Who may send versions 1 and 2c."""

    credential: str
    secret: bytes

    def __repr__(self) -> str:
        """Show no secret."""
        return f"Community({self.credential!r})"


@dataclass(frozen=True, slots=True)
class TrapUser:
    """Who may send version 3, at this level and no lower one."""

    credential: str
    name: str
    authentication: str = "none"
    authentication_key: str = ""
    privacy: str = "none"
    privacy_key: str = ""

    @property
    def level(self) -> int:
        """0 neither, 1 authenticated, 2 private too."""
        return 2 if self.privacy != "none" else int(self.authentication != "none")

    def __repr__(self) -> str:
        """Show no secret."""
        return f"TrapUser({self.credential!r}, {self.name!r})"


@dataclass(frozen=True, slots=True)
class Notification:
    """A trap or inform whose sender proved a credential."""

    source: str
    at: Instant
    version: str
    credential: str
    oid: str
    """What it tells: snmpTrapOID."""
    varbinds: tuple[tuple[str, Value], ...]
    """Without sysUpTime and snmpTrapOID."""
    inform: "Inform | None" = None


@dataclass(frozen=True, slots=True)
class Inform:
    """What is needed to answer an inform once it was kept."""

    arguments: tuple[Any, ...]
    engine: Any


@dataclass(frozen=True, slots=True)
class Decoded:
    """What became of one datagram: a notification, or why there is none; and what to send back at once."""

    notification: Notification | None = None
    refused: str = ""
    replies: tuple[bytes, ...] = ()
