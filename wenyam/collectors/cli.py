"""cli: facts and samples from the command line of a network device, where SNMP cannot say; it shows, and changes nothing."""

from collections.abc import Sequence
from functools import partial
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, model_validator

from wenyam.collectors.cli_reading import add_failures, read_apart, take
from wenyam.collectors.cli_table import Command, Family, shipped
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.ssh import greeted
from wenyam.errors import CommandFailedError, SecretError
from wenyam.links.cli_devices import PLATFORMS, CliDevice
from wenyam.model.samples import Reading

_SILENT = "silent"
"""Key of the memory: the command that was not answered, asked after the others from then on."""
_ASKING_SHARE = 0.85
"""Of the time; the rest is for reading the answers that came."""


def _known_family(name: str) -> str:
    if name not in shipped():
        raise ValueError(f"'{name}' is no family that can be read; there are {', '.join(shipped())}")
    return name


class CliOptions(Options):
    """Which family of devices it is, and how to reach its command line."""

    family: Annotated[str, AfterValidator(_known_family)]
    """As in backups of configurations."""
    without: tuple[str, ...] = ()
    """Commands that this model does not have."""
    port: Port = 22
    legacy_crypto: bool = False
    """Allow SHA-1, CBC and 3DES for a device that has nothing better."""

    @model_validator(mode="after")
    def _something_is_asked(self) -> Self:
        there_are = [command.command for command in shipped()[self.family].commands]
        for command in self.without:
            if command not in there_are:
                raise ValueError(f"'{command}' is not asked of {self.family}; asked are {', '.join(there_are)}")
        if set(self.without) == set(there_are):
            raise ValueError("'without' leaves no command")
        return self

    @property
    def described(self) -> Family:
        """What is asked of the family."""
        return shipped()[self.family]


class CliCollector:
    """Reads identity, processors, memory, temperatures, parts and interfaces, as far as templates for the family tell them."""

    Config: ClassVar[type[CliOptions]] = CliOptions

    def __init__(self, config: CliOptions) -> None:
        """Take validated options."""
        self._config = config

    async def collect(self, target: Target, context: Context) -> Reading:
        """Log in once and ask; a failure for each command without a good answer, a CollectError when none has one."""
        commands = self._in_order(context.memory.get(_SILENT, ()))
        deadline = context.clock.monotonic() + budget(context) * _ASKING_SHARE
        answers = await context.links.cli.ask(self._device(target, context), [command.command for command in commands], deadline)
        reading = ReadingBuilder(context.memory)
        self._tell_evidence(reading)
        errors = await take(commands, answers.said, reading, partial(read_apart, context=context))
        if answers.error is not None:
            silent, *others = commands[len(answers.said) :]
            context.memory[_SILENT] = (silent.command,)
            errors.append((silent, answers.error))
            errors += [(each, CommandFailedError(f"'{each.command}' was not asked any more", hint="")) for each in others]
        if len(errors) == len(commands):
            raise errors[0][1]
        add_failures(errors, reading)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Wait for the SSH server's greeting; no login, so that a probe every few seconds locks no account."""
        return await greeted(target, context, self._config.port)

    def _in_order(self, silent: Sequence[str]) -> list[Command]:
        asked = [command for command in self._config.described.commands if command.command not in self._config.without]
        return sorted(asked, key=lambda command: command.command in silent)

    def _device(self, target: Target, context: Context) -> CliDevice:
        if context.credential is None:
            raise SecretError(
                "cli needs a credential of kind ssh-password or ssh-key", hint="Name one under 'credentials' of the device."
            )
        options = self._config
        return CliDevice(target.address, options.port, context.credential, PLATFORMS[options.family], options.legacy_crypto)

    def _tell_evidence(self, reading: ReadingBuilder) -> None:
        proven = self._config.described.proven
        reading.fact("profile", self._config.family)
        reading.fact("evidence", f"proven on {proven}" if proven else "unproven: only transcripts made by hand")
