"""One connected UDP socket to one agent: many requests in flight, replies matched by request-id, retries inside a deadline."""

import asyncio
import random
import socket
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.clock import Clock
from wenyam.errors import CollectError, ConnectionRefusedByDeviceError, EngineClockError, MalformedReplyError, NoAnswerError
from wenyam.links.snmp import codec
from wenyam.links.snmp.codec import Reply
from wenyam.links.snmp.hub import Hub
from wenyam.links.snmp.questions import Ask
from wenyam.links.snmp.security import ReportedError, Resynchronised, Security

_LARGEST_DATAGRAM = 65_535
_FIRST_REQUEST, _LAST_REQUEST = 2**30, 2**31 - 1
"""Request-ids of exactly four bytes, so that a prepared request only changes there."""
_READS_PER_WAKE_UP = 64
"""A flood at one socket must not keep the loop from the others."""


Address = tuple[int, tuple[object, ...]]
"""Address family and what `socket.connect` wants for it."""


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for one reply, how often to send, how many requests may be in flight."""

    timeout: float = 1.0
    attempts: int = 3
    window: int = 8


@dataclass(slots=True)
class _Flight:
    """One request on its way."""

    position: int
    ask: Ask
    datagram: bytes
    sent: float
    sends: int = 1
    resynchronised: str = ""


class Wire:
    """A socket that only hears the address it speaks to. Used by one task at a time; close it when done."""

    def __init__(self, hub: Hub, clock: Clock, security: Security, where: str, address: Address) -> None:
        """Open the socket; `where` is the address in words, `address` from the resolver. OSError when there is no route."""
        self._hub, self._clock, self._security, self._where = hub, clock, security, where
        self._socket = socket.socket(address[0], socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        try:
            self._socket.connect(address[1])
        except OSError:
            self._socket.close()
            raise
        self._request = random.randrange(_FIRST_REQUEST, _LAST_REQUEST)  # noqa: S311  # hard to guess is the source port's work
        self._flights: dict[int, _Flight] = {}
        self._waiting: deque[tuple[int, Ask]] = deque()
        self._outcome: list[Reply | CollectError | None] = []
        self._done: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._open = 0
        self._junk = ""
        self._deadline = 0.0
        self._patience = Patience()
        self.heard = 0
        """Datagrams understood so far."""
        hub.watch(self._socket.fileno(), self._readable)

    def close(self) -> None:
        """Close the socket."""
        self._hub.forget(self._socket.fileno())
        self._socket.close()

    async def exchange(self, asks: Sequence[Ask], patience: Patience, deadline: float) -> list[Reply | CollectError]:
        """Send every request and return, in the same order, its reply or why there is none."""
        self._patience, self._deadline, self._junk = patience, deadline, ""
        self._outcome = [None] * len(asks)
        self._open = len(asks)
        self._waiting = deque(enumerate(asks))
        self._done = self._hub.loop.create_future()
        try:
            self._fill()
            if self._open:
                self._arm()
                await self._done
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._flights.clear()
            self._waiting.clear()
        return [outcome or self._nothing() for outcome in self._outcome]

    def _fill(self) -> None:
        """Send waiting requests while the window has room; only one while the engine is not known."""
        while self._waiting and len(self._flights) < (self._patience.window if self._security.ready else 1):
            position, ask = self._waiting.popleft()
            self._request = self._request + 1 if self._request < _LAST_REQUEST else _FIRST_REQUEST
            datagram = self._security.seal(self._request, ask.pdu(self._request))
            self._flights[self._request] = _Flight(position, ask, datagram, self._clock.monotonic())
            self._send(datagram)

    def _send(self, datagram: bytes) -> None:
        try:
            self._socket.send(datagram)
        except BlockingIOError:
            return  # our own buffer is full: as good as lost on the way, the retry follows
        except OSError as error:
            self._abandon(error)

    def _arm(self) -> None:
        oldest = min((flight.sent for flight in self._flights.values()), default=self._clock.monotonic())
        wait = min(oldest + self._patience.timeout, self._deadline) - self._clock.monotonic()
        self._timer = self._hub.loop.call_later(max(0.0, wait), self._tick)

    def _tick(self) -> None:
        """Send again what was not answered in time, or give it up."""
        now = self._clock.monotonic()
        over = now >= self._deadline
        while over and self._waiting:
            self._finish(self._waiting.popleft()[0], self._nothing())
        for request, flight in list(self._flights.items()):
            if request not in self._flights:
                continue  # gone with an abandoned exchange
            late = now - flight.sent >= self._patience.timeout
            if over or (late and flight.sends >= self._attempts(flight.ask)):
                del self._flights[request]
                self._finish(flight.position, self._nothing())
            elif late:
                flight.sends, flight.sent = flight.sends + 1, now
                self._send(flight.datagram)
        self._fill()
        if self._open:
            self._arm()

    def _attempts(self, ask: Ask) -> int:
        return min(self._patience.attempts, ask.attempts or self._patience.attempts)

    def _nothing(self) -> CollectError:
        """Say why a request has no reply."""
        if self._junk:
            return MalformedReplyError(f"{self._where}: {self._junk}")
        return NoAnswerError(f"{self._where} did not answer {self._security.name} in time ({self._security.silence})")

    def _readable(self) -> None:
        for _ in range(_READS_PER_WAKE_UP):
            try:
                datagram = self._socket.recv(_LARGEST_DATAGRAM)
            except BlockingIOError:
                return
            except OSError as error:
                self._abandon(error)
                return
            self._receive(datagram)
            if not self._flights:
                return

    def _receive(self, datagram: bytes) -> None:
        try:
            reply = self._security.unseal(datagram, self._read)
        except MalformedReplyError as error:
            self._junk = error.what
        except Resynchronised as turn:
            self._resend(turn)
        except ReportedError as report:
            self._refused(report)
        else:
            self._accept(reply)

    def _read(self, tag: int, request: int, body: bytes) -> Reply:
        """Have a body read by who asked for it, because he knows what will come."""
        flight = self._flights.get(request)
        return (codec.read_body if flight is None else flight.ask.read)(tag, request, body)

    def _accept(self, reply: Reply) -> None:
        flight = self._flights.pop(reply.request, None)
        if flight is None:
            # A late twin of an answered request is ordinary; an id we never used is not.
            if not self._request - len(self._outcome) < reply.request <= self._request:
                self._junk = "it answers with request-ids that were never asked"
            return
        self.heard += 1
        self._finish(flight.position, reply)
        self._fill()

    def _resend(self, turn: Resynchronised) -> None:
        """Once for each kind of report; the second time the engine and we do not understand each other."""
        flight = self._flights.pop(turn.request, None)
        if flight is None:
            return
        if turn.cause in flight.resynchronised:
            self._finish(flight.position, EngineClockError(f"{self._where} repeats {turn.cause}"))
            self._fill()
            return
        flight.resynchronised += turn.cause
        flight.datagram = self._security.seal(turn.request, flight.ask.pdu(turn.request))
        flight.sent = self._clock.monotonic()
        self._flights[turn.request] = flight
        self._send(flight.datagram)
        self._fill()

    def _refused(self, report: ReportedError) -> None:
        flight = self._flights.pop(report.request, None)
        if flight is not None:
            error = report.error
            self._finish(flight.position, type(error)(f"{self._where}: {error.what}"))
            self._fill()

    def _abandon(self, error: OSError) -> None:
        """End every request: the way to the device itself reports a fault."""
        for position, outcome in enumerate(self._outcome):
            if outcome is None:
                self._finish(position, trouble_on_the_way(error, self._where))
        self._flights.clear()
        self._waiting.clear()

    def _finish(self, position: int, outcome: Reply | CollectError) -> None:
        if self._outcome[position] is None:
            self._outcome[position] = outcome
            self._open -= 1
            if not self._open and self._done is not None and not self._done.done():
                self._done.set_result(None)


def trouble_on_the_way(error: OSError, where: str) -> CollectError:
    """Turn what the operating system said about a datagram into the user's words."""
    if isinstance(error, ConnectionRefusedError):
        return ConnectionRefusedByDeviceError(f"nothing listens at {where} (ICMP port unreachable)")
    return NoAnswerError(f"{where}: {error.strerror or error}")
