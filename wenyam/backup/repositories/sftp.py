"""A directory on another machine, over restic's own SFTP and OpenSSH: keys only, and host keys from our own file only."""

import posixpath
import re
from collections.abc import Sequence
from typing import Annotated, ClassVar, Final
from urllib.parse import quote

from pydantic import Field

from wenyam.backup.repositories.complaints import Said, failure, first_words
from wenyam.backup.repositories.destination import AbsolutePath, Access, Reach, login
from wenyam.collectors.options import Options, Port
from wenyam.errors import CollectError, RepositoryAbsentError, RepositoryError, RepositoryUnreachableError
from wenyam.links.programs import Completed, run_program
from wenyam.links.ssh_launcher import SshCommand

_PLAIN: Final = re.compile(r"[A-Za-z0-9_./+:@,=-]+")
_KIBIBYTE: Final = 1024
_CONNECTION_FAILED: Final = 255
_PATIENCE: Final = (("ConnectTimeout", "15"), ("ServerAliveInterval", "15"), ("ServerAliveCountMax", "4"))


class SftpOptions(Options):
    """Which machine, and where on it."""

    host: Annotated[str, Field(pattern=r"^[A-Za-z0-9:][A-Za-z0-9.:-]*$")]
    """Address; its host key must be on record (wenyam hostkey)."""
    port: Port = 22
    """SSH port."""
    path: AbsolutePath
    """The repository's own directory there, as the login sees it; its parent must exist."""


class SftpDestination:
    """A repository on another machine; logs in with a credential of kind ssh-key, whose key has no pass phrase."""

    Config: ClassVar[type[SftpOptions]] = SftpOptions

    def __init__(self, config: SftpOptions) -> None:
        """Take validated options."""
        self._config = config

    @property
    def place(self) -> str:
        """Return the address and path, without the login's name."""
        return f"sftp://{self._host}:{self._config.port}{self._config.path}"

    @property
    def _host(self) -> str:
        return f"[{self._config.host}]" if ":" in self._config.host else self._config.host

    def reach(self, access: Access) -> Reach:
        """Return the address and the ssh command that restic shall start; what is in it is no secret."""
        user = login(access, "ssh-key", self.place).settings.get("username", "")
        location = f"sftp://{user}@{self._host}:{self._config.port}/{quote(self._config.path)}"
        words = (access.tools("ssh"), *self._settings(access), "-s", "--", self._config.host, "sftp")
        return Reach(location, ssh=SshCommand(self._config.host, self._config.port, user, words))

    async def present(self, access: Access, seconds: float) -> None:
        """Return when we can log in and the parent directory is there.

        Asked with OpenSSH's sftp: restic 0.14 loses ssh's own words more often than not and says no more than EOF.
        """
        await self._ask(access, seconds)

    async def free_bytes(self, access: Access, seconds: float) -> int | None:
        """Return what the server says about its file system; None when it does not tell."""
        done = await self._ask(access, seconds)
        columns = done.stdout.decode("utf-8", "replace").splitlines()[-1:]
        words = columns[0].split() if columns else []
        return int(words[2]) * _KIBIBYTE if len(words) == 5 and words[2].isdecimal() else None  # noqa: PLR2004  # sftp(1): size used avail root capacity

    async def _ask(self, access: Access, seconds: float) -> Completed:
        parent = posixpath.dirname(self._config.path)
        quoted = '"' + parent.replace("\\", "\\\\").replace('"', '\\"') + '"'
        argv = [access.tools("sftp"), "-b", "-", *self._settings(access), "--", self._host]
        commands = f"cd {quoted}\n-df {quoted}\n".encode()  # a leading dash: a server without statvfs will do
        try:
            done = await run_program(argv, timeout=seconds, input=commands, clock=access.clock)
        except CollectError as error:
            raise RepositoryUnreachableError(f"{self.place}: {error.what}") from error
        if done.exit_status == 0:
            return done
        said = Said("sftp", done.exit_status, done.stderr.decode("utf-8", "replace"))
        if done.exit_status != _CONNECTION_FAILED:
            raise RepositoryAbsentError(f"{self.place}: {parent}: {first_words(said)}")
        raise failure(self.place, said) or RepositoryUnreachableError(self.place)

    def _settings(self, access: Access) -> Sequence[str]:
        """Return ssh_config(5) options: nothing of the account's own configuration, no question, no password, no new host key."""
        credential = login(access, "ssh-key", self.place)
        if "passphrase" in credential.secrets:
            raise RepositoryError(
                f"{self.place}: the key of '{credential.name}' has a pass phrase, which restic's ssh cannot be given"
            )
        settings = (
            ("BatchMode", "yes"),
            ("StrictHostKeyChecking", "yes"),
            ("UserKnownHostsFile", access.links.known_hosts),
            ("GlobalKnownHostsFile", "/dev/null"),
            ("IdentitiesOnly", "yes"),
            ("IdentityFile", str(access.links.secrets.path_of(credential, "key"))),
            ("PreferredAuthentications", "publickey"),
            ("LogLevel", "ERROR"),
            *_PATIENCE,
            ("User", credential.settings.get("username", "")),
            ("Port", str(self._config.port)),
        )
        return ["-F", "/dev/null", *(word for name, value in settings for word in ("-o", f"{name}={self._plain(value)}"))]

    def _plain(self, value: str) -> str:
        """Return a word that neither restic's splitting of the command nor ssh_config(5) reads as anything but itself."""
        if _PLAIN.fullmatch(value) is None:
            raise RepositoryError(f"{self.place}: '{value}' has characters that ssh would misread; use letters, digits and ._-/")
        return value
