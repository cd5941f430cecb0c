"""Where sessions come from: credentials read when needed, engines of version 3 remembered, one epoll for all sockets."""

import asyncio
import ipaddress
import socket
from dataclasses import dataclass
from functools import lru_cache

from wenyam.clock import Clock
from wenyam.errors import ConfigurationError, UnknownHostError
from wenyam.links.snmp.hub import Hub
from wenyam.links.snmp.security import Community, Security
from wenyam.links.snmp.session import MAXIMUM_REQUESTS, SnmpSession
from wenyam.links.snmp.wire import Address, Patience, Wire, trouble_on_the_way
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader

DEFAULT_PORT = 161
_SECRET_LIFE = 30.0
"""Seconds a secret that was read is used without reading its file again."""
_ALIASES = {
    "sha": "sha1",
    "aes": "aes128",
    "aes-128": "aes128",
    "aes-192": "aes192",
    "aes-256": "aes256",
    "aes192c": "aes192-cisco",
    "aes256c": "aes256-cisco",
}


@dataclass(frozen=True, slots=True)
class Endpoint:
    """An agent's address and the version spoken to it: `1`, `2c` or `3`."""

    address: str
    port: int = DEFAULT_PORT
    version: str = "2c"

    def __str__(self) -> str:
        """Write as host:port."""
        return f"[{self.address}]:{self.port}" if ":" in self.address else f"{self.address}:{self.port}"


class SnmpPool:
    """Opens sessions. A session is one UDP socket, opened for a reading and closed after it; engines of v3 stay known."""

    def __init__(self, clock: Clock, secrets: SecretReader) -> None:
        """Take the clock and the reader of secrets; opens nothing."""
        self._clock = clock
        self._secrets = secrets
        self._hub: Hub | None = None
        self._read: dict[tuple[str, str], tuple[float, bytes]] = {}
        self._users: dict[tuple[Endpoint, object], Security] = {}

    async def session(
        self,
        endpoint: Endpoint,
        credential: Credential | None,
        deadline: float,
        patience: Patience | None = None,
        maximum_requests: int = MAXIMUM_REQUESTS,
    ) -> SnmpSession:
        """Open a session that ends at the monotonic second `deadline`. Use it with `async with`.

        Raises UnknownHostError, NoAnswerError (no route), SecretError, or ConfigurationError when the credential cannot serve.
        """
        security = self._security(endpoint, credential)
        address = await self._resolved(endpoint)
        try:
            wire = Wire(self._own_hub(), self._clock, security, str(endpoint), address)
        except OSError as error:
            raise trouble_on_the_way(error, str(endpoint)) from error
        return SnmpSession(wire, security, str(endpoint), deadline, patience or Patience(), maximum_requests)

    def forget(self, endpoint: Endpoint, credential: Credential | None) -> None:
        """Drop what is remembered of a credential, so that a rotated secret is read afresh."""
        if credential is not None:
            for key in [key for key in self._read if key[0] == credential.name]:
                del self._read[key]
        for known in [key for key in self._users if key[0] == endpoint]:
            del self._users[known]

    async def close(self) -> None:
        """Close the hub; sessions still open become deaf."""
        if self._hub is not None:
            self._hub.close()
            self._hub = None

    def _own_hub(self) -> Hub:
        loop = asyncio.get_running_loop()
        if self._hub is not None and self._hub.loop is not loop:
            self._hub.close()
            self._hub = None
        if self._hub is None:
            self._hub = Hub()
        return self._hub

    async def _resolved(self, endpoint: Endpoint) -> Address:
        return _numeric(endpoint.address, endpoint.port) or await _looked_up(endpoint)

    def _security(self, endpoint: Endpoint, credential: Credential | None) -> Security:
        if credential is None:
            raise ConfigurationError(f"no credential is set for SNMP at {endpoint}", hint="Give the device a credential.")
        if endpoint.version != "3":
            _expect(credential, "snmp-community", endpoint)
            return _community(endpoint.version, self._secret(credential, "community"))
        _expect(credential, "snmp-v3", endpoint)
        return self._user_security(endpoint, credential)

    def _user_security(self, endpoint: Endpoint, credential: Credential) -> Security:
        from wenyam.links.snmp.v3 import User, UserSecurity  # noqa: PLC0415  # ciphers are slow to import and v2c needs none

        settings = credential.settings
        authentication = _protocol(settings.get("authentication"))
        privacy = _protocol(settings.get("privacy"))
        user = User(
            name=settings.get("username", ""),
            authentication=authentication,
            authentication_key=self._secret(credential, "authentication_key") if authentication else b"",
            privacy=privacy,
            privacy_key=self._secret(credential, "privacy_key") if privacy else b"",
            context=settings.get("context", ""),
        )
        known = self._users.get((endpoint, user))
        if known is None:
            user.check(f"credential '{credential.name}'")
            known = self._users[endpoint, user] = UserSecurity(user, self._clock.monotonic)
        return known

    def _secret(self, credential: Credential, field: str) -> bytes:
        now = self._clock.monotonic()
        read_at, secret = self._read.get((credential.name, field), (-_SECRET_LIFE, b""))
        if now - read_at >= _SECRET_LIFE or not secret:
            secret = self._secrets.of(credential, field).encode()
            self._read[credential.name, field] = (now, secret)
        return secret


@lru_cache(maxsize=1 << 16)
def _numeric(address: str, port: int) -> Address | None:
    """Read a numeric address; None for what must be looked up: a name, or an address with an interface."""
    try:
        version = ipaddress.ip_address(address).version
    except ValueError:
        return None
    if version == 4:  # noqa: PLR2004  # the version of the Internet Protocol
        return socket.AF_INET, (address, port)
    return None if "%" in address else (socket.AF_INET6, (address, port, 0, 0))


@lru_cache(maxsize=256)
def _community(version: str, community: bytes) -> Community:
    return Community(version, community)


async def _looked_up(endpoint: Endpoint) -> Address:
    try:
        found = await asyncio.get_running_loop().getaddrinfo(endpoint.address, endpoint.port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        raise UnknownHostError(f"'{endpoint.address}'") from error
    family, _, _, _, address = found[0]
    return family, address


def _expect(credential: Credential, kind: str, endpoint: Endpoint) -> None:
    if credential.kind != kind:
        raise ConfigurationError(
            f"SNMP v{endpoint.version} needs a credential of kind {kind}; '{credential.name}' is {credential.kind}"
        )


def _protocol(word: str | None) -> str | None:
    if word is None or word.lower() in ("", "none"):
        return None
    return _ALIASES.get(word.lower(), word.lower().replace("sha-", "sha"))
