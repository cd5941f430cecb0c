"""One program that is N agents: a single UDP socket on the loopback device answers for whatever 127.x address was asked.

`python -m wenyam.testing.bench.agent --device A --port 1161 --counters FILE`
Values come from a generated recording with prepared BER; only counters and sysUpTime are put in at the last moment.
"""

import argparse
import socket
import struct
import time
from collections.abc import Sequence
from pathlib import Path

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec
from wenyam.testing.bench.agent_v3 import Engines
from wenyam.testing.bench.counters import Counters
from wenyam.testing.bench.devices import DEVICES, TICK, UPTIME
from wenyam.testing.recorded_agent import Answerer

COMMUNITY = b"public"
_IP_PKTINFO = 8
_PACKET_INFO = struct.Struct("=I4s4s")
_LARGEST = 65_535
_BUFFER = 32 * 1024 * 1024
_SO_RCVBUFFORCE = 33
_VERSION_3 = 3
_FIRST_UPTIME = 0x2000_0000
"""Sixty-two days, so that sysUpTime always has four bytes."""


class Responder:
    """Turns a request PDU into a response PDU; the same question is prepared once."""

    def __init__(self, letter: str) -> None:
        """Make the recording of this device."""
        self._answerer = Answerer(DEVICES[letter].tree(), (COMMUNITY,))
        self._prepared: dict[tuple[int, bytes], tuple[bytes, int]] = {}
        self.requests = 0
        self.varbinds = 0

    def respond(self, pdu: bytes) -> bytes:
        """Answer one PDU; MalformedReplyError when it is none."""
        start, stop = codec.element(pdu, 0, len(pdu), pdu[0])
        _, rest = codec.number(pdu, start, stop)
        body, bindings = self._body(pdu[0], pdu[rest:stop])
        self.requests += 1
        self.varbinds += bindings
        now = time.monotonic()
        tick, uptime = int(now * 1000) & 0xFFFF_FFFF, _FIRST_UPTIME + int(now * 100) % _FIRST_UPTIME
        body = body.replace(TICK, tick.to_bytes(4, "big")).replace(UPTIME, uptime.to_bytes(4, "big"))
        return codec.tagged(codec.RESPONSE, pdu[start:rest] + body)

    def _body(self, tag: int, question: bytes) -> tuple[bytes, int]:
        """Return everything after the request-id, and how many bindings it holds."""
        known = self._prepared.get((tag, question))
        if known is None:
            known = self._prepared[tag, question] = self._prepare(tag, question)
        return known

    def _prepare(self, tag: int, question: bytes) -> tuple[bytes, int]:
        pdu = codec.tagged(tag, codec.integer(1) + question)
        reply = self._answerer.answer(community_message(pdu))
        if reply is None:
            raise MalformedReplyError("a question nobody plays")
        _, start, stop = community_parts(reply)
        position, _ = codec.element(reply, start, stop, codec.RESPONSE)
        _, rest = codec.number(reply, position, stop)
        return reply[rest:stop], len(codec.parse_pdu(reply, start, stop).names)


def community_message(pdu: bytes, community: bytes = COMMUNITY) -> bytes:
    """Wrap a PDU as version 2c."""
    return codec.tagged(codec.SEQUENCE, codec.integer(1) + codec.tagged(codec.OCTETS, community) + pdu)


def community_parts(message: bytes) -> tuple[bytes, int, int]:
    """Return the community and where the PDU of a version 2c message starts and stops."""
    position, end = codec.element(message, 0, len(message), codec.SEQUENCE)
    _, position = codec.number(message, position, end)
    start, stop = codec.element(message, position, end, codec.OCTETS)
    return message[start:stop], stop, end


class LoopbackAgent:
    """The socket and what is behind it."""

    def __init__(self, letter: str, port: int) -> None:
        """Bind to the loopback device only; OSError when the port is taken."""
        self.responder = Responder(letter)
        self.deaf: set[str] = set()
        """Addresses that answer nothing."""
        self._engines = Engines(self.responder.respond)
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_BINDTODEVICE, b"lo")
        self._socket.setsockopt(socket.IPPROTO_IP, _IP_PKTINFO, 1)
        self._widen()
        self._socket.bind(("0.0.0.0", port))  # noqa: S104  # bound to the loopback device

    def _widen(self) -> None:
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _BUFFER)
        except PermissionError:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)

    def serve(self, counters: Counters) -> None:
        """Answer for ever and keep count."""
        counters.write(0, 0, 0, 1)
        while True:
            self.step(counters)

    def step(self, counters: Counters) -> None:
        """Answer one datagram from the address it was sent to; it is counted before anybody can have the answer."""
        datagram, ancillary, _, asker = self._socket.recvmsg(_LARGEST, 64)
        _, _, here = _PACKET_INFO.unpack_from(ancillary[0][2])
        if self.deaf and socket.inet_ntoa(here) in self.deaf:
            return
        try:
            reply = self._reply(datagram, here)
        except (MalformedReplyError, IndexError):
            return
        counters.write(self.responder.requests, self.responder.varbinds, 0, 1)
        if reply:
            source = [(socket.IPPROTO_IP, _IP_PKTINFO, _PACKET_INFO.pack(0, here, bytes(4)))]
            self._socket.sendmsg([reply], source, 0, asker)

    def _reply(self, datagram: bytes, here: bytes) -> bytes:
        position, end = codec.element(datagram, 0, len(datagram), codec.SEQUENCE)
        version, _ = codec.number(datagram, position, end)
        if version == _VERSION_3:
            return self._engines.answer(datagram, here)
        community, start, stop = community_parts(datagram)
        return community_message(self.responder.respond(datagram[start:stop])) if community == COMMUNITY else b""

    def fileno(self) -> int:
        """Return the socket's descriptor, for an event loop."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()


def main(words: Sequence[str] | None = None) -> None:
    """Bind and serve until killed."""
    parser = argparse.ArgumentParser(prog="wenyam.testing.bench.agent", description=__doc__)
    parser.add_argument("--device", choices=sorted(DEVICES), required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--counters", type=Path, required=True, help="file of counters: requests, varbinds, -, ready")
    asked = parser.parse_args(words)
    LoopbackAgent(asked.device, asked.port).serve(Counters(asked.counters))


if __name__ == "__main__":
    main()
