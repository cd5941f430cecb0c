"""A command on a host over SSH: an argument list, its exit code, and what must stand in its output."""

from typing import Annotated, ClassVar

from pydantic import Field

from wenyam.dr.attempts import LINE, kept
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hosts import Host, ending, shown
from wenyam.dr.options import HostOptions, Words
from wenyam.i18n.clean_text import clean
from wenyam.links.programs import Completed
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Line


class SshOptions(HostOptions):
    """Which command, where, and what proves it."""

    command: Words
    """Program and arguments; no shell reads them, and no secret belongs into them: arguments are public."""
    exit_codes: Annotated[tuple[int, ...], Field(min_length=1)] = (0,)
    """Any of these is good."""
    expect: Line | None = None
    """Text that must stand in the output."""
    rehearsal: Words | None = None
    """A command that touches nothing and ends with exit code 0 when this account has the right to run the other one."""
    done: Words | None = None
    """A command that tells after a crash whether it was done: exit code 0 yes, 1 no, anything else is asked of a person."""
    back: Words | None = None
    """The command that takes it back, for `undo: itself`."""


class SshStep:
    """Runs one command on one host."""

    Config: ClassVar[type[SshOptions]] = SshOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    waits: ClassVar[bool] = False

    def __init__(self, config: SshOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is run where."""
        return f"run on {self._config.host}: {shown(self._config.command)}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Log in, find the program, and prove the right to run it where the plan says how; the command itself is not run."""
        host, config = Host(place, self._config), self._config
        await host.require(*{words[0]: None for words in (config.command, config.back or config.command)})
        about = f"{shown(config.command)} could be started on {config.host}"
        if config.rehearsal is not None:
            done = await host.must(config.rehearsal)
            return passed(f"{about}; '{shown(config.rehearsal)}' proves the right", rehearsal=kept(done.stdout))
        if config.command[0] == "sudo":
            return await _may_sudo(host, config.command, about)
        if await host.is_root():
            return passed(f"{about}, as root")
        return passed(f"{about}; that its account may do what it does is proven only by a command under 'rehearsal'")

    async def run(self, place: StepPlace) -> Outcome:
        """Run it; a failure when it ends with another exit code or does not say what is expected."""
        config = self._config
        done = await Host(place, config).run(config.command)
        if problem := _problem(config, done):
            return failed(problem, **_evidence(done))
        said = "" if config.expect is None else f" and said '{clean(config.expect, LINE)}'"
        return passed(
            f"{shown(config.command)} on {config.host} ended with exit code {done.exit_status}{said}", **_evidence(done)
        )

    async def was_done(self, place: StepPlace) -> bool | None:
        """Ask with the `done` command, where there is one."""
        if self._config.done is None:
            return None
        status = (await Host(place, self._config).ask(*self._config.done)).exit_status
        return {0: True, 1: False}.get(status)

    def no_way_back(self) -> str:
        """Say what is missing for taking it back."""
        return "" if self._config.back is not None else "it needs the command that does so under 'back'"

    async def undo(self, place: StepPlace) -> Outcome:
        """Run the `back` command."""
        if self._config.back is None:
            raise StepError(
                "nothing says how it is taken back", hint="Give it a command under 'back', or another action to undo it."
            )
        done = await Host(place, self._config).must(self._config.back)
        return passed(f"{shown(self._config.back)} on {self._config.host} ended with exit code 0", **_evidence(done))


def _problem(config: SshOptions, done: Completed) -> str:
    """Say what is wrong with how it ended; empty when nothing is."""
    if done.exit_status not in config.exit_codes:
        return ending(config.host, config.command, done)
    if config.expect is None or config.expect in done.stdout.decode("utf-8", "replace"):
        return ""
    return f"'{shown(config.command)}' on {config.host} did not say '{config.expect}' but: {clean(done.stdout, LINE)}"


async def _may_sudo(host: Host, command: Words, about: str) -> Outcome:
    """Ask sudo itself whether the command is allowed without a password; it is not run."""
    options = [word for word in command[1:] if word.startswith("-")][: _leading(command)]
    done = await host.must(["sudo", "-n", "-l", *command[1 + len(options) :]])
    return passed(f"{about}; sudo allows it without a password", rehearsal=kept(done.stdout))


def _leading(command: Words) -> int:
    """Count the options of sudo itself, which stand before the command."""
    return next((place for place, word in enumerate(command[1:]) if not word.startswith("-")), 0)


def _evidence(done: Completed) -> dict[str, str]:
    found = {"output": kept(done.stdout), "errors": kept(done.stderr)}
    return {"exit_code": str(done.exit_status), **{name: text for name, text in found.items() if text}}
