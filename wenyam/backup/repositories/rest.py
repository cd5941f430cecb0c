"""A server that speaks restic's REST protocol: rest-server, or `rclone serve restic`; with --append-only it deletes nothing."""

from ipaddress import ip_address
from typing import Annotated, ClassVar
from urllib.parse import quote, urlsplit

from pydantic import AfterValidator

from wenyam.backup.repositories.destination import AbsolutePath, Access, Reach, login
from wenyam.collectors.options import Options
from wenyam.errors import CollectError, RepositoryUnreachableError
from wenyam.links.tcp import connect_seconds

_PORTS = {"http": 80, "https": 443}


def _address(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"'{url}' is no address: https://SERVER:PORT/PATH/")
    if "@" in parts.netloc:
        raise ValueError("a login has no place in the address; use a credential of kind http-basic")
    if parts.query or parts.fragment or not url.isprintable() or " " in url:
        raise ValueError(f"'{url}' may have a path and nothing after it")
    if parts.scheme == "http" and not _is_here(parts.hostname):
        raise ValueError("plain http would send the login in the clear; use https")
    _ = parts.port  # a ValueError when it is no port
    return url if url.endswith("/") else f"{url}/"


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class RestOptions(Options):
    """Which server."""

    url: Annotated[str, AfterValidator(_address)]
    """Address of the repository, without a login; plain http only to this machine."""
    authority: AbsolutePath | None = None
    """File of the only authorities to trust."""


class RestDestination:
    """A repository behind restic's REST protocol; logs in when there is a credential of kind http-basic."""

    Config: ClassVar[type[RestOptions]] = RestOptions

    def __init__(self, config: RestOptions) -> None:
        """Take validated options."""
        self._config = config

    @property
    def place(self) -> str:
        """Return the address, which holds no login."""
        return self._config.url

    def reach(self, access: Access) -> Reach:
        """Return the address with the login in it: restic 0.14 takes it nowhere else, so it goes through the environment."""
        if access.credential is None:
            return Reach(f"rest:{self._config.url}", authority=self._config.authority)
        credential = login(access, "http-basic", self.place)
        user = quote(credential.settings.get("username", ""), safe="")
        password = access.links.secrets.of(credential, "password")
        written = quote(password, safe="")
        scheme, rest = self._config.url.split("://", 1)
        location = f"rest:{scheme}://{user}:{written}@{rest}"
        return Reach(location, authority=self._config.authority, secrets=(password, written))

    async def present(self, access: Access, seconds: float) -> None:
        """Return when the server accepts connections: restic itself would try again for a quarter of an hour."""
        await require_answer(access, self._config.url, seconds)

    async def free_bytes(self, access: Access, seconds: float) -> None:
        """Return None: the protocol does not tell."""


async def require_answer(access: Access, url: str, seconds: float) -> None:
    """Raise RepositoryUnreachableError unless the server of an address accepts connections."""
    parts = urlsplit(url)
    try:
        await connect_seconds(access.clock, parts.hostname or "", parts.port or _PORTS[parts.scheme], seconds)
    except CollectError as error:
        raise RepositoryUnreachableError(f"{url}: {error.sentence}", hint=error.advice) from error
