"""The DNS collector against a real BIND, and against a forger."""

import socket
import threading
from collections.abc import Iterator
from typing import Self

import pytest

from wenyam.collectors.contract import Target
from wenyam.collectors.dns import DnsCollector, DnsOptions
from wenyam.errors import CollectError, ConnectionRefusedByDeviceError, MalformedReplyError, NoAnswerError, UnknownHostError
from wenyam.links.pools import Links
from wenyam.model.samples import Reading
from wenyam.testing.collecting import make_context, value
from wenyam.testing.named import Named

pytestmark = pytest.mark.real
HERE = Target("resolver", "127.0.0.1")


@pytest.fixture(scope="module")
def named() -> Iterator[Named]:
    with Named() as server:
        yield server


async def _ask(links: Links, port: int, kind: str, name: str, *expect: str, seconds: float = 5.0) -> Reading:
    options = DnsOptions.model_validate({"name": name, "type": kind, "expect": expect, "port": port})
    return await DnsCollector(options).collect(HERE, make_context(links, seconds))


@pytest.mark.parametrize(
    ("kind", "name", "expect"),
    [
        ("A", "www.agency.test", ("127.0.0.3", "127.0.0.4")),
        ("AAAA", "www.agency.test", ("2001:0db8:0::3",)),
        ("CNAME", "erp.agency.test", ("WWW.agency.test.",)),
        ("A", "erp.agency.test", ("127.0.0.3",)),
        ("PTR", "127.0.0.3", ("www.agency.test",)),
        ("TXT", "note.agency.test", ("part one, part two",)),
        ("NS", "agency.test", ("ns1.agency.test",)),
        ("MX", "agency.test", ("10 mail.agency.test",)),
        ("SOA", "agency.test", ()),
    ],
)
async def test_the_right_answer_matches(named: Named, links: Links, kind: str, name: str, expect: tuple[str, ...]) -> None:
    reading = await _ask(links, named.port, kind, name, *expect)
    query = {"query": f"{kind} {name}"}
    assert value(reading, "dns_answer_matches", query) == 1
    assert 0 < (value(reading, "dns_lookup_seconds", query) or 0) < 5


async def test_an_answer_too_long_for_a_datagram_comes_over_tcp(named: Named, links: Links) -> None:
    reading = await _ask(links, named.port, "TXT", "long.agency.test", "019" + "x" * 200)
    assert value(reading, "dns_answer_matches", {"query": "TXT long.agency.test"}) == 1


@pytest.mark.parametrize(
    ("name", "expect", "fact"),
    [("absent.agency.test", (), "NXDOMAIN"), ("mail.agency.test", ("127.0.0.99",), "127.0.0.2")],
)
async def test_a_wrong_or_missing_answer_does_not_match(
    named: Named, links: Links, name: str, expect: tuple[str, ...], fact: str
) -> None:
    reading = await _ask(links, named.port, "A", name, *expect)
    assert value(reading, "dns_answer_matches", {"query": f"A {name}"}) == 0
    assert reading.facts["dns_answer"] == fact


async def test_a_server_error_is_named_and_still_proves_life(named: Named, links: Links) -> None:
    with pytest.raises(CollectError, match="REFUSED"):
        await _ask(links, named.port, "A", "www.elsewhere.test")
    collector = DnsCollector(DnsOptions(port=named.port))
    assert await collector.probe(HERE, make_context(links)) < 5


async def test_a_stopped_server_is_refused_a_frozen_one_silent_and_a_started_one_answers(links: Links) -> None:
    with Named() as own:
        own.freeze()
        with pytest.raises(NoAnswerError):
            await _ask(links, own.port, "A", "www.agency.test", seconds=0.6)
        own.thaw()
        assert (await _ask(links, own.port, "A", "www.agency.test")).complete
        own.stop()
        with pytest.raises(ConnectionRefusedByDeviceError):
            await _ask(links, own.port, "A", "www.agency.test")


async def test_what_is_no_name_is_said_so(links: Links) -> None:
    with pytest.raises(UnknownHostError, match="no DNS name"):
        await _ask(links, 53, "A", "a..b")


async def test_forged_replies_are_counted_and_never_believed(links: Links) -> None:
    with _Forger() as forger:
        with pytest.raises(MalformedReplyError, match="were not answers to our question"):
            await _ask(links, forger.port, "A", "www.agency.test", "6.6.6.6", seconds=0.6)
        assert forger.served > 0


class _Forger(threading.Thread):
    """Answers every query with the right question, a lie and the wrong identifier."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.served = 0
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.sendto(b"", self._socket.getsockname())
        self.join(10)
        self._socket.close()

    def run(self) -> None:
        while True:
            query, asker = self._socket.recvfrom(512)
            if not query:
                return
            identifier = ((query[0] << 8 | query[1]) ^ 1).to_bytes(2, "big")
            lie = b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4\6\6\6\6"
            self._socket.sendto(identifier + b"\x81\x80\0\1\0\1\0\0\0\0" + query[12:] + lie, asker)
            self.served += 1
