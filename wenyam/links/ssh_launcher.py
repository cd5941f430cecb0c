"""A stand-in for `ssh` on a program's search path, for a program that starts it by name and takes only one set of options."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wenyam.errors import CommandFailedError

_LONGEST: Final = 250
"""The kernel cuts the first line of a script off after 255 characters."""
_SCRIPT: Final = """#!{python} -I
import os, sys

COMMANDS = {commands!r}
given = sys.argv[1:]
after = dict(zip(given, given[1:]))
command = COMMANDS.get((given[0], after.get("-p", "22"), after.get("-l", "")))
if command is None:
    sys.exit("this login was not foreseen")
os.execv(command[0], command)
"""


@dataclass(frozen=True, slots=True)
class SshCommand:
    """How one server is logged in to, and what is started there."""

    host: str
    port: int
    user: str
    words: tuple[str, ...]
    """The whole command, beginning with the absolute path of ssh."""


@contextlib.contextmanager
def ssh_launcher(folder: Path, commands: Sequence[SshCommand]) -> Iterator[Path]:
    """Give a new private directory with an `ssh` that, called with host, -p and -l, becomes the command for that server."""
    if len(sys.executable) > _LONGEST or " " in sys.executable:
        raise CommandFailedError(
            f"{sys.executable}: the path of Python is too long, or has a space, for the first line of a script"
        )
    known = {(one.host, str(one.port), one.user): list(one.words) for one in commands}
    with tempfile.TemporaryDirectory(prefix="ssh-", dir=folder) as place:
        script = Path(place) / "ssh"
        script.write_text(_SCRIPT.format(python=sys.executable, commands=known), encoding="utf-8")
        script.chmod(0o700)
        yield Path(place)
