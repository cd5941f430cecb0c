"""An SNMP agent that does everything wrong, one way at a time: `python -m wenyam.testing.hostile_agent --mode MODE --port P`.

Modes: same, cycle, empty, infinite, badreqid, trunc, junk, junkthengood, staletheng, wrongoid, nested, othersrc, toobig, nobulk,
null, silent. With `healthy` values given, exact GETs of them are answered well, so that the fault meets a reader that has begun.
"""

import argparse
import random
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec, oids
from wenyam.testing import recording
from wenyam.testing.recorded_agent import Answerer

BASE = oids.encode("1.3.6.1.2.1.2.2.1.2")
_PER_BULK = 5
_PAUSE = 0.05
_LARGEST_DATAGRAM = 65_535
_ROWS = (101, 102, 103)
"""Rows of the well-behaved table; no column ends like them."""

_MOST_AT_ONCE = 8
"""Requests this agent can swallow in `toobig` before it complains."""


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked, and how to answer it."""

    opening: bytes
    """Version and community as sent."""
    tag: int
    identity: int
    repetitions: int
    names: list[bytes]

    @property
    def count(self) -> int:
        """How many bindings this agent gives for it."""
        return _PER_BULK if self.tag == codec.BULK else 1

    def reply(self, bindings: Sequence[bytes], error: int = 0, identity: int | None = None) -> bytes:
        """Write a response with these bindings."""
        body = codec.integer(self.identity if identity is None else identity) + codec.integer(error) + codec.integer(0)
        pdu = codec.tagged(codec.RESPONSE, body + codec.tagged(codec.SEQUENCE, b"".join(bindings)))
        return codec.tagged(codec.SEQUENCE, self.opening + pdu)


def parse(datagram: bytes) -> Request:
    """Read a v1 or v2c request; MalformedReplyError when it is none."""
    position, end = codec.element(datagram, 0, len(datagram), codec.SEQUENCE)
    _, after_version = codec.number(datagram, position, end)
    _, pdu_at = codec.element(datagram, after_version, end, codec.OCTETS)
    start, stop = codec.element(datagram, pdu_at, end, datagram[pdu_at])
    identity, start = codec.number(datagram, start, stop)
    _, start = codec.number(datagram, start, stop)
    repetitions, start = codec.number(datagram, start, stop)
    names, _ = codec.parse_bindings(datagram, *codec.element(datagram, start, stop, codec.SEQUENCE))
    return Request(datagram[position:pdu_at], datagram[pdu_at], identity, repetitions, names)


def _text(name: bytes, text: str = "x") -> bytes:
    return recording.binding(name, codec.OCTETS, text.encode())


def _last_arc(name: bytes) -> int:
    return oids.arcs(name)[-1] if len(name) > len(BASE) and name.startswith(BASE) else 0


def _cycle(request: Request) -> bytes:
    """Rows .1 .2 .3 .1 .2 .3 for ever."""
    last = _last_arc(request.names[0])
    return request.reply([_text(BASE + bytes(((last + step) % 3 + 1,))) for step in range(request.count)])


def _infinite(request: Request) -> bytes:
    """Rows that never end."""
    last = _last_arc(request.names[0])
    return request.reply([_text(BASE + oids.encode_arc(last + step + 1)) for step in range(request.count)])


def _too_big(request: Request) -> bytes:
    """TooBig for all but small requests, which are answered well."""
    wanted = request.repetitions * len(request.names) if request.tag == codec.BULK else len(request.names)
    if wanted > _MOST_AT_ONCE:
        return request.reply([], codec.TOO_BIG)
    return _three_rows(request)


def _three_rows(request: Request) -> bytes:
    """Behave well for once: three rows under whatever column is asked, then the end of the view."""
    bindings: list[bytes] = []
    names = list(request.names)
    for _ in range(max(1, request.repetitions) if request.tag == codec.BULK else 1):
        for column, name in enumerate(names):
            row = name[-1] if name[-1] in _ROWS else _ROWS[0] - 1
            if row == _ROWS[-1]:
                bindings.append(recording.binding(name, 0x82, b""))
                continue
            stem = name[:-1] if name[-1] in _ROWS else name
            names[column] = stem + bytes((row + 1,))
            bindings.append(recording.binding(names[column], codec.INTEGER, b"\x01"))
    return request.reply(bindings)


def _nulls(request: Request) -> bytes:
    """NULL where values belong."""
    if request.tag == codec.GET:
        return request.reply([recording.binding(name, codec.NULL, b"") for name in request.names])
    last = _last_arc(request.names[0])
    if last >= 3:  # noqa: PLR2004  # three rows
        return request.reply([recording.binding(request.names[0], 0x82, b"")])
    return request.reply([recording.binding(BASE + bytes((last + 1,)), codec.NULL, b"")])


_REPLIES: dict[str, Callable[[Request], bytes | None]] = {
    "same": lambda request: request.reply([_text(BASE + b"\x01")] * request.count),
    "cycle": _cycle,
    "empty": lambda request: request.reply([]),
    "infinite": _infinite,
    "badreqid": lambda request: request.reply([_text(request.names[0])], identity=(request.identity + 1) % 2**31),
    "trunc": lambda request: request.reply([_text(request.names[0])])[:-3],
    "junk": lambda request: random.Random(request.identity).randbytes(60),  # noqa: S311  # noise need not be secret
    "wrongoid": lambda request: request.reply([_text(request.names[0][:-1] + b"\x63", "OTHER")]),
    "nested": lambda request: b"\x30\x80" * 8000,  # noqa: ARG005  # whatever was asked
    "toobig": _too_big,
    "nobulk": lambda request: None if request.tag == codec.BULK else _three_rows(request),
    "null": _nulls,
    "silent": lambda request: None,  # noqa: ARG005  # whatever was asked
}
MODES = (*_REPLIES, "junkthengood", "staletheng", "othersrc")


class HostileAgent:
    """`with HostileAgent("cycle") as agent:` misbehaves at `agent.address`, `agent.port` until the block ends."""

    def __init__(self, mode: str, address: str = "127.0.0.1", port: int = 0, healthy: Answerer | None = None) -> None:
        """Take the mode and where to listen; `healthy` answers the exact GETs it has values for."""
        if mode not in MODES:
            raise ValueError(f"'{mode}' is not one of {', '.join(MODES)}")
        self._mode = mode
        self._healthy = healthy
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, port))
        self.address: str
        self.port: int
        self.address, self.port = self._socket.getsockname()
        self.requests = 0
        """Datagrams heard so far."""
        self._thread = threading.Thread(target=self.serve, daemon=True)

    def serve(self) -> None:
        """Answer until the socket is closed."""
        while True:
            try:
                datagram, asker = self._socket.recvfrom(_LARGEST_DATAGRAM)
                if not datagram:
                    return
                self.requests += 1
                self._answer(datagram, asker)
            except OSError:
                return

    def _answer(self, datagram: bytes, asker: tuple[str, int]) -> None:
        with suppress(MalformedReplyError):
            request = parse(datagram)
            if self._healthy is not None and request.tag == codec.GET:
                reply = self._healthy.answer(datagram)
                if reply is not None:
                    self._socket.sendto(reply, asker)
                return
            for answer in self._replies(request, asker):
                self._socket.sendto(answer, asker)

    def _replies(self, request: Request, asker: tuple[str, int]) -> list[bytes]:
        good = request.reply([_text(name) for name in request.names])
        if self._mode == "othersrc":
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
                other.bind(("127.0.0.2", 0))
                other.sendto(request.reply([_text(request.names[0], "SPOOF")]), asker)
            return []
        if self._mode in ("junkthengood", "staletheng"):
            stale = request.reply([_text(request.names[0], "STALE")], identity=(request.identity - 1) % 2**31)
            self._socket.sendto(b"\x30\x82\xff\xff" if self._mode == "junkthengood" else stale, asker)
            time.sleep(_PAUSE)  # a real pause on the wire, so that the bad one is read by itself
            return [good]
        answer = _REPLIES[self._mode](request)
        return [] if answer is None else [answer]

    def __enter__(self) -> Self:
        """Start."""
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop: an empty datagram wakes the thread."""
        self._socket.sendto(b"", (self.address, self.port))
        self._thread.join()
        self._socket.close()


def main(words: Sequence[str] | None = None) -> None:
    """Serve one mode until killed."""
    parser = argparse.ArgumentParser(prog="hostile_agent", description="Misbehave as an SNMP agent.")
    parser.add_argument("--mode", choices=MODES, required=True)
    parser.add_argument("--address", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    options = parser.parse_args(words)
    agent = HostileAgent(options.mode, options.address, options.port)
    sys.stdout.write(f"misbehaving ({options.mode}) at {agent.address} port {agent.port}\n")
    sys.stdout.flush()
    agent.serve()


if __name__ == "__main__":
    main()
