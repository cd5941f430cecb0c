"""A site whose one job backs a database server up, with a backup made and verbs called in this process."""

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from wenyam.cli.main import main
from wenyam.model.inventory import SecretReference
from wenyam.testing.backup_site import MAIN, BackupSite
from wenyam.testing.databases import Database
from wenyam.testing.repositories import lay_empty

JOB = "erp-db"
OTHER = "other"
"""Credential of another server."""
WRONG = "wrong"
"""Credential with a wrong password."""


class RestoreSite:
    """What a person at this site types, and what comes of it."""

    def __init__(self, directory: Path) -> None:
        """Lay everything below this directory."""
        self.site = BackupSite(directory)
        self._passwords: set[str] = set()

    def configure(self, server: Database, **options: object) -> None:
        """Write the configuration of a job over a server."""
        credentials = {}
        for name, password in (("login", server.password), (OTHER, server.password), (WRONG, "canary-of-a-wrong-password")):
            secret = self.site.folder / f"{name}.password"
            secret.touch(0o600)
            secret.write_text(password, encoding="utf-8")
            self._passwords.add(password)
            credentials[name] = {"kind": "sql", "username": server.superuser, "password": f"file:{secret.name}"}
        self.site.content["credentials"] = credentials
        self.site.content["devices"]["files-1"]["address"] = server.address
        usual = {"databases": ["erp"], "port": server.port, "device": "files-1", "credential": "login"}
        self.site.job(JOB, server.name.replace("postgres", "postgresql"), **usual, **options)
        self.site.configure()

    def words(self, words: str) -> list[str]:
        """Return the words of a command as main takes them."""
        return ["--config", str(self.site.folder), *shlex.split(words)]

    def call(self, words: str) -> int:
        """Call a verb in this process."""
        return main(self.words(words))

    def restore_database(self, words: str) -> tuple[int, str]:
        """Call `restore database`; return its code and what it said, in which no secret may be."""
        done = self.site.call("restore", "database", JOB, *shlex.split(words))
        said = done.stdout + done.stderr
        if any(secret in said for secret in (*self._passwords, "canary")):
            raise AssertionError("a secret was shown")
        return done.returncode, said

    def back_up(self) -> None:
        """Make the repository, whose key opens quickly, and the first backup."""
        lay_empty(self.site.repositories[MAIN], SecretReference("file", str(self.site.folder / f"{MAIN}.key")))
        done = self.site.call("backup", "run", JOB, "--again")
        if done.returncode:
            raise RuntimeError(done.stderr)


@contextmanager
def tool(site: RestoreSite, name: str, script: str) -> Iterator[Path]:
    """Put a script in the place of a program."""
    path = site.site.directory / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o700)
    site.site.content["tools"] = {name: str(path)}
    site.site.configure()
    try:
        yield path
    finally:
        del site.site.content["tools"]
        site.site.configure()
