"""The walk of everything: types are kept, subtrees nobody wants are not walked, loops end."""

import pytest

from wenyam.clock import SystemClock
from wenyam.links.pools import Links
from wenyam.links.snmp import oids, recorder
from wenyam.links.snmp.pool import Endpoint
from wenyam.links.snmp.recordings import Tree, replacement
from wenyam.settings.secrets import SecretReader
from wenyam.testing.cases import COMMUNITY, playing
from wenyam.testing.hostile_agent import HostileAgent
from wenyam.testing.recorded_agent import Answerer

ROUTES, CONNECTIONS = "1.3.6.1.2.1.4.21", "1.3.6.1.2.1.6"
LINES = [
    "1.0.8802.1.1.2.1.3.3.0=text:lldp",
    "1.3.6.1.2.1.1.3.0=ticks:7",
    "1.3.6.1.2.1.1.5.0=text:name",
    *(f"{ROUTES}.1.1.10.0.{number}.0=address:10.0.0.0" for number in range(1, 250)),
    *(f"{CONNECTIONS}.13.1.1.{number}=integer:1" for number in range(1, 250)),
    "1.3.6.1.2.1.31.1.1.1.6.1=counter64:18446744073709551615",
    "1.3.6.1.4.1.9.1.1.0=null:",
    "1.3.6.1.4.1.99.1.0=4x:ff00",
]


class Counting(Answerer):
    requests = 0

    def answer(self, datagram: bytes) -> bytes | None:
        self.requests += 1
        return super().answer(datagram)


def agent() -> Counting:
    pairs = dict(map(replacement, LINES))
    names = sorted(pairs, key=oids.arcs)
    return Counting(Tree(names, [pairs[each] for each in names]))


async def walked(port: int, version: str, *without: str, rows: int = 10_000) -> tuple[list[str], list[str], int]:
    clock = SystemClock()
    links = Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
    try:
        async with await links.snmp.session(Endpoint("127.0.0.1", port, version), COMMUNITY, clock.monotonic() + 20) as session:
            found, troubles, passed = await recorder.everything(session, rows, without)
    finally:
        await links.close()
    return [f"{oids.decode(name)} {tag:x} {content.hex()}" for name, tag, content in found], list(map(str, troubles)), passed


@pytest.mark.parametrize("version", ["1", "2c"])
async def test_unwanted_subtrees_are_passed_by(version: str) -> None:
    played = agent()
    with playing(played) as player:
        found, troubles, passed = await walked(player.ports[0], version, ROUTES, CONNECTIONS)
    kept = [line for line in found if not line.startswith((f"{ROUTES}.", f"{CONNECTIONS}."))]
    assert found == kept
    assert troubles == []
    assert found[:3] == ["1.0.8802.1.1.2.1.3.3.0 4 6c6c6470", "1.3.6.1.2.1.1.3.0 43 07", "1.3.6.1.2.1.1.5.0 4 6e616d65"]
    assert found[-2:] == ["1.3.6.1.4.1.9.1.1.0 5 ", "1.3.6.1.4.1.99.1.0 4 ff00"]
    assert passed <= 120
    assert played.requests < 20


async def test_without_anything_left_out_all_comes() -> None:
    with playing(agent()) as player:
        found, troubles, passed = await walked(player.ports[0], "2c")
        cut, said, _ = await walked(player.ports[0], "2c", rows=50)
    assert (len(found), troubles, passed) == (len(LINES), [], 0)
    assert len(cut) == 51  # 50 of one subtree, 1 of the other
    assert "more than 50 rows" in said[0]


@pytest.mark.parametrize("mode", ["same", "cycle"])
async def test_an_agent_that_goes_in_circles_ends_the_walk(mode: str) -> None:
    with HostileAgent(mode, healthy=agent()) as hostile:
        _, troubles, _ = await walked(hostile.port, "2c", ROUTES)
    assert any("OID not increasing" in trouble for trouble in troubles)
