"""A prepared test machine over SSH as the place of a restore test: loaded there, compared there, its programs asked there.

What is wrong with the machine says nothing against the backup and is NOT TESTED; what comes back wrong on it is a failure.
"""

import contextlib
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from wenyam.backup.contract import Workplace
from wenyam.errors import BudgetSpentError, CollectError, NoAnswerError, NotTestedError, RestoreError, SecretError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.model.backup import Manifest, RestoreMachine
from wenyam.model.inventory import Credential

FOLDER, DATABASE = "{folder}", "{database}"
"""What a command may ask for."""
_OUTPUT: Final = 1 << 20
_SAID: Final = 300
_FULL: Final = re.compile(r"No space left on device|could not extend file|Errcode: 28|is full", re.IGNORECASE)
REMOVING_SECONDS: Final = 600.0
"""How long removing may take, whatever of the test's own time is left."""


@dataclass(frozen=True, slots=True)
class Told:
    """How one command on the machine ended."""

    command: str
    status: int
    said: str


@dataclass(slots=True)
class RestoredThere:
    """What came back on the machine, until its context ends."""

    workplace: Workplace
    machine: RestoreMachine
    login: Credential
    expected: Manifest
    """What of backup time can be measured there."""
    found: Manifest
    notes: tuple[str, ...]
    """What was not compared there."""
    fill: Mapping[str, str]
    ask: Callable[[str], Awaitable[str]]
    told: list[Told] = field(default_factory=list)

    async def manifest(self) -> Manifest:
        """Return what was measured there."""
        return self.found

    async def answer(self, question: str) -> str:
        """Ask what was restored there."""
        return await self.ask(question)

    async def run(self) -> list[str]:
        """Run the application's own checks there; return a sentence for each that did not end with exit code 0."""
        problems = []
        for command in self.machine.commands:
            shown = " ".join(command)
            try:
                told = await self._run(command)
            except (BudgetSpentError, NoAnswerError) as error:
                problems.append(f"'{shown}' on the test machine did not end: {error.sentence}")
                continue
            except (CollectError, SecretError) as error:
                raise _unusable(error) from error
            self.told.append(told)
            if told.status:
                how = "was killed" if told.status < 0 else f"ended with exit code {told.status}"
                problems.append(f"'{shown}' on the test machine {how}: {told.said or 'it said nothing'}")
        return problems

    async def _run(self, command: Sequence[str]) -> Told:
        workplace, machine = self.workplace, self.machine
        words = [_filled(word, self.fill) for word in command]
        deadline = min(workplace.deadline, workplace.clock.monotonic() + machine.command_seconds)
        done = await workplace.links.ssh.run(
            machine.host, machine.port, self.login, words, deadline, legacy_crypto=machine.legacy_crypto, output_limit=_OUTPUT
        )
        said = (done.stderr.strip() or done.stdout.strip()).decode("utf-8", "replace")[-_SAID:]
        return Told(" ".join(command), done.exit_status, clean(said, _SAID))


def _filled(word: str, fill: Mapping[str, str]) -> str:
    for name, value in fill.items():
        word = word.replace(name, value)
    return word


@contextlib.contextmanager
def of_the_machine() -> Iterator[None]:
    """Tell what is wrong with the machine from what is wrong with the backup."""
    try:
        yield
    except (CollectError, SecretError) as error:
        raise _unusable(error) from error
    except RestoreError as error:
        if _FULL.search(error.what):
            raise NotTestedError(f"the test machine has no room: {error.what}") from error
        raise


def _unusable(error: WenyamError) -> NotTestedError:
    return NotTestedError(f"the test machine cannot be used: {error.sentence}", hint=error.advice)
