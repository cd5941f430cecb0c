"""One ICMP socket shared by all pings of an address family: who asked what is found again by the answer."""

import asyncio
import contextlib
import os
import secrets
import socket
import struct
from dataclasses import dataclass
from typing import Final

from wenyam.clock import Clock
from wenyam.errors import BudgetSpentError, MissingPrivilegeError, NoAnswerError
from wenyam.links.icmp_packets import TOKEN_LENGTH, Answer, echo_request, error_words, parse, parse_request

Destination = tuple[str, int] | tuple[str, int, int, int]

_SEQUENCES: Final = 1 << 16
_RECEIVE_BUFFER: Final = 8 << 20
"""Bytes; a thousand replies may arrive while the loop is busy, and each costs the kernel 768."""
_TICK: Final = 0.005
"""Seconds; deadlines are rounded up to this so that thousands of pings share a timer."""
_READS_PER_WAKE_UP: Final = 1024
_PACKET: Final = 2048

# Linux numbers that Python does not name: linux/icmp.h, linux/icmpv6.h, linux/in.h, linux/in6.h, linux/errqueue.h.
_SOL_RAW, _ICMP_FILTER, _ICMP6_FILTER = 255, 1, 1
_IP_RECVERR, _IPV6_RECVERR = 11, 25
_SO_RCVBUFFORCE, _MSG_ERRQUEUE = 33, 0x2000
_EXTENDED_ERROR = struct.Struct("=IBBBBII")
_ORIGIN_ICMP = {socket.AF_INET: 2, socket.AF_INET6: 3}
_WANTED = {socket.AF_INET: (0, 3, 11), socket.AF_INET6: (129, 1, 3)}
_PROTOCOL = {socket.AF_INET: socket.IPPROTO_ICMP, socket.AF_INET6: socket.IPPROTO_ICMPV6}


@dataclass(eq=False, slots=True)
class _Echo:
    """One question without an answer yet."""

    destination: str
    token: bytes
    sent: float
    answer: asyncio.Future[float]


class IcmpSocket:
    """Sends echoes and hands each answer to the one who waits for it. Belongs to the event loop it is made in."""

    def __init__(self, clock: Clock, family: socket.AddressFamily) -> None:
        """Open a raw socket, else the unprivileged ping socket; MissingPrivilegeError when neither is allowed."""
        self._clock = clock
        self._family = family
        self._loop = asyncio.get_running_loop()
        self._socket, self.is_raw = _open(family)
        self._socket.setblocking(False)  # noqa: FBT003  # the standard library's own signature
        _widen(self._socket)
        self._identifier = secrets.randbelow(_SEQUENCES) if self.is_raw else self._socket.getsockname()[1]
        self._sequence = secrets.randbelow(_SEQUENCES)
        self._waiting: dict[int, _Echo] = {}
        self._ticks: dict[int, list[_Echo]] = {}
        self._loop.add_reader(self._socket, self._read)

    @property
    def outstanding(self) -> int:
        """Echoes still without an answer."""
        return len(self._waiting)

    async def echo(self, destination: Destination, seconds: float) -> float:
        """Return the seconds until the answer; NoAnswerError after `seconds` or as soon as the network says it is impossible."""
        sequence, token = self._next_sequence(), secrets.token_bytes(TOKEN_LENGTH)
        packet = echo_request(self._family, self._identifier, sequence, token)
        waiting = _Echo(destination[0].partition("%")[0], token, self._clock.monotonic(), self._loop.create_future())
        self._waiting[sequence] = waiting
        try:
            await self._send(packet, destination, waiting, seconds)
            self._expire_after(waiting, seconds)
            return await waiting.answer
        finally:
            del self._waiting[sequence]

    def close(self) -> None:
        """Close the socket; whoever still waits is told so."""
        self._loop.remove_reader(self._socket)
        self._socket.close()
        for waiting in self._waiting.values():
            _fail(waiting, "the pinger was closed")

    def _next_sequence(self) -> int:
        if len(self._waiting) >= _SEQUENCES // 2:
            raise BudgetSpentError(f"{len(self._waiting)} pings are without an answer already")
        while True:
            self._sequence = (self._sequence + 1) % _SEQUENCES
            if self._sequence not in self._waiting:
                return self._sequence

    async def _send(self, packet: bytes, destination: Destination, waiting: _Echo, seconds: float) -> None:
        deadline = waiting.sent + seconds
        while True:
            try:
                self._socket.sendto(packet, destination)
            except BlockingIOError:  # the interface's queue is full
                if self._clock.monotonic() >= deadline:
                    raise NoAnswerError(f"{destination[0]}: could not be sent in {seconds:g} s") from None
                await self._clock.sleep(_TICK)
                waiting.sent = self._clock.monotonic()
            except OSError as error:
                raise NoAnswerError(f"{destination[0]}: {os.strerror(error.errno or 0).lower()}") from error
            else:
                return

    def _expire_after(self, waiting: _Echo, seconds: float) -> None:
        tick = int((self._loop.time() + seconds) / _TICK) + 1
        if tick not in self._ticks:
            self._ticks[tick] = []
            self._loop.call_at(tick * _TICK, self._expire, tick)
        self._ticks[tick].append(waiting)

    def _expire(self, tick: int) -> None:
        late = [waiting for waiting in self._ticks.pop(tick) if not waiting.answer.done()]
        if late and self._socket.fileno() >= 0:
            self._read()  # an answer that already lies in the socket's buffer came in time
        for waiting in late:
            _fail(waiting, "no reply to ping")

    def _read(self) -> None:
        now = self._clock.monotonic()
        for _ in range(_READS_PER_WAKE_UP):
            try:
                packet, source = self._socket.recvfrom(_PACKET)
            except BlockingIOError:
                return
            except OSError:  # an error waits in the queue of a ping socket
                self._read_errors(now)
                continue
            answer = parse(self._family, packet, with_ip_header=self.is_raw and self._family == socket.AF_INET)
            if answer is not None:
                self._settle(answer, source[0].partition("%")[0], now)

    def _read_errors(self, now: float) -> None:
        with contextlib.suppress(BlockingIOError):
            while True:
                packet, ancillary, _, destination = self._socket.recvmsg(_PACKET, 512, _MSG_ERRQUEUE)
                for _, _, data in ancillary:
                    _, origin, kind, code, *_ = _EXTENDED_ERROR.unpack_from(data)
                    words = error_words(self._family, kind, code) if origin == _ORIGIN_ICMP[self._family] else None
                    answer = None if words is None else parse_request(self._family, packet, words, destination[0])
                    if answer is not None:
                        self._settle(answer, "", now)

    def _settle(self, answer: Answer, source: str, now: float) -> None:
        waiting = self._waiting.get(answer.sequence)
        if waiting is None or waiting.answer.done() or answer.identifier != self._identifier:
            return
        if not answer.problem:
            if waiting.destination == source and waiting.token == answer.token:
                waiting.answer.set_result(max(0.0, now - waiting.sent))
        elif waiting.destination == answer.destination and waiting.token.startswith(answer.token):
            _fail(waiting, answer.problem)


def _fail(waiting: _Echo, words: str) -> None:
    if not waiting.answer.done():
        waiting.answer.set_exception(NoAnswerError(f"{waiting.destination}: {words}"))


def _open(family: socket.AddressFamily) -> tuple[socket.socket, bool]:
    for kind in (socket.SOCK_RAW, socket.SOCK_DGRAM):
        try:
            opened = socket.socket(family, kind, _PROTOCOL[family])
        except PermissionError:
            continue
        except OSError as error:  # no IPv6 in this kernel
            raise NoAnswerError(f"ping: {os.strerror(error.errno or 0).lower()}") from error
        raw = kind is socket.SOCK_RAW
        (_filter if raw else _ask_for_errors)(opened, family)
        return opened, raw
    group = os.getegid()
    raise MissingPrivilegeError(
        "ping needs the capability CAP_NET_RAW, or a group of this process inside net.ipv4.ping_group_range",
        hint=f"In the systemd unit: AmbientCapabilities=CAP_NET_RAW. Or: sysctl net.ipv4.ping_group_range='{group} {group}'.",
    )


def _filter(opened: socket.socket, family: socket.AddressFamily) -> None:
    """Let the kernel drop what is no answer: a raw socket gets a copy of every ICMP packet of the machine."""
    if family == socket.AF_INET:
        dropped = ~sum(1 << kind for kind in _WANTED[family]) & 0xFFFFFFFF
        opened.setsockopt(_SOL_RAW, _ICMP_FILTER, struct.pack("=I", dropped))
        return
    blocked = (1 << 256) - 1 - sum(1 << kind for kind in _WANTED[family])
    words = [(blocked >> (32 * place)) & 0xFFFFFFFF for place in range(8)]
    opened.setsockopt(socket.IPPROTO_ICMPV6, _ICMP6_FILTER, struct.pack("=8I", *words))


def _ask_for_errors(opened: socket.socket, family: socket.AddressFamily) -> None:
    opened.bind(("", 0) if family == socket.AF_INET else ("::", 0))
    if family == socket.AF_INET:
        opened.setsockopt(socket.IPPROTO_IP, _IP_RECVERR, 1)
    else:
        opened.setsockopt(socket.IPPROTO_IPV6, _IPV6_RECVERR, 1)


def _widen(opened: socket.socket) -> None:
    try:
        opened.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, _RECEIVE_BUFFER)
    except PermissionError:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _RECEIVE_BUFFER)
