"""Damages datagrams in repeatable ways, and a relay that does it between a reader and an agent."""

import random
import select
import socket
import threading
from types import TracebackType
from typing import Self

_LARGEST_DATAGRAM = 65_535
_PATIENCE = 0.02
_HABITS = ("damage",) * 6 + ("drop", "again", "stale", "junk")


def damaged(datagram: bytes, chance: random.Random) -> bytes:
    """Flip bits, cut, insert, repeat a piece, or lie about a length: one to three of them."""
    data = bytearray(datagram)
    for _ in range(chance.randrange(1, 4)):
        if len(data) < 2:  # noqa: PLR2004  # nothing is left to damage
            break
        _damage(data, chance)
    return bytes(data)


def _damage(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data))
    habit = chance.choice(("flip", "flip", "cut", "lengthen", "repeat", "length"))
    if habit == "flip":
        data[place] ^= 1 << chance.randrange(8)
    elif habit == "cut":
        del data[place:]
    elif habit == "lengthen":
        data[place:place] = chance.randbytes(chance.randrange(1, 9))
    elif habit == "repeat":
        piece = data[place : place + chance.randrange(1, 60)]
        data[place:place] = piece
    else:
        data[min(place, 5)] = chance.choice((0x00, 0x7F, 0x80, 0x81, 0x82, 0x84, 0x88, 0xFF))


class DamagingRelay:
    """`with DamagingRelay(port, seed) as relay:` stands at `relay.port` before an agent and spoils its answers."""

    def __init__(self, agent_port: int, seed: int, share: float = 0.5, address: str = "127.0.0.1") -> None:
        """Take the agent's port, where chance begins, and which share of the replies is spoilt."""
        self.share = share
        self.replies: list[bytes] = []
        """Replies of the agent as it sent them."""
        self._agent = (address, agent_port)
        self._chance = random.Random(seed)  # noqa: S311  # repeatable noise
        self._front = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._front.bind((address, 0))
        self.port: int = self._front.getsockname()[1]
        self._backs: dict[socket.socket, tuple[str, int]] = {}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def _serve(self) -> None:
        while not self._over.is_set():
            ready, _, _ = select.select([self._front, *self._backs], [], [], _PATIENCE)
            for each in ready:
                datagram, sender = each.recvfrom(_LARGEST_DATAGRAM)
                if each is self._front:
                    self._back(sender).sendto(datagram, self._agent)
                else:
                    for answer in self._spoilt(datagram):
                        self._front.sendto(answer, self._backs[each])

    def _back(self, reader: tuple[str, int]) -> socket.socket:
        for back, known in self._backs.items():
            if known == reader:
                return back
        back = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._backs[back] = reader
        return back

    def _spoilt(self, datagram: bytes) -> list[bytes]:
        self.replies.append(datagram)
        if self._chance.random() >= self.share:
            return [datagram]
        habit = self._chance.choice(_HABITS)
        if habit == "drop":
            return []
        if habit == "again":
            return [datagram, datagram]
        if habit == "stale":
            return [self._chance.choice(self.replies)]
        if habit == "junk":
            return [self._chance.randbytes(self._chance.randrange(1, 200)), datagram]
        return [damaged(datagram, self._chance)]

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop and close every socket."""
        self._over.set()
        self._thread.join()
        for each in (self._front, *self._backs):
            each.close()
