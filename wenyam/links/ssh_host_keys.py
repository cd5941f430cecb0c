"""Host keys: what our own known-hosts file says about a server, and how a new line for it is obtained."""

import base64
import hashlib
from pathlib import Path

import paramiko
from paramiko.hostkeys import InvalidHostKey

from wenyam.errors import HostKeyChangedError, HostKeyUnknownError
from wenyam.i18n.clean_text import clean

SSH_PORT = 22
_SHOWN = 80
"""Characters of a broken line that are shown."""


def fingerprint(key: paramiko.PKey) -> str:
    """Return `SHA256:…` as OpenSSH prints it."""
    return "SHA256:" + base64.b64encode(hashlib.sha256(key.asbytes()).digest()).decode("ascii").rstrip("=")


def host_name(address: str, port: int) -> str:
    """Return the name of a server in a known-hosts file."""
    return address if port == SSH_PORT else f"[{address}]:{port}"


def known_hosts_line(address: str, port: int, key: paramiko.PKey) -> str:
    """Return the line to record."""
    return f"{host_name(address, port)} {key.get_name()} {key.get_base64()}"


class KnownHosts:
    """Our own known-hosts file, read again when it changes; the accounts' own files are never looked at."""

    def __init__(self, path: str) -> None:
        """Take the path; the file need not exist yet."""
        self._path = Path(path)
        self._changed: tuple[int, int] | None = None
        self._keys = paramiko.HostKeys()

    def keys_of(self, address: str, port: int) -> list[paramiko.PKey]:
        """Return every key on record for a server."""
        self._refresh()
        found = self._keys.lookup(host_name(address, port))
        return [] if found is None else [found[kind] for kind in found.keys()]  # noqa: SIM118  # not a dict: iterating gives no kinds

    def verify(self, address: str, port: int, key: paramiko.PKey) -> None:
        """Accept a key on record; HostKeyUnknownError or HostKeyChangedError with the fingerprints otherwise."""
        known = self.keys_of(address, port)
        at = host_name(address, port)
        if not known:
            line = known_hosts_line(address, port, key)
            raise HostKeyUnknownError(f"{at} showed {key.get_name()} {fingerprint(key)}; the line for {self._path} is: {line}")
        if any(key == recorded for recorded in known):
            return
        recorded = next((candidate for candidate in known if candidate.get_name() == key.get_name()), known[0])
        raise HostKeyChangedError(f"{at} showed {key.get_name()} {fingerprint(key)}; on record is {fingerprint(recorded)}")

    def _refresh(self) -> None:
        try:
            found = self._path.stat()
        except OSError:
            self._changed, self._keys = None, paramiko.HostKeys()
            return
        if self._changed != (found.st_mtime_ns, found.st_size):
            self._keys = _read(self._path)
            self._changed = (found.st_mtime_ns, found.st_size)


def _read(path: Path) -> paramiko.HostKeys:
    try:
        return paramiko.HostKeys(str(path))
    except InvalidHostKey as error:
        raise HostKeyUnknownError(f"{path} has a line that holds no key: '{clean(str(error.line), _SHOWN)}'") from error
    except UnicodeDecodeError as error:
        raise HostKeyUnknownError(f"{path} is no text: byte {error.start} is no character") from error
    except OSError as error:
        raise HostKeyUnknownError(f"{path} cannot be read: {error.strerror}") from error
