"""Secrets are read where they are kept, at the moment they are needed, and never kept in a model, a log or a message."""

import os
import stat
from collections.abc import Mapping
from pathlib import Path

from wenyam.errors import SecretError
from wenyam.model.inventory import Credential, SecretReference

_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class SecretReader:
    """Reads `file:`, `env:` and `credential:` references."""

    def __init__(self, environment: Mapping[str, str] | None = None) -> None:
        """Take the environment to look in; the process's own by default."""
        self._environment = os.environ if environment is None else environment

    def read(self, reference: SecretReference) -> str:
        """Return the secret without its trailing newline; SecretError when absent, empty or open to others."""
        if reference.scheme == "env":
            secret = self._environment.get(reference.location, "")
            if not secret:
                raise SecretError(f"{reference}: the environment variable is not set")
            return secret
        return _read_file(self._path(reference), reference)

    def of(self, credential: Credential, field: str) -> str:
        """Return one named secret of a credential."""
        reference = credential.secrets.get(field)
        if reference is None:
            raise SecretError(f"credential '{credential.name}' ({credential.kind}) has no '{field}'")
        return self.read(reference)

    def path_of(self, credential: Credential, field: str) -> Path:
        """Return the path of a secret that a program must read itself (a key file), once its mode is proven narrow."""
        reference = credential.secrets[field]
        path = self._path(reference)
        _read_file(path, reference)
        return path

    def _path(self, reference: SecretReference) -> Path:
        if reference.scheme == "file":
            return Path(reference.location)
        if reference.scheme == "credential":
            folder = self._environment.get("CREDENTIALS_DIRECTORY")
            if not folder:
                raise SecretError(
                    f"{reference}: not started by a systemd unit with LoadCredential=",
                    hint="Use 'file:' for what cron or a person starts.",
                )
            return Path(folder) / reference.location
        raise SecretError(f"{reference}: unknown scheme '{reference.scheme}'", hint="Use file:, env: or credential:.")


def _read_file(path: Path, reference: SecretReference) -> str:
    try:
        with path.open(encoding="utf-8") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & _OTHERS:
                raise SecretError(
                    f"{reference}: mode {stat.S_IMODE(mode):04o} lets others read it", hint=f"Run: chmod 0600 {path}"
                )
            secret = file.read().removesuffix("\n")
    except OSError as error:
        hint = "Put the secret there, readable for the account that runs Wenyam (mode 0600), or correct the credential."
        raise SecretError(f"{reference}: {error.strerror}", hint=hint) from error
    except UnicodeDecodeError as error:
        raise SecretError(f"{reference}: is not text") from error
    if not secret:
        raise SecretError(f"{reference}: the file is empty")
    return secret
