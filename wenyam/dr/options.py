"""What the options of the kinds of steps have in common: strict, frozen, a host of the inventory and how it is logged in to."""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from wenyam.links.sql import Engine
from wenyam.links.sql_drivers.contract import Parameter, Tls
from wenyam.model.instance import Configuration
from wenyam.nearest import did_you_mean
from wenyam.settings.values import AbsolutePath, Address, Line, Name

Port = Annotated[int, Field(ge=1, le=65535)]
Words = Annotated[tuple[Line, ...], Field(min_length=1, max_length=100)]
SSH_KINDS: Final = ("ssh-key", "ssh-password")
SQL_KINDS: Final = ("sql",)


class StepOptions(BaseModel):
    """The base of every step's options: strict, frozen, unknown keys refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class HostOptions(StepOptions):
    """A host of the inventory, and how it is logged in to over SSH."""

    host: Name
    """Device of the inventory."""
    credential: Name
    """Credential of kind ssh-key or ssh-password."""
    over: Address | None = None
    """Another address of the host than its first."""
    port: Port = 22
    """Where its SSH server listens."""
    legacy_crypto: bool = False
    """The host speaks only what SSH servers before about 2015 speak; listed in the security report."""

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that the configuration does not know."""
        return (*unknown_device(configuration, self.host), *unknown_credential(configuration, self.credential, SSH_KINDS))


class DatabaseOptions(StepOptions):
    """A database of a host of the inventory, and how it is logged in to."""

    host: Name
    """Device of the inventory."""
    credential: Name
    """Credential of kind sql."""
    database: Line = ""
    """Name of the database; `postgres` or none at all where it is left out."""
    over: Address | None = None
    """Another address of the host than its first."""
    port: Port | None = None
    """The engine's usual port where it is left out."""
    tls: Tls = "prefer"
    """`require` insists on TLS, `verify` also checks the certificate."""
    authority: AbsolutePath | None = None
    """File of the authorities to trust instead of the system's, for `tls: verify`."""

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that the configuration does not know."""
        return (*unknown_device(configuration, self.host), *unknown_credential(configuration, self.credential, SQL_KINDS))


class PromotionOptions(DatabaseOptions):
    """The replica that is promoted, and the primary that must not write any more."""

    primary: DatabaseOptions
    """The primary it follows."""

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known, and one when a server would be its own primary."""
        primary = self.primary
        same = (self.host, self.over, self.port) == (primary.host, primary.over, primary.port)
        itself = (f"'{self.host}' is named as replica and as its own primary",) if same else ()
        return (*super().unknown(configuration), *primary.unknown(configuration), *itself)


class QuestionOptions(DatabaseOptions):
    """A question to a database of any kind, and the answer that is wanted."""

    engine: Engine
    """Which kind of database it is."""
    text: Line
    """One statement that reads; the session refuses to change anything."""
    parameters: tuple[Parameter, ...] = ()
    """Bound to the placeholders of `text` (%s; in Oracle :1, :2 …)."""
    expect: str | int | float | bool | None = None
    """The first value of the first row; left out: any value that is not empty."""


def unknown_name(noun: str, name: str, known: Iterable[str]) -> tuple[str, ...]:
    """Return a sentence when a name is none of those that are known."""
    names = tuple(known)
    return () if name in names else (f"there is no {noun} '{name}'{did_you_mean(name, names)}",)


def unknown_device(configuration: Configuration, name: str) -> tuple[str, ...]:
    """Return a sentence when there is no such device."""
    return unknown_name("device", name, configuration.inventory.devices)


def unknown_credential(configuration: Configuration, name: str, kinds: tuple[str, ...]) -> tuple[str, ...]:
    """Return a sentence when there is no such credential, or when it is of a kind that does not log in there."""
    credentials = configuration.inventory.credentials
    if name not in credentials:  # the name is not repeated: where one is expected, people write the secret itself
        return (f"there is no credential of this name{did_you_mean(name, credentials)}",)
    kind = credentials[name].kind
    return () if kind in kinds else (f"credential '{name}' is of kind {kind}; wanted is {' or '.join(kinds)}",)
