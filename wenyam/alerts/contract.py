"""What a notifier keeps: it sends one message to some people, once per idempotency key as far as the far side allows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from pydantic import BaseModel

from wenyam.clock import Clock
from wenyam.errors import WenyamError
from wenyam.model.alerting import Delivery, Message
from wenyam.model.inventory import Person
from wenyam.settings.secrets import SecretReader


class NotifyError(WenyamError):
    """The message was not accepted."""

    def __init__(
        self, what: str = "", *, hint: str | None = None, lasting: bool = False, retry_after: float | None = None
    ) -> None:
        """Say what failed; `lasting` when the same message can never get through here, `retry_after` in seconds when told."""
        super().__init__(what, hint=hint)
        self.lasting = lasting
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a notifier may use of the house."""

    clock: Clock
    secrets: SecretReader
    instance: str
    """Name of this Wenyam, for senders and user agents."""


class Notifier(Protocol):
    """Sends messages of one kind. Construction validates and does no I/O; every call has a deadline given by its caller."""

    Config: ClassVar[type[BaseModel]]

    def __init__(self, config: Any, surroundings: Surroundings) -> None:
        """Take the validated Config."""

    @classmethod
    def address(cls, config: Any, person: Person) -> str | None:
        """Return how this channel reaches a person; None when it cannot. One to a fixed place (a group, a webhook) names it."""

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:
        """Hand over a message; `key` (64 hex characters at most) is the same when it is tried again. NotifyError when refused."""

    async def probe(self) -> str:
        """Ask the far side what bothers nobody (login, quota) and return it as a sentence; NotifyError when that is bad."""

    async def close(self) -> None:
        """Let go of connections."""
