"""A program of your own: the message as JSON on its standard input, nothing of it among its arguments."""

import json
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final

from pydantic import AfterValidator, Field

from wenyam.alerts.contract import NotifyError, Surroundings
from wenyam.alerts.notifiers import failures
from wenyam.alerts.notifiers.items import as_data
from wenyam.alerts.notifiers.options import ChannelOptions, Limit
from wenyam.errors import CollectError, CommandFailedError
from wenyam.i18n.clean_text import clean
from wenyam.links.programs import Completed, run_program, trusted_program
from wenyam.model.alerting import Delivery, Message
from wenyam.model.inventory import Person
from wenyam.settings.values import Line

_TEMPORARY: Final = 75
"""EX_TEMPFAIL of sysexits.h."""
_OUTPUT_LIMIT: Final = 64 << 10
_WORDS: Final = 200


def _absolute(command: tuple[str, ...]) -> tuple[str, ...]:
    if not command[0].startswith("/"):
        raise ValueError("the first word must be the absolute path of the program")
    return command


class CommandOptions(ChannelOptions):
    """Which program."""

    command: Annotated[tuple[Line, ...], Field(min_length=1, max_length=50), AfterValidator(_absolute)]
    """Absolute path and fixed arguments, no shell. No secret: arguments are public."""
    timeout: Limit = 20.0
    """Seconds until it is killed with all it started."""


class CommandNotifier:
    """Starts the program once for each message."""

    Config: ClassVar[type[CommandOptions]] = CommandOptions

    def __init__(self, config: CommandOptions, surroundings: Surroundings) -> None:
        """Take validated options."""
        self._config = config
        self._surroundings = surroundings

    @classmethod
    def address(cls, config: CommandOptions, person: Person) -> str | None:  # noqa: ARG003  # the program knows where
        """Return the program."""
        return config.command[0]

    async def send(self, message: Message, people: Sequence[Person], key: str) -> Delivery:
        """Run it: 0 delivered, 75 try again, anything else lasting."""
        data = as_data(message, key, self._surroundings.instance) | {"people": [_person(person) for person in people]}
        done = await self._run(json.dumps(data, ensure_ascii=False).encode() + b"\n")
        if done.exit_status != 0:
            raise self._failure(done)
        return Delivery(_first_line(done.stdout) or f"{self._config.command[0]} took it")

    async def probe(self) -> str:
        """Look whether the program may be started; it is not."""
        try:
            return f"{trusted_program(self._config.command[0])} may be started; only a message proves more"
        except CommandFailedError as error:
            raise _unusable(error) from error

    async def close(self) -> None:
        """Keep nothing, so let nothing go."""

    async def _run(self, data: bytes) -> Completed:
        try:
            return await run_program(
                self._config.command,
                timeout=self._config.timeout,
                input=data,
                output_limit=_OUTPUT_LIMIT,
                clock=self._surroundings.clock,
            )
        except CommandFailedError as error:
            raise _unusable(error) from error
        except CollectError as error:
            raise failures.of(error) from error

    def _failure(self, done: Completed) -> NotifyError:
        """Say how it ended; a signal is the machine's doing (no memory left, a stop), so that is tried again."""
        program, status = self._config.command[0], done.exit_status
        how = f"was ended by signal {-status}" if status < 0 else f"ended with status {status}"
        words = _first_line(done.stderr)
        return NotifyError(f"{program} {how}" + (f": {words}" if words else ""), lasting=status > 0 and status != _TEMPORARY)


def _unusable(error: CommandFailedError) -> NotifyError:
    return NotifyError(error.sentence, hint=error.advice, lasting=True)


def _first_line(output: bytes) -> str:
    lines = (clean(line, _WORDS) for line in output.split(b"\n"))
    return next((line for line in lines if line), "")


def _person(person: Person) -> dict[str, str | None]:
    reached = {"line_id": person.line_id, "mail": person.mail, "telephone": person.telephone}
    return {"id": person.id, "name_th": clean(person.name.th), "name_en": clean(person.name.en), **reached}
