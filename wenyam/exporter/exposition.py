"""The whole text of the device series, put together from kept blocks, in slices that leave the event loop free."""

from collections.abc import AsyncIterator, Iterable

from wenyam.clock import Clock
from wenyam.engine.slices import in_slices
from wenyam.exporter.blocks import PREFIX, SubjectBlocks
from wenyam.exporter.snapshot import Exposed
from wenyam.model.names import SAMPLES

_PIECE_BYTES = 1024 * 1024


def _header(name: str) -> bytes:
    definition = SAMPLES[name]
    meaning = definition.help.replace("\\", "\\\\").replace("\n", "\\n")
    return f"# HELP {PREFIX}{name} {meaning}\n# TYPE {PREFIX}{name} {definition.metric.value}\n".encode()


HEADERS = {name: _header(name) for name in SAMPLES}
"""HELP and TYPE lines in the order of the register."""


class Exposition:
    """Keeps the blocks of every subject between scrapes."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock that measures slices and judges what is past its time."""
        self._clock = clock
        self._subjects: dict[str, SubjectBlocks] = {}

    async def pieces(self, subjects: Iterable[Exposed]) -> AsyncIterator[bytes]:
        """Yield the exposition in pieces; each name's samples stand together under their HELP and TYPE."""
        groups: dict[str, list[bytes]] = {name: [] for name in SAMPLES}
        present: set[str] = set()
        async for exposed in in_slices(self._clock, subjects):
            present.add(exposed.name)
            for name, block in self._blocks(exposed).items():
                groups[name].append(block)
        self._forget_all_but(present)
        for piece in _joined(groups):
            yield piece
            await self._clock.sleep(0)

    def of_one(self, exposed: Exposed) -> bytes:
        """Return the exposition of one subject."""
        blocks = self._blocks(exposed)
        return b"".join(HEADERS[name] + blocks[name] for name in HEADERS if blocks.get(name))

    def _blocks(self, exposed: Exposed) -> dict[str, bytes]:
        kept = self._subjects.get(exposed.name)
        if kept is None:
            kept = self._subjects[exposed.name] = SubjectBlocks(exposed.labels)
        return kept.write(exposed, self._clock.now())

    def _forget_all_but(self, names: set[str]) -> None:
        for gone in self._subjects.keys() - names:
            del self._subjects[gone]


def _joined(groups: dict[str, list[bytes]]) -> Iterable[bytes]:
    """Join blocks into pieces worth a write; a name without any line is left out with its header."""
    waiting: list[bytes] = []
    size = 0
    for name, group in groups.items():
        blocks = [block for block in group if block]
        for block in [HEADERS[name], *blocks] if blocks else []:
            waiting.append(block)
            size += len(block)
            if size >= _PIECE_BYTES:
                yield b"".join(waiting)
                waiting, size = [], 0
    yield b"".join(waiting)
