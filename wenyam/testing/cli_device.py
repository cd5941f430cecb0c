"""A device as far as its command line goes: real OpenSSH, a small program behind it, and files for what it says."""

import sys
from collections.abc import Mapping
from pathlib import Path

from wenyam.testing.sshd import Sshd

_LOGIN = """#!/bin/sh
stty -echo
exec {python} {program}
"""
"""A device shows what is typed when it reads it; a terminal would at once, before a prompt."""
_PROGRAM = """
import pathlib, sys
folder = pathlib.Path({folder!r})
prompt = (folder / "prompt").read_text()
out = sys.stdout
while True:
    out.write(prompt)
    out.flush()
    line = sys.stdin.readline()
    if not line or line.strip() in ("exit", "quit", "logout"):
        break
    out.write(line)
    with (folder / "heard").open("a") as heard:
        heard.write(line)
    for said in folder.glob("*.said"):
        command, _, answer = said.read_bytes().decode("utf-8", "surrogateescape").partition("\\n")
        if command == line.strip():
            out.flush()
            out.buffer.write(answer.encode("utf-8", "surrogateescape"))
            out.buffer.flush()
            while (folder / (said.stem + ".silent")).exists():  # no prompt ever comes
                sys.stdin.read(1)
"""


class CliDevice:
    """Plays what it is told, at `sshd`; what it was asked stands in `heard`."""

    def __init__(self, folder: Path, prompt: str, answers: Mapping[str, str], passwords: dict[str, str] | None = None) -> None:
        """Take a new folder, the prompt, and what each command is answered."""
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "prompt").write_text(prompt, encoding="utf-8")
        (folder / "heard").touch()
        for command, answer in answers.items():
            self.say(command, answer)
        program, login = folder / "program", folder / "login"
        program.write_text(_PROGRAM.format(folder=str(folder)), encoding="utf-8")
        login.write_text(_LOGIN.format(python=sys.executable, program=program), encoding="utf-8")
        login.chmod(0o755)
        self.sshd = Sshd(directory=folder / "sshd", passwords=passwords, force_command=str(login))

    def say(self, command: str, answer: str, *, silent: bool = False) -> None:
        """Answer a command so from now on; `silent`: and then print no prompt."""
        name = "".join(letter if letter.isalnum() else "-" for letter in command)
        (self.folder / f"{name}.said").write_text(f"{command}\n{answer}", encoding="utf-8", errors="surrogateescape")
        mark = self.folder / f"{name}.silent"
        mark.touch() if silent else mark.unlink(missing_ok=True)

    @property
    def heard(self) -> list[str]:
        """Every line it was sent."""
        return (self.folder / "heard").read_text(encoding="utf-8").splitlines()
