"""Transcripts of command lines made by hand, and what their good answers must give; see tests/cases/cli.

`python -m wenyam.testing.cli_transcripts FOLDER --refresh` writes the expected texts anew; the difference is the review.
"""

import argparse
import asyncio
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from wenyam.collectors.cli_reader import outcome
from wenyam.collectors.cli_reading import Texts, add_failures, take
from wenyam.collectors.cli_table import shipped
from wenyam.collectors.readings import ReadingBuilder
from wenyam.model.samples import Reading
from wenyam.settings.problems import Findings, Place
from wenyam.settings.tree import read_yaml
from wenyam.testing.cases import written


class Transcript(BaseModel):
    """What a command says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    good: str
    cut: str
    """Words of the good answer after which a cut one stops."""
    error: str
    """What the family says when it does not do it."""

    @property
    def cut_answer(self) -> str:
        """The good answer up to and with the words where it stops; ValueError when it has no such words."""
        return self.good[: self.good.index(self.cut) + len(self.cut)]


class Transcripts(BaseModel):
    """One family's file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    prompt: str
    commands: dict[str, Transcript]


@dataclass(frozen=True, slots=True)
class Case:
    """One family's transcripts, and the file of what they must give."""

    family: str
    transcripts: Transcripts
    expected: Path

    @classmethod
    def read(cls, path: Path) -> "Case":
        """Read a file; ValueError when it is no transcript."""
        findings = Findings()
        block = read_yaml(path.read_text(encoding="utf-8"), str(path), findings)
        if block is None:
            findings.problem(Place(str(path)), "says nothing")
            raise ValueError("; ".join(map(str, findings.problems)))
        return cls(path.stem, Transcripts.model_validate(block), path.with_suffix(".txt"))

    @property
    def good(self) -> dict[str, str]:
        """The good answers by command."""
        return {command: transcript.good for command, transcript in self.transcripts.commands.items()}


def cases(folder: Path) -> list[Case]:
    """Return every family's case."""
    return [Case.read(path) for path in sorted(folder.glob("*.yaml"))]


def reading_of(family: str, answers: Mapping[str, str]) -> Reading:
    """Return what the collector makes of these answers, by command."""
    builder = ReadingBuilder()
    commands = [command for command in shipped()[family].commands if command.command in answers]
    said = [answers[command.command].encode("utf-8") for command in commands]
    add_failures(asyncio.run(take(commands, said, builder, _read_here)), builder)
    return builder.build()


async def _read_here(texts: Texts) -> list[Mapping[str, Any]]:
    """Read as the reader's program does, without one."""
    return [outcome(template, text) for template, text in texts]


def main(words: Sequence[str] | None = None) -> int:
    """Check transcripts, or refresh what they must give."""
    parser = argparse.ArgumentParser(prog="cli_transcripts", description="Run transcripts of command lines.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--refresh", action="store_true", help="write the expected texts anew")
    options = parser.parse_args(words)
    differing = 0
    for case in cases(options.folder):
        given = written(reading_of(case.family, case.good))
        expected = case.expected.read_text(encoding="utf-8") if case.expected.exists() else ""
        differing += given != expected
        if options.refresh:
            case.expected.write_text(given, encoding="utf-8")
        sys.stdout.write(f"{case.family}: {'as expected' if given == expected else 'differs'}\n")
    return 1 if differing and not options.refresh else 0


if __name__ == "__main__":
    sys.exit(main())
