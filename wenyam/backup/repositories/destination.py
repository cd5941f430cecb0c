"""The contract of a destination: where a repository lies, what restic needs to get there, and whether it is there at all."""

import posixpath
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, ClassVar, Protocol, TypeVar

from pydantic import AfterValidator, BaseModel

from wenyam.clock import Clock
from wenyam.errors import RepositoryError, RepositoryUnreachableError
from wenyam.links.pools import Links
from wenyam.links.ssh_launcher import SshCommand
from wenyam.links.threads import ThreadPool
from wenyam.model.inventory import Credential

Result = TypeVar("Result")


def _absolute(path: str) -> str:
    if not path.startswith("/") or not path.isprintable() or path != posixpath.normpath(path) or path.startswith("//"):
        raise ValueError(f"'{path}' is no plain absolute path")
    return path


AbsolutePath = Annotated[str, AfterValidator(_absolute)]
"""An absolute path without control characters, `..` or doubled slashes."""


@dataclass(frozen=True, slots=True)
class Access:
    """What a destination may use to get to its place."""

    links: Links
    clock: Clock
    tools: Callable[[str], str]
    """Gives the absolute path of a program by its name."""
    credential: Credential | None = None


@dataclass(frozen=True, slots=True)
class Reach:
    """What one call of restic needs to get to a repository; nothing of it is ever shown."""

    location: str = field(repr=False)
    """Goes into the environment only: it may hold a login."""
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)
    ssh: SshCommand | None = field(default=None, repr=False)
    """How the server is logged in to, where restic goes by SFTP."""
    authority: str | None = None
    """File of the certificates to trust."""
    secrets: tuple[str, ...] = field(default=(), repr=False)
    """Texts to strike out of whatever a program says."""


class Destination(Protocol):
    """One kind of place. Registered under `wenyam.destinations`."""

    Config: ClassVar[type[BaseModel]]
    """Strict model (extra forbidden, frozen) of the options the configuration may give."""

    def __init__(self, config: Any) -> None:
        """Take validated options; no I/O."""

    @property
    def place(self) -> str:
        """Say where it is, without any secret."""

    def reach(self, access: Access) -> Reach:
        """Read what is secret and return what restic needs; RepositoryError when the credential is of no use here."""

    async def present(self, access: Access, seconds: float) -> None:
        """Return when the place can be got to; a RepositoryError that says what is not there otherwise."""

    async def free_bytes(self, access: Access, seconds: float) -> int | None:
        """Return the free space there; None where that cannot be seen."""


def login(access: Access, kind: str, place: str) -> Credential:
    """Return the credential when it is of the kind that this destination takes."""
    if access.credential is None:
        raise RepositoryError(f"{place}: needs a credential of kind {kind}")
    if access.credential.kind != kind:
        found = access.credential
        raise RepositoryError(f"{place}: the credential '{found.name}' is of kind {found.kind}, not {kind}")
    return access.credential


async def looked(work: Callable[[], Result], seconds: float, place: str) -> Result:
    """Look at a file system that may hang, as one over a network does; RepositoryUnreachableError when it is silent."""
    threads = ThreadPool("wenyam-destination", 1)
    try:
        return await threads.run(work, seconds)
    except TimeoutError as error:
        raise RepositoryUnreachableError(f"{place}: the file system did not answer within {seconds:.3g} s") from error
    finally:
        threads.close()
