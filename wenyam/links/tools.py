"""Where programs are found: what the configuration names under `tools`, then fixed places of the system; no search path."""

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from wenyam.errors import CommandFailedError
from wenyam.links.programs import trusted_program

PLACES: Final = ("/usr/local/sbin", "/usr/local/bin", "/usr/sbin", "/usr/bin", "/sbin", "/bin")
POSTGRESQL: Final = "/usr/lib/postgresql"
"""Debian keeps one folder for each major version here."""
_WRAPPER: Final = "pg_wrapper"
"""What Debian puts in /usr/bin for PostgreSQL: it goes by the name it is started as, and chooses a version by itself."""
_OF_MAJOR: Final = re.compile(r"(?P<program>[a-z_]+)-(?P<major>[1-9][0-9]?)")
_PACKAGES: Final[Mapping[str, str]] = {
    "ssh": "openssh-client",
    "sftp": "openssh-client",
    "ssh-keygen": "openssh-client",
    "mariadb": "mariadb-client",
    "mariadb-dump": "mariadb-client",
    "mariadbd": "mariadb-server",
    "mariadb-install-db": "mariadb-server",
    "vtysh": "frr",
    "postgres": "postgresql",
    "initdb": "postgresql",
    "pg_ctl": "postgresql",
    "psql": "postgresql-client",
}
"""Debian packages that are not called as their program is."""


class Tools:
    """Gives the absolute path of a program by its name."""

    def __init__(
        self, configured: Mapping[str, str] | None = None, *, places: Sequence[str] = PLACES, postgresql: str = POSTGRESQL
    ) -> None:
        """Take the `tools` of the configuration; the places of the system are for tests."""
        self._configured = configured or {}
        self._places = places
        self._postgresql = Path(postgresql)

    def __call__(self, name: str) -> str:
        """Return the resolved path of a program that only root or we could have changed.

        A program of PostgreSQL is the newest one there is, or with its major version in the name (`pg_dump-15`) exactly that.
        CommandFailedError with the setting and the Debian package when it is nowhere, or when others could change it.
        """
        configured = self._configured.get(name)
        if configured is not None:
            return _direct(configured, f"tools.{name}")
        for candidate in self._candidates(name):
            if candidate.is_file() and candidate.resolve().name != _WRAPPER:
                return trusted_program(str(candidate))
        raise CommandFailedError(
            f"there is no program '{name}' on this machine",
            hint=f"Install the Debian package {package_of(name)}, or name its absolute path in the configuration: tools.{name}.",
        )

    def _candidates(self, name: str) -> list[Path]:
        found = [Path(place) / name for place in self._places]
        exact = _OF_MAJOR.fullmatch(name)
        if exact is not None:
            return [*found, self._postgresql / exact["major"] / "bin" / exact["program"]]
        return [*found, *(folder / "bin" / name for folder in self._majors())]

    def _majors(self) -> list[Path]:
        """Return the folders of the installed major versions, newest first."""
        folders = self._postgresql.iterdir() if self._postgresql.is_dir() else ()
        numbered = [folder for folder in folders if folder.name.isdecimal()]
        return sorted(numbered, key=lambda folder: int(folder.name), reverse=True)


def package_of(name: str) -> str:
    """Return the Debian package that brings a program."""
    exact = _OF_MAJOR.fullmatch(name)
    program = name if exact is None else exact["program"]
    otherwise = "postgresql-client" if program.startswith("pg_") else program
    package = _PACKAGES.get(program, otherwise)
    return f"{package}-{exact['major']}" if exact is not None and package.startswith("postgresql") else package


def _direct(path: str, setting: str) -> str:
    """Return a configured program; one that the configuration names but that is Debian's wrapper would start nothing."""
    try:
        program = trusted_program(path)
    except CommandFailedError as error:
        raise CommandFailedError(f"{setting}: {error.what}", hint=error.advice) from error
    if Path(program).name == _WRAPPER:
        advice = f"Name the program itself, such as {POSTGRESQL}/15/bin/{Path(path).name}."
        raise CommandFailedError(f"{setting}: {path} is only Debian's wrapper, which chooses a version by itself", hint=advice)
    return program
