"""The socket that SNMP notifications come in by: counted by source before any is decoded, decoded in a thread of its own."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from wenyam.clock import Clock
from wenyam.errors import MalformedReplyError, PortTakenError, WenyamError
from wenyam.links.threads import ThreadPool
from wenyam.links.traps_messages import MALFORMED, Decoded, Notification
from wenyam.links.traps_share import Bucket, Shares, Tally, Turns
from wenyam.model.receiving import Share, TrapPlan

if TYPE_CHECKING:
    from wenyam.links.traps_decoder import TrapDecoder

_LOG = logging.getLogger(__name__)

BEYOND_SHARE: Final = "beyond its share"
BEYOND_US: Final = "more than can be read"
TOO_LARGE: Final = "too large"
LARGEST = 8192
"""Bytes of one datagram; a trap has some hundreds."""
_AT_ONCE = 256
"""Datagrams taken from the socket in one turn of the loop."""
_BATCH = 16
_WAITING = 4096
"""Datagrams of strangers that may wait."""
_BUFFER = 4 * 1024 * 1024
_DECODE_SECONDS = 10.0
"""For one batch; a decoder that takes longer is given up and made anew."""
_PAUSE = 0.05
_BACK_OFF = 0.2

Take = Callable[[Sequence[Notification]], Awaitable[bool]]
"""Keeps notifications; False when they could not be kept, and informs among them then go unanswered."""
_Waiting = tuple[bytes, tuple[Any, ...]]


class CannotHearTrapsError(WenyamError):
    """Traps cannot be heard on this address."""

    hint = (
        "Ports below 1024 need a right: give the service CAP_NET_BIND_SERVICE (AmbientCapabilities= in its unit), "
        "or choose another port under receive.traps.listen."
    )
    permanent = True


def open_socket(host: str, port: int) -> socket.socket:
    """Open the socket on a numeric address; port 0 takes a free one. PortTakenError or CannotHearTrapsError say why not."""
    opened = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)  # the kernel gives as much of it as it allows
        opened.bind((host, port))
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(f"UDP {host}:{port}", hint="Choose another port under receive.traps.listen.") from error
        raise CannotHearTrapsError(f"UDP {host}:{port}: {os.strerror(error.errno or 0).lower()}") from error
    opened.setblocking(False)  # noqa: FBT003  # the socket module's own signature
    return opened


class TrapDoor:
    """Hears, counts, decodes and answers. `start()`, later `stop()`."""

    def __init__(
        self, clock: Clock, plan: TrapPlan, decoder: "Callable[[], TrapDecoder]", known: Callable[[str], bool], take: Take
    ) -> None:
        """Take what makes a decoder (in its thread), whether an address is in the inventory, and who keeps notifications."""
        self._clock, self._plan, self._make, self._take = clock, plan, decoder, take
        self._shares = Shares(plan.share)
        self._turns: Turns[_Waiting] = Turns(known, plan.share.burst, _WAITING)
        # As much as one batch may be read at once, so that the rate holds in every second.
        self._pace = Bucket(Share(plan.decode_rate, max(_BATCH, round(plan.decode_rate / 10))), clock.monotonic())
        self._wake = asyncio.Event()
        self._socket: socket.socket | None = None
        self._working: asyncio.Task[None] | None = None
        self._pool = ThreadPool("traps", 1)
        self._decoder: TrapDecoder | None = None
        self.tally = Tally()
        """Datagrams that were not read, by source and reason."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port, known once started."""
        if self._socket is None:
            return self._plan.host, self._plan.port
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    async def start(self) -> None:
        """Open the socket and begin."""
        self._decoder = await self._pool.run(self._make, _DECODE_SECONDS)
        self._socket = open_socket(self._plan.host, self._plan.port)
        asyncio.get_running_loop().add_reader(self._socket, self._hear)
        self._working = asyncio.create_task(self._work())

    def check(self) -> None:
        """Raise what ended the work, so that nobody believes that traps are heard when they are not."""
        if self._working is not None and self._working.done():
            self._working.result()

    async def stop(self) -> None:
        """Close the socket; what waits is given up, and its informs are sent again by their senders."""
        if self._socket is not None:
            asyncio.get_running_loop().remove_reader(self._socket)
            self._socket.close()
            self._socket = None
        if self._working is not None:
            self._working.cancel()
            await asyncio.gather(self._working, return_exceptions=True)
        self._pool.close()

    def _hear(self) -> None:
        """Take datagrams off the socket; what is beyond a share costs no more than counting."""
        now = self._clock.monotonic()
        for _ in range(_AT_ONCE):
            if self._socket is None:
                return
            try:
                data, address = self._socket.recvfrom(LARGEST + 1)
            except OSError:  # nothing more waits, or an ICMP error of an answer we sent
                return
            self._sort(data, address, now)

    def _sort(self, data: bytes, address: tuple[Any, ...], now: float) -> None:
        source = str(address[0]).partition("%")[0]
        if not self._shares.admit(source, now):
            self.tally.add(source, BEYOND_SHARE)
        elif len(data) > LARGEST:
            self.tally.add(source, TOO_LARGE)
        elif not self._turns.put(source, (data, address)):
            self.tally.add(source, BEYOND_US)
        else:
            self._wake.set()

    async def _work(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._turns:
                batch = self._batch()
                if batch:
                    await self._deal_with(batch)
                else:
                    await self._clock.sleep(_PAUSE)

    def _batch(self) -> list[_Waiting]:
        """Return what may be decoded now, in turns of the sources."""
        batch: list[_Waiting] = []
        now = self._clock.monotonic()
        while self._turns and len(batch) < _BATCH and self._pace.take(now):
            item = self._turns.take()
            if item is not None:
                batch.append(item)
        return batch

    async def _deal_with(self, batch: list[_Waiting]) -> None:
        found = await self._decoded(batch)
        heard: list[tuple[Notification, tuple[Any, ...]]] = []
        for (_, address), decoded in zip(batch, found, strict=True):
            for reply in decoded.replies:
                self._send(reply, address)
            if decoded.notification is not None:
                heard.append((decoded.notification, address))
            elif decoded.refused:
                self.tally.add(str(address[0]), decoded.refused)
        if heard and await self._take([notification for notification, _ in heard]):
            await self._answer([(notification, address) for notification, address in heard if notification.inform is not None])

    async def _decoded(self, batch: list[_Waiting]) -> list[Decoded]:
        try:
            if self._decoder is None:
                self._decoder = await self._pool.run(self._make, _DECODE_SECONDS)
            return await self._pool.run(partial(_decode, self._decoder, batch), _DECODE_SECONDS)
        except TimeoutError:
            _LOG.error("decoding %d traps took longer than %.0f s; the decoder is made anew", len(batch), _DECODE_SECONDS)
            self._pool.close()
            self._pool, self._decoder = ThreadPool("traps", 1), None
            return [Decoded(refused=MALFORMED)] * len(batch)

    async def _answer(self, informs: Sequence[tuple[Notification, tuple[Any, ...]]]) -> None:
        """Answer informs that were kept; one that cannot be answered is sent again by its sender."""
        decoder = self._decoder
        if not informs or decoder is None:
            return
        for notification, address in informs:
            try:
                reply = await self._pool.run(partial(decoder.answer, notification), _DECODE_SECONDS)
            except (MalformedReplyError, TimeoutError) as error:
                _LOG.debug("an inform of %s went unanswered: %s", address[0], error)
                continue
            self._send(reply, address)

    def _send(self, reply: bytes, address: tuple[Any, ...]) -> None:
        if self._socket is None or not reply:
            return
        try:
            self._socket.sendto(reply, address)
        except OSError as error:  # the sender is out of reach; it will send again
            _LOG.debug("an answer to %s could not be sent: %s", address[0], error)


def _decode(decoder: "TrapDecoder", batch: Sequence[_Waiting]) -> list[Decoded]:
    return [decoder.decode(data, str(address[0])) for data, address in batch]
