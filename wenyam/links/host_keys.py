"""The host key a server shows now, beside the one on record, and the known-hosts file with one server's key changed."""

import base64
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import paramiko

from wenyam.errors import HostKeyUnknownError, NoAnswerError, StoreError
from wenyam.links.sockets import connect
from wenyam.links.ssh_connection import Server, shake
from wenyam.links.ssh_host_keys import KnownHosts, fingerprint, host_name, known_hosts_line
from wenyam.links.ssh_transport import make_transport
from wenyam.links.threads import ThreadPool


@dataclass(frozen=True, slots=True)
class ShownKey:
    """A server's key as it was shown, and what is on record for the same server."""

    kind: str
    fingerprint: str
    line: str
    """The line that records it in a known-hosts file."""
    on_record: tuple[str, ...]
    """Fingerprints; empty when none was ever recorded."""

    @property
    def is_recorded(self) -> bool:
        """True when the watcher would log in."""
        return self.fingerprint in self.on_record


async def shown_key(path: Path, address: str, port: int, seconds: float, *, legacy_crypto: bool = False) -> ShownKey:
    """Ask a server for its host key as the watcher would, without logging in; a CollectError when it does not answer."""
    known = recorded(path, address, port)
    opened = await connect(address, port, seconds)
    opened.setblocking(True)  # noqa: FBT003  # the standard library's own signature
    server = Server(address, port, legacy_crypto)

    def ask() -> paramiko.PKey:
        # Kinds on record are asked for first: a server with keys of several kinds has not changed by showing another one.
        transport = make_transport(opened, legacy_crypto=legacy_crypto, known=list(known))
        try:
            shake(transport, server, seconds)
            return transport.get_remote_server_key()
        finally:
            transport.close()

    threads = ThreadPool("wenyam-host-key", 1)
    try:
        key = await threads.run(ask, seconds)
    except TimeoutError as error:
        raise NoAnswerError(f"SSH at {server.at} within {seconds:.3g} s") from error
    finally:
        opened.close()
        threads.close()
    return ShownKey(key.get_name(), fingerprint(key), known_hosts_line(address, port, key), tuple(map(fingerprint, known)))


def recorded(path: Path, address: str, port: int) -> Sequence[paramiko.PKey]:
    """Return the keys on record for a server; StoreError when the file cannot be read."""
    try:
        return KnownHosts(str(path)).keys_of(address, port)
    except HostKeyUnknownError as error:
        raise StoreError(error.what, hint="Correct the file, or move it aside and record every key again.") from error


def with_key(text: str, address: str, port: int, line: str) -> str:
    """Return the text of a known-hosts file (sshd(8)) in which this line is all there is about a server; other lines stay."""
    host = host_name(address, port)
    kept = [left for each in text.splitlines() if (left := _without(each, host))]
    return "\n".join([*kept, line, ""])


def _without(line: str, host: str) -> str:
    names, _, rest = line.strip().partition(" ")
    if not rest or names.startswith(("#", "@")):
        return line
    left = [name for name in names.split(",") if not _is_name_of(name, host)]
    return f"{','.join(left)} {rest}" if left else ""


def _is_name_of(name: str, host: str) -> bool:
    if not name.startswith("|1|"):
        return name == host
    try:
        salt, digest = (base64.b64decode(part) for part in name.removeprefix("|1|").split("|"))
    except ValueError:  # not two parts, or no base64
        return False
    return hmac.digest(salt, host.encode(), "sha1") == digest  # HashKnownHosts of OpenSSH
