"""One epoll for every SNMP socket of a loop, so that one wake-up of the loop reads the replies of many devices."""

import asyncio
import select
from collections.abc import Callable

_MOST_EVENTS = 1024


class Hub:
    """Watches sockets for replies; belongs to the event loop it was made in."""

    def __init__(self) -> None:
        """Register with the running loop."""
        self.loop = asyncio.get_running_loop()
        self._epoll = select.epoll()
        self._readers: dict[int, Callable[[], None]] = {}
        self.loop.add_reader(self._epoll.fileno(), self._ready)

    def watch(self, descriptor: int, reader: Callable[[], None]) -> None:
        """Call `reader` whenever this socket has something."""
        self._readers[descriptor] = reader
        self._epoll.register(descriptor, select.EPOLLIN)

    def forget(self, descriptor: int) -> None:
        """Stop watching a socket; call it before the socket is closed."""
        if self._readers.pop(descriptor, None) is not None:
            self._epoll.unregister(descriptor)

    def _ready(self) -> None:
        readers = self._readers
        for descriptor, _ in self._epoll.poll(0, _MOST_EVENTS):
            reader = readers.get(descriptor)
            if reader is not None:
                reader()

    def close(self) -> None:
        """Give the epoll back."""
        if not self.loop.is_closed():
            self.loop.remove_reader(self._epoll.fileno())
        self._epoll.close()
        self._readers.clear()
