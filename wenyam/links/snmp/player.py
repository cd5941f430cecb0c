"""Plays a recorded device over UDP for any number of addresses, from prepared BER: fast enough to be measured against."""

import heapq
import select
import socket
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import Any

from wenyam.clock import SystemClock
from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec, oids, recordings
from wenyam.links.snmp.recordings import Tree

LARGEST_REPLY = 1_472
"""Bytes that fit an Ethernet frame without fragments."""
LARGEST_DATAGRAM = 65_535
_MOST_CACHED = 50_000
_MOST_READS = 64
_ENVELOPE = 64
"""Room kept for message, PDU and error fields."""
_VERSION_1 = 0


class Answerer:
    """Turns request datagrams into reply datagrams; the same request is prepared once."""

    def __init__(self, tree: Tree, communities: Sequence[bytes] = (b"public",), largest: int = LARGEST_REPLY) -> None:
        """Take the values, who may read (empty: anybody) and the largest reply in bytes."""
        self._tree = tree
        self._communities = frozenset(communities)
        self._largest = largest
        self._prepared: dict[tuple[int, int, bytes], bytes] = {}

    def change(self, replacement: str) -> None:
        """Set one value: `OID=TYPE:VALUE`."""
        self._tree.put(*recordings.replacement(replacement))
        self._prepared.clear()

    def remove(self, name: str) -> None:
        """Take one value away."""
        self._tree.remove(oids.encode(name))
        self._prepared.clear()

    def answer(self, datagram: bytes) -> bytes | None:
        """Return the reply, or None where a real agent is silent: wrong community, unknown version, junk."""
        try:
            position, end = codec.element(datagram, 0, len(datagram), codec.SEQUENCE)
            version, community_at = codec.number(datagram, position, end)
            start, pdu_at = codec.element(datagram, community_at, end, codec.OCTETS)
            tag = datagram[pdu_at]
            pdu, stop = codec.element(datagram, pdu_at, end, tag)
            _, rest = codec.number(datagram, pdu, stop)
            if version > 1 or (self._communities and datagram[start:pdu_at] not in self._communities):
                return None
            body = self._body(version, tag, datagram[rest:stop])
        except (MalformedReplyError, IndexError):
            return None
        return codec.tagged(codec.SEQUENCE, datagram[position:pdu_at] + codec.tagged(codec.RESPONSE, datagram[pdu:rest] + body))

    def _body(self, version: int, tag: int, question: bytes) -> bytes:
        """Return everything after the request-id."""
        key = (version, tag, question)
        known = self._prepared.get(key)
        if known is None:
            if len(self._prepared) >= _MOST_CACHED:
                self._prepared.clear()
            known = self._prepared[key] = self._prepare(version, tag, question)
        return known

    def _prepare(self, version: int, tag: int, question: bytes) -> bytes:
        first, position = codec.number(question, 0, len(question))
        second, position = codec.number(question, position, len(question))
        start, stop = codec.element(question, position, len(question), codec.SEQUENCE)
        names, _ = codec.parse_bindings(question, start, stop)
        asked = question[start:stop]
        if tag == codec.BULK and version != _VERSION_1:
            return _response(self._bulk(names, max(0, first), max(0, second)))
        if tag not in (codec.GET, codec.NEXT):
            raise MalformedReplyError(f"no PDU 0x{tag:02x} is played")
        find = self._exact if tag == codec.GET else self._next
        found = [find(name, version) for name in names]
        if version == _VERSION_1 and None in found:
            return _response([asked], codec.NO_SUCH_NAME, found.index(None) + 1)
        bindings = [each or self._absent(name, tag) for name, each in zip(names, found, strict=True)]
        if sum(map(len, bindings)) + _ENVELOPE > self._largest:
            return _response([asked] if version == _VERSION_1 else [], codec.TOO_BIG)
        return _response(bindings)

    def _exact(self, name: bytes, version: int) -> bytes | None:
        position = self._tree.positions.get(name)
        if position is None or (version == _VERSION_1 and self._is_counter64(position)):
            return None
        return self._tree.bindings[position]

    def _next(self, name: bytes, version: int) -> bytes | None:
        position = self._tree.after(name)
        while version == _VERSION_1 and position < len(self._tree.names) and self._is_counter64(position):
            position += 1  # RFC 3584, 4.2.2.1: version 1 cannot carry it
        return self._tree.bindings[position] if position < len(self._tree.names) else None

    def _is_counter64(self, position: int) -> bool:
        binding = self._tree.bindings[position]
        start, _ = codec.element(binding, 0, len(binding), codec.SEQUENCE)
        return binding[start + 2 + len(self._tree.names[position])] == codec.COUNTER64

    def _absent(self, name: bytes, tag: int) -> bytes:
        """Say noSuchInstance beside a value of the same column, else noSuchObject; endOfMibView after the last."""
        if tag == codec.NEXT:
            return recordings.binding(name, 0x82, b"")
        following = self._tree.after(name)
        neighbours = self._tree.names[max(0, following - 1) : following + 1]
        kin = any(oids.arcs(other)[:-1] == oids.arcs(name)[:-1] for other in neighbours)
        return recordings.binding(name, 0x81 if kin else 0x80, b"")

    def _bulk(self, names: list[bytes], single: int, repetitions: int) -> list[bytes]:
        """Answer a GETBULK, cut where the reply would outgrow the largest datagram (RFC 3416, 4.2.3)."""
        tree, size = self._tree, _ENVELOPE
        places = [tree.after(name) for name in names]
        last = list(names)
        bindings: list[bytes] = []
        for repetition in range(max(repetitions, 1 if single else 0)):
            columns = range(len(names)) if repetition == 0 else range(single, len(names))
            for column in columns if repetition < repetitions else range(min(single, len(names))):
                place = places[column]
                ended = place >= len(tree.names)
                found = recordings.binding(last[column], 0x82, b"") if ended else tree.bindings[place]
                size += len(found)
                if size > self._largest:
                    return bindings
                bindings.append(found)
                if not ended:
                    last[column], places[column] = tree.names[place], place + 1
            if all(place >= len(tree.names) for place in places[single:]):
                break
        return bindings


def _response(bindings: Sequence[bytes], error: int = 0, index: int = 0) -> bytes:
    return codec.integer(error) + codec.integer(index) + codec.tagged(codec.SEQUENCE, b"".join(bindings))


class Player:
    """Sockets of one recording: one per address, one for control."""

    def __init__(self, answerer: Answerer, addresses: Sequence[str], port: int, *, delay: float = 0.0) -> None:
        """Bind every address; OSError when one cannot be had."""
        self._answerer = answerer
        self.delay = delay
        self._clock = SystemClock()
        self._epoll = select.epoll()
        self._sockets: dict[int, socket.socket] = {}
        self._control: socket.socket | None = None
        self._late: list[tuple[float, int, int, bytes, tuple[Any, ...]]] = []
        self._order = count()
        for address in addresses:
            self._open(address, port)

    def _open(self, address: str, port: int) -> None:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        served = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        served.bind((address, port))
        self._sockets[served.fileno()] = served
        self._epoll.register(served.fileno(), select.EPOLLIN)

    @property
    def ports(self) -> list[int]:
        """The ports bound, in the order of the addresses."""
        return [served.getsockname()[1] for served in self._sockets.values()]

    def listen_for_commands(self, path: Path) -> None:
        """Take commands from a Unix datagram socket at this path."""
        path.unlink(missing_ok=True)
        self._control = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        self._control.bind(str(path))
        path.chmod(0o600)
        self._epoll.register(self._control.fileno(), select.EPOLLIN)

    def serve(self) -> None:
        """Answer for ever."""
        while True:
            self.step()

    def step(self, wait: float = -1) -> None:
        """Wait for datagrams once and answer them."""
        for descriptor, _ in self._epoll.poll(self._wait(wait)):
            if self._control is not None and descriptor == self._control.fileno():
                self._obey(self._control)
            else:
                self._answer(self._sockets[descriptor])
        self._send_late()

    def _wait(self, wait: float) -> float:
        if not self._late:
            return wait
        due = max(0.0, self._late[0][0] - self._clock.monotonic())  # a server of its own process keeps real time
        return due if wait < 0 else min(wait, due)

    def _answer(self, served: socket.socket) -> None:
        with suppress(BlockingIOError, ConnectionRefusedError):
            for _ in range(_MOST_READS):
                datagram, asker = served.recvfrom(LARGEST_DATAGRAM)
                reply = self._answerer.answer(datagram)
                if reply is None:
                    continue
                if self.delay:
                    due = self._clock.monotonic() + self.delay
                    heapq.heappush(self._late, (due, next(self._order), served.fileno(), reply, asker))
                else:
                    served.sendto(reply, asker)

    def _send_late(self) -> None:
        while self._late and self._late[0][0] <= self._clock.monotonic():
            _, _, descriptor, reply, asker = heapq.heappop(self._late)
            with suppress(OSError):
                self._sockets[descriptor].sendto(reply, asker)

    def _obey(self, control: socket.socket) -> None:
        """Carry out one command and tell its sender how it went."""
        datagram, sender = control.recvfrom(LARGEST_DATAGRAM)
        try:
            for line in datagram.decode().splitlines():
                self._command(line.strip())
            said = b"ok"
        except (ValueError, UnicodeDecodeError) as error:
            said = f"refused: {error}".encode()
        if sender:
            with suppress(OSError):
                control.sendto(said, sender)

    def _command(self, line: str) -> None:
        verb, _, rest = line.partition(" ")
        if verb == "set":
            self._answerer.change(rest)
        elif verb == "remove":
            self._answerer.remove(rest)
        elif verb == "delay":
            self.delay = max(0.0, float(rest))
        else:
            raise ValueError(f"'{line}' is none of 'set OID=TYPE:VALUE', 'remove OID', 'delay SECONDS'")

    def close(self) -> None:
        """Close every socket."""
        for served in self._sockets.values():
            served.close()
        if self._control is not None:
            self._control.close()
        self._epoll.close()
