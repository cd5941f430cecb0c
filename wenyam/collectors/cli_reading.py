"""What answers of a command line become: each read by its template in a program of its own, then facts and samples."""

import asyncio
import importlib.util
import json
import os
import re
import signal
import sys
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from wenyam.collectors.cli_answers import Row, rows, text_of
from wenyam.collectors.cli_table import Command
from wenyam.collectors.contract import Context
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.collectors.snmp_entry import Entry, EntryContext
from wenyam.collectors.snmp_labels import cleaned
from wenyam.collectors.snmp_profile import FACTS, FactEntry
from wenyam.errors import BudgetSpentError, CollectError, CommandFailedError
from wenyam.links.programs import run_program
from wenyam.links.snmp import oids

Texts = Sequence[tuple[str, str]]
"""Template and text."""
Failures = list[tuple[Command, CollectError]]
"""Commands without a good answer, and why."""
Read = Callable[[Texts], Awaitable[list[Mapping[str, Any]]]]
"""Reads as many of the texts as it can, from the first on."""
CPU_SECONDS = 3.0
"""Seconds of a processor that reading one answer may take."""
_OUTPUT: Final = 64 << 20
_NEEDS: Final = ("wenyam", "textfsm", "ntc_templates")


async def take(
    commands: Sequence[Command], said: Sequence[bytes | CollectError], reading: ReadingBuilder, read: Read
) -> Failures:
    """Put every good answer into the reading, and return why the others are none."""
    errors: Failures = []
    waiting = await asyncio.to_thread(_texts, commands, said, errors)
    facts: dict[str, str] = {}
    while waiting:
        outcomes = await read([(command.template, text) for command, text in waiting])
        for (command, _), outcome in zip(waiting, outcomes, strict=False):
            try:
                found = rows(command, outcome)
            except CollectError as error:
                errors.append((command, error))
                continue
            facts = {**_facts(command, found), **facts}
            _add_samples(command, found, reading)
        if len(outcomes) < len(waiting):
            command = waiting[len(outcomes)][0]
            errors.append((command, _endless(command)))
        waiting = waiting[len(outcomes) + 1 :]
    _add_facts(facts, reading)
    return errors


def add_failures(errors: Failures, reading: ReadingBuilder) -> None:
    """Note which commands gave nothing, and what is missing for it."""
    for command, error in errors:
        reading.failed(error, [entry.sample for entry in command.samples])


def _texts(commands: Sequence[Command], said: Sequence[bytes | CollectError], errors: Failures) -> list[tuple[Command, str]]:
    good: list[tuple[Command, str]] = []
    for command, answer in zip(commands, said, strict=False):
        try:
            good.append((command, text_of(command, _answered(answer))))
        except CollectError as error:
            errors.append((command, error))
    return good


def _answered(answer: bytes | CollectError) -> bytes:
    if isinstance(answer, CollectError):
        raise answer
    return answer


def _endless(command: Command) -> BudgetSpentError:
    return BudgetSpentError(f"the answer to '{command.command}' could not be read within {CPU_SECONDS:g} s of a processor")


async def read_apart(texts: Texts, context: Context) -> list[Mapping[str, Any]]:
    """Read in a program of its own, which ends early at a text that takes too long; NoAnswerError when the time is up."""
    done = await run_program(
        [sys.executable, "-S", "-P", "-m", "wenyam.collectors.cli_reader", str(CPU_SECONDS)],
        timeout=budget(context),
        environment={"PYTHONPATH": os.pathsep.join(_places()), "PYTHONDONTWRITEBYTECODE": "1"},
        input=json.dumps(texts).encode("ascii"),
        output_limit=_OUTPUT,
        ends_with_us=True,
        clock=context.clock,
    )
    if done.exit_status not in (0, -signal.SIGPROF):
        words = done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise CommandFailedError(f"the reader of answers ended with status {done.exit_status}: {words}", hint="")
    return [json.loads(line) for line in done.stdout.splitlines() if line]


def _places() -> list[str]:
    """Return where the packages lie that the reader needs: a trusted program's path is resolved, so it knows no environment."""
    found = (importlib.util.find_spec(name) for name in _NEEDS)
    return sorted({str(Path(spec.origin).parents[1]) for spec in found if spec is not None and spec.origin})


def _add_facts(facts: Mapping[str, str], reading: ReadingBuilder) -> None:
    if facts:
        reading.add("system_info", 1, *(facts.get(name, "") for name in FACTS))
    for name, text in facts.items():
        reading.fact(name, text)


def _facts(command: Command, found: Sequence[Row]) -> dict[str, str]:
    told = {name: _fact(entry, found[0]) for name, entry in command.facts.items()}
    return {name: text for name, text in told.items() if text}


def _fact(entry: FactEntry, row: Row) -> str:
    text = cleaned(entry.value.evaluate(row))
    if entry.pattern is None or not text:
        return text
    part = re.search(entry.pattern, text)
    return "" if part is None else part[part.re.groups and 1]


def _add_samples(command: Command, found: Sequence[Row], reading: ReadingBuilder) -> None:
    context = EntryContext(found, [oids.encode(f"1.{number}") for number in range(1, len(found) + 1)], {})
    for specification in command.samples:
        entry = Entry.build(specification, context)
        if entry is None:
            continue
        labels, values, refused = entry.evaluate({}, {})
        for texts, value in zip(labels, values, strict=True):
            reading.add(specification.sample, value, *(text for _, text in texts))
        for _ in range(refused):
            reading.refuse(specification.sample)
