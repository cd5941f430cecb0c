"""What is asked of the command line of each family of devices, and which column of the answer means what: data in one file."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from wenyam.collectors.snmp_profile import Facts, Name, Pattern, SampleEntry, Written
from wenyam.links.cli_devices import PLATFORMS, only_reads
from wenyam.settings.problems import BrokenConfigurationError, Findings, Place
from wenyam.settings.tree import read_yaml
from wenyam.settings.validation import validate

SHIPPED = Path(__file__).parent / "cli_commands.yaml"


def _reading_command(command: str) -> str:
    if not only_reads(command):
        raise ValueError(f"'{command}' is not a command that only reads")
    return command


def _family(name: str) -> str:
    if name not in PLATFORMS:
        raise ValueError(f"'{name}' is no family of devices; there are {', '.join(PLATFORMS)}")
    return name


class Command(Written):
    """One command, the template that reads its answer, and what becomes of the template's columns (in small letters)."""

    command: Annotated[str, AfterValidator(_reading_command)]
    """As it is typed."""
    template: Annotated[str, Field(pattern=r"^[a-z0-9_.-]+$")]
    """File of ntc-templates, without its ending."""
    whole: Name | None = None
    """Column that the end of the answer fills; without it the answer was cut."""
    leave_out: Pattern | None = None
    """Regular expression of whole lines that the template does not know."""
    keeps_ends: bool = False
    """The template needs the spaces at the ends of lines; others do not know a line that a device filled up with them."""
    joined: dict[Name, str] = Field(default_factory=dict)
    """Further columns made of others, such as `{module} {sensor}`; absent when one of them is."""
    facts: Facts = Field(default_factory=dict)
    """From the first row."""
    samples: tuple[SampleEntry, ...] = ()
    """From every row."""

    @property
    def columns(self) -> frozenset[str]:
        """Every column that a fact or a sample is made of."""
        formulas = [fact.value for fact in self.facts.values()]
        formulas += [each for entry in self.samples for each in (entry.value, entry.where) if each is not None]
        labels = [label for entry in self.samples for label in entry.labels.values()]
        named = {self.whole} if self.whole else set()
        return frozenset().union(named, *(each.names for each in formulas), *(label.columns for label in labels))


class Family(Written):
    """What is asked of one family."""

    proven: str = ""
    """Against what it was proven here; empty: only on transcripts made by hand."""
    commands: Annotated[tuple[Command, ...], Field(min_length=1)]
    """In this order."""


class CommandTable(Written):
    """The whole file."""

    families: dict[Annotated[str, AfterValidator(_family)], Family]

    @model_validator(mode="after")
    def _each_command_once(self) -> "CommandTable":
        for name, family in self.families.items():
            asked = [each.command for each in family.commands]
            if len(set(asked)) < len(asked):
                raise ValueError(f"{name}: a command stands there twice")
        return self


@cache
def shipped() -> Mapping[str, Family]:
    """Return what comes with Wenyam, by family."""
    return load(SHIPPED)


def load(path: Path) -> Mapping[str, Family]:
    """Read a table; BrokenConfigurationError lists every problem with its line."""
    findings = Findings()
    block = read_yaml(path.read_text(encoding="utf-8"), path.name, findings)
    table = None if block is None else validate(CommandTable, block, Place(path.name, 1), path="", findings=findings, context={})
    if findings.problems or table is None:
        raise BrokenConfigurationError(str(path.parent), findings.problems)
    return table.families
