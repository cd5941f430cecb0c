"""A host on which a step works over SSH: commands as argument lists, and what a rehearsal proves there without touching it."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from wenyam.dr.attempts import said, step_errors, until
from wenyam.dr.contract import GoesOnError, StepError, StepPlace
from wenyam.dr.options import HostOptions
from wenyam.links.programs import Completed

COMMAND_SECONDS: Final = 3600.0
"""Longest time for what changes something; the step's own timeout is usually shorter."""
QUESTION_SECONDS: Final = 20.0
"""Time for what only asks, logging in included."""
_OUTPUT: Final = 1 << 20
_NOBODY, _NOT_FOUND = 126, 127
"""What a shell answers for a program it may not start, and for one it does not find."""


@dataclass(frozen=True, slots=True)
class Host:
    """A host in one attempt of a step."""

    place: StepPlace
    options: HostOptions

    @property
    def address(self) -> str:
        """Where it is logged in to."""
        return self.options.over or self.place.configuration.inventory.devices[self.options.host].address

    async def run(self, words: Sequence[str], seconds: float = COMMAND_SECONDS) -> Completed:
        """Run a command, each word quoted for the shell there; StepError when it cannot be run or does not end in time."""
        place, options = self.place, self.options
        credential = place.configuration.inventory.credentials[options.credential]
        place.say(f"{options.host}: {shown(words)}")
        with step_errors():
            return await place.links.ssh.run(
                self.address, options.port, credential, words, until(place, seconds),
                legacy_crypto=options.legacy_crypto, output_limit=_OUTPUT,
            )  # fmt: skip

    async def ask(self, *words: str) -> Completed:
        """Run what only asks; whether that goes on is all the same."""
        try:
            return await self.run(words, QUESTION_SECONDS)
        except GoesOnError as error:
            raise StepError(error.what, hint="") from error

    async def must(self, words: Sequence[str], seconds: float = COMMAND_SECONDS) -> Completed:
        """Run what must end with exit code 0; StepError with its own words when it does not."""
        done = await self.run(words, seconds)
        if done.exit_status:
            raise StepError(ending(self.options.host, words, done))
        return done

    async def has(self, program: str) -> bool:
        """Tell whether this account can start a program there."""
        asked = ("test", "-x", program) if program.startswith("/") else ("command", "-v", program)
        return (await self.ask(*asked)).exit_status == 0

    async def require(self, *programs: str) -> None:
        """Log in and look whether the programs are there; StepError names the one that is not."""
        for program in programs:
            if not await self.has(program):
                advice = f"Install it on {self.options.host}, or correct the command; the account must be able to start it."
                raise StepError(f"{self.options.host} has no program '{program}' for this account", hint=advice)

    async def is_root(self) -> bool:
        """Tell whether the account may do everything there."""
        return (await self.ask("id", "-u")).stdout.strip() == b"0"


def shown(words: Sequence[str]) -> str:
    """Write a command as a person would type it."""
    return shlex.join(words)


def ending(host: str, words: Sequence[str], done: Completed) -> str:
    """Say how a command ended that did not do its work."""
    status = done.exit_status
    if status in (_NOBODY, _NOT_FOUND):
        how = "was not found" if status == _NOT_FOUND else "may not be started"
    else:
        how = "was killed" if status < 0 else f"ended with exit code {status}"
    return f"'{shown(words)}' on {host} {how}: {said(done.stdout, done.stderr)}"
