"""What both labs say on a terminal, and how their verbs are obeyed."""

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NoReturn

from wenyam.errors import WenyamError
from wenyam.testing.lab.errors import LabError
from wenyam.testing.lab.processes import MARK
from wenyam.testing.lab.record import lab_id


def obeyed(act: Callable[[], None]) -> int:
    """Do one verb and return its exit code: 0 done, 1 failed, 2 usage."""
    try:
        act()
    except WenyamError as error:
        talk(str(error))
        return error.exit_code
    return 0


def leave_mark(directory: Path) -> None:
    """Mark what is started and waited for, such as initdb, so that it is found should we be killed."""
    os.environ[MARK] = lab_id(directory)


def become(program: Sequence[str], command: Callable[..., list[str]]) -> NoReturn:
    """Become the caller's program, as `command` says it is run in the lab."""
    words = [*program[1:]] if program[:1] == ["--"] else [*program]
    if not words:
        raise LabError("exec needs a program to run")
    made = command(*words)
    os.execvp(made[0], made)  # noqa: S606  # the program is the caller's own, and no shell reads it


def talk(line: str) -> None:
    """Say something to people."""
    sys.stderr.write(line + "\n")


def show(text: str) -> None:
    """Print what was asked for."""
    sys.stdout.write(text + "\n")
