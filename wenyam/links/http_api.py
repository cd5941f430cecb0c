"""A server that answers JSON over HTTPS, what one reading may spend on it, and its answers; without a network library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class ApiServer:
    """The one server that is asked, and how its certificate is believed."""

    address: str
    port: int
    authority: str | None = None
    """File of the only authorities to trust; the system's when None."""
    fingerprint: str | None = None
    """SHA-256 of the certificate in hexadecimal digits: then it alone is believed, whoever signed it and until when."""
    certificate_name: str | None = None
    """Name the certificate must be for, when it is not for the address."""

    @property
    def at(self) -> str:
        """Scheme, host and port."""
        return f"https://{f'[{self.address}]' if ':' in self.address else self.address}:{self.port}"


@dataclass(frozen=True, slots=True)
class Allowance:
    """What one reading may spend."""

    requests: int = 200
    answer_bytes: int = 4 << 20
    """Of one answer; a longer one is refused."""
    seconds: float = 10.0
    """For one answer."""
    parallel: int = 2
    """Requests under way at once: management controllers are small."""


@dataclass(frozen=True, slots=True)
class ApiAnswer:
    """A whole answer. Headers may hold a secret and are shown nowhere."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """By their names in small letters."""
    data: Any
    """The JSON it held; None when it held nothing."""
