"""A login at vSphere, what to ask it and what it found; without its library."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wenyam.links.sockets import where

Wanted = Mapping[str, tuple[str, ...]]
"""Paths of properties by type of managed object, such as `VirtualMachine: (name, runtime.powerState)`."""


@dataclass(frozen=True, slots=True)
class VsphereLogin:
    """Where to log in, how its certificate is believed, and as whom."""

    address: str
    port: int
    username: str
    password: str = field(repr=False)
    credential: str
    authority: str | None = None
    """File of the only authorities to trust; the system's when None."""
    fingerprint: str | None = None
    """SHA-256 of the certificate in hexadecimal digits: then it alone is believed."""

    @property
    def at(self) -> str:
        """Address and port, for a sentence."""
        return where(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm that is raised now."""

    name: str
    entity: str
    """Reference of the object it is about."""
    status: str
    """`yellow` or `red`."""


@dataclass(frozen=True, slots=True)
class Found:
    """What was there; references are vSphere's own names of objects."""

    about: Any
    """AboutInfo of the service."""
    objects: Mapping[str, list[tuple[str, dict[str, Any]]]]
    """Reference and properties of each object by type; a property that does not exist is not among them."""
    alarms: list[Alarm]
