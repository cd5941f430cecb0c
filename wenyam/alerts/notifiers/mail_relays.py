"""The relays of a mail channel: asked in their order, and none of them twice with a password it has refused."""

import hashlib
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, model_validator

from wenyam.alerts.contract import Surroundings
from wenyam.alerts.notifiers import failures
from wenyam.alerts.notifiers.options import ChannelOptions, is_here
from wenyam.collectors.options import Port
from wenyam.errors import CredentialsRefusedError
from wenyam.links.mail import Relay
from wenyam.settings.values import AbsolutePath, Address, Line, Secret

_PORTS = {"starttls": 587, "implicit": 465, "none": 25}
PAUSE = 600.0
"""Seconds until a password that was refused is tried again, so that no account is locked; a new one is tried at once."""


class RelayOptions(ChannelOptions):
    """One relay."""

    host: Address
    """Address or name; an address works without DNS."""
    port: Port | None = None
    """587 with starttls, 465 with implicit, 25 with none."""
    security: Literal["starttls", "implicit", "none"] = "starttls"
    """`starttls` is required, not only used when offered; `none` only to this machine."""
    allow_plaintext: bool = False
    """Lets `none` go to another machine, never with a password."""
    tls_name: Line | None = None
    """What the certificate must be for, when `host` is an address."""
    authority: AbsolutePath | None = None
    """File of the only authorities to trust."""
    username: Line | None = None
    """For a login, with `password`."""
    password: Secret | None = None
    """Belongs to `username`."""

    @model_validator(mode="after")
    def _is_safe(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("'username' and 'password' go together")
        if self.security != "none" or is_here(self.host):
            return self
        if not self.allow_plaintext:
            raise ValueError("'security: none' sends alerts in the clear; use starttls, or say 'allow_plaintext: true'")
        if self.password is not None:
            raise ValueError("a password would be sent in the clear; use starttls")
        return self


def _some(relays: tuple[RelayOptions, ...]) -> tuple[RelayOptions, ...]:
    # Not by pydantic's own length rule, which also complains of an empty list when every relay in it is wrong.
    if not relays:
        raise ValueError("at least one relay expected")
    return relays


Relays = Annotated[tuple[RelayOptions, ...], AfterValidator(_some)]


def share(wanted: float, left: float, relays: int) -> float:
    """Return the seconds for the next of so many relays: silent ones leave enough for the last."""
    return max(0.1, min(wanted, left / relays))


class RefusedLogins:
    """Remembers which relay refused which password."""

    def __init__(self, surroundings: Surroundings) -> None:
        """Take clock and reader of secrets."""
        self._surroundings = surroundings
        self._refused: dict[str, tuple[bytes, float]] = {}

    def relay(self, options: RelayOptions, hello: str | None) -> Relay:
        """Return the relay with its password; CredentialsRefusedError while that one must rest."""
        password = None if options.password is None else failures.secret(self._surroundings, options.password)
        port = options.port or _PORTS[options.security]
        name = options.tls_name or options.host
        made = Relay(options.host, port, options.security, name, options.authority, hello, options.username, password)
        digest, until = self._refused.get(made.at, (b"", 0.0))
        if password is not None and digest == _digest(password) and self._surroundings.clock.monotonic() < until:
            raise CredentialsRefusedError(
                f"user '{options.username}' at {made.at}, not tried again before {PAUSE / 60:.0f} minutes are over"
            )
        return made

    def note(self, relay: Relay) -> None:
        """Remember that a relay refused its password."""
        self._refused[relay.at] = (_digest(relay.password or ""), self._surroundings.clock.monotonic() + PAUSE)


def _digest(password: str) -> bytes:
    return hashlib.sha256(password.encode()).digest()
