"""What every database driver takes and gives."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from wenyam.errors import CollectError

Parameter = str | int | float | bool | None
Tls = Literal["prefer", "require", "verify"]
Now = Callable[[], float]
"""Monotonic seconds."""


@dataclass(frozen=True, slots=True)
class Login:
    """Where and as whom to log in."""

    address: str
    port: int
    database: str
    username: str
    password: str = field(repr=False)
    credential: str
    """The credential's name, for messages."""
    tls: Tls = "prefer"
    """`prefer` takes TLS where the driver finds it, `require` insists, `verify` also checks the certificate."""
    authority: str | None = None

    @property
    def at(self) -> str:
        """Where, for a sentence."""
        return f"database {self.database} at {self.address} port {self.port}"


@dataclass(frozen=True, slots=True)
class Query:
    """One statement that reads one value; parameters are bound, never pasted into the text."""

    text: str
    parameters: tuple[Parameter, ...] = ()


@dataclass(frozen=True, slots=True)
class Limits:
    """How long everything and each statement may take, in seconds."""

    whole: float
    statement: float


@dataclass(frozen=True, slots=True)
class Result:
    """What one query brought: the first column of its first row, or why it brought nothing."""

    value: object
    seconds: float
    failure: CollectError | None = None
    rows: int = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """A login and its queries."""

    connect_seconds: float
    results: Mapping[str, Result]
