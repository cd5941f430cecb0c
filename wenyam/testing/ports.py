"""Ports for the servers of tests, lab and bench, given to one asker at a time."""

import fcntl
import os
import random
import socket
import tempfile
from pathlib import Path
from typing import Final

_FIRST: Final = 12_000
_LAST: Final = 32_000
"""Below the ports Linux gives to outgoing connections (32768 and on), so that none of those takes one meanwhile."""


def free_port(address: str = "127.0.0.1") -> int:
    """Return a port that nothing uses on this address, neither over TCP nor over UDP, and that was given to nobody lately.

    A server binds its port only after it was told, and binds it again after a restart; in between, another process that
    looks for a free one would find the same. So every process of this account takes the next of one common row, and meets
    a number again only after all others.
    """
    with _row().open("r+", encoding="ascii") as row:
        fcntl.flock(row, fcntl.LOCK_EX)  # released with the file
        port = int(row.read() or random.randrange(_FIRST, _LAST))  # noqa: S311  # where the row begins guards nothing
        for _ in range(_LAST - _FIRST):
            port = port + 1 if port + 1 < _LAST else _FIRST
            if _is_free(address, port):
                row.seek(0)
                row.truncate()
                row.write(str(port))
                return port
    raise RuntimeError(f"no port from {_FIRST} to {_LAST} is free on {address}")


def _row() -> Path:
    path = Path(tempfile.gettempdir()) / f"wenyam-ports-{os.geteuid()}"
    path.touch(0o600)
    return path


def _is_free(address: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(family, kind) as probe:
            try:
                probe.bind((address, port))
            except OSError:
                return False
    return True
