"""A time server whose clock may be wrong, for tests: Debian's real ones conflict with the machine's own time service."""

import socket
import struct
import threading
import time
from types import TracebackType
from typing import Self

_EPOCH = 2_208_988_800
_FRACTION = 2**32


class NtpServer:
    """`with NtpServer() as server:` answers at `server.port`; its fields may be changed at any time."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        """Bind a free port."""
        self.offset = 0.0
        """Seconds its clock is ahead."""
        self.leap = 0
        self.stratum = 2
        self.reference = b"\x7f\0\0\1"
        self.silent = False
        self.only_forged = False
        self.forged = 0
        """Datagrams that answer nothing, sent before the answer."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, 0))
        self._socket.settimeout(0.05)
        self.port: int = self._socket.getsockname()[1]
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while not self._over.is_set():
            try:
                question, asker = self._socket.recvfrom(1024)
            except TimeoutError:
                continue
            if self.silent:
                continue
            for _ in range(self.forged):
                self._socket.sendto(self._answer(b"\0" * 8), asker)
            if not self.only_forged:
                self._socket.sendto(self._answer(question[40:48]), asker)

    def _answer(self, cookie: bytes) -> bytes:
        now = int((time.time() + self.offset + _EPOCH) * _FRACTION) % 2**64
        head = struct.pack("!BBbbII4s", self.leap << 6 | 4 << 3 | 4, self.stratum, 6, -20, 0, 0, self.reference)
        return head + struct.pack("!Q", now) + cookie + struct.pack("!QQ", now, now)

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop and close."""
        self._over.set()
        self._thread.join()
        self._socket.close()
