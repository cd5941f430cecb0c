"""Traps and informs of net-snmp, in all three versions, as rows and as states; and what must not become either."""

import asyncio
import socket
import sqlite3
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.collectors.snmp import SnmpOptions
from wenyam.errors import PortTakenError
from wenyam.links.traps import CannotHearTrapsError, open_socket
from wenyam.model.inventory import AliveProbe, AliveRule, ReadPlan
from wenyam.model.receiving import ReceivedKind, ReceivePlan, Share, TrapPlan
from wenyam.model.states import State, Subject
from wenyam.testing.receiving import COMMUNITY, USER, Receiving, device, net_snmp, receiving
from wenyam.testing.snmpd import Snmpd
from wenyam.testing.trap_sender import trap

pytestmark = pytest.mark.real

LINK_DOWN, LINK_UP, COLD_START = "1.3.6.1.6.3.1.1.5.3", "1.3.6.1.6.3.1.1.5.4", "1.3.6.1.6.3.1.1.5.1"
NAME = "1.3.6.1.2.1.2.2.1.2"
PLAN = ReceivePlan(traps=TrapPlan(("traps", "traps3"), port=0, share=Share(1000, 1000)))
DEVICES = (device("core", "127.40.2.1", ("uplink",)), device("edge", "127.40.2.2"))
V2C = ("-v2c", "-c", COMMUNITY)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Receiving]:
    async with receiving(tmp_path, PLAN, DEVICES) as running:
        yield running


def door(world: Receiving) -> str:
    address = world.receiver.trap_address
    assert address is not None
    return f"127.0.0.1:{address[1]}"


def refusals(world: Receiving) -> dict[tuple[str, str], int]:
    assert world.receiver._door is not None
    return dict(world.receiver._door.tally.drain())


async def until_refused(world: Receiving, count: int) -> dict[tuple[str, str], int]:
    found: dict[tuple[str, str], int] = {}

    async def enough() -> bool:
        for key, number in refusals(world).items():
            found[key] = found.get(key, 0) + number
        return sum(found.values()) >= count

    await world.until(enough, f"{count} refusals, not {found}")
    return found


@pytest.mark.parametrize("version", [("-v1", "-c", COMMUNITY), V2C, USER], ids=["v1", "v2c", "v3"])
async def test_a_link_trap_of_each_version_is_a_state_and_its_counterpart_ends_it(
    world: Receiving, version: tuple[str, ...]
) -> None:
    words = {True: ("", "127.40.2.1", "2", "0", ""), False: ("", LINK_DOWN)}[version[0] == "-v1"]
    assert await net_snmp("snmptrap", *version, door(world), *words, f"{NAME}.7", "s", "uplink", source="127.40.2.1") == 0
    await world.until_state("device:core/trap:link:uplink", "crit: interface uplink (number 7) went down")
    words = {True: ("", "127.40.2.1", "3", "0", ""), False: ("", LINK_UP)}[version[0] == "-v1"]
    assert await net_snmp("snmptrap", *version, door(world), *words, f"{NAME}.7", "s", "uplink", source="127.40.2.1") == 0
    await world.until_state("device:core/trap:link:uplink", "ok: interface uplink (number 7) came up")
    rows = await world.rows()
    assert [(row.name, row.device, row.kind, row.source) for row in rows] == [
        ("linkDown", "core", ReceivedKind.TRAP, "127.40.2.1"),
        ("linkUp", "core", ReceivedKind.TRAP, "127.40.2.1"),
    ]


async def test_a_link_trap_that_tells_a_number_only_is_about_the_interface_a_real_agent_has_under_it(tmp_path: Path) -> None:
    """Its version 1 form, as many agents send it: no name at all; which interface it is says the latest reading."""
    with Snmpd(address="127.40.2.3", community=COMMUNITY) as agent:
        options = SnmpOptions(port=agent.port)
        read = ReadPlan("snmp", "snmp", interval=1.0, timeout=5.0, options=options, credential="traps")
        box = replace(device("box", agent.address, ("lo",)), alive=AliveRule((AliveProbe("snmp"),), interval=1.0), reads=(read,))
        async with receiving(tmp_path, PLAN, (box,)) as world:

            async def read_once() -> bool:
                jobs = world.watcher.latest.jobs("box").values()
                return any(job.last_success is not None for job in jobs)

            await world.until(read_once, "a reading of the agent")
            words = ("-v1", "-c", COMMUNITY, door(world), "", agent.address, "2", "0", "", "1.3.6.1.2.1.2.2.1.1.1", "i", "1")
            assert await net_snmp("snmptrap", *words, source=agent.address) == 0
            await world.until_state("device:box/trap:link:lo", "crit: interface lo (number 1) went down")


@pytest.mark.parametrize("version", [V2C, USER], ids=["v2c", "v3"])
async def test_an_inform_is_answered_once_it_is_kept(world: Receiving, version: tuple[str, ...]) -> None:
    assert await net_snmp("snmpinform", *version, "-r", "1", "-t", "4", door(world), "", COLD_START, source="127.40.2.2") == 0
    (row,) = await world.rows()
    assert (row.kind, row.name, row.device) == (ReceivedKind.INFORM, "coldStart", "edge")
    assert world.summary("device:edge/trap:restart") == "warn: started anew (coldStart)"


async def test_an_inform_that_cannot_be_kept_goes_unanswered(world: Receiving) -> None:
    with sqlite3.connect(world.directory / "wenyam.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")  # another program holds the database
        status = await net_snmp("snmpinform", *V2C, "-r", "0", "-t", "1", door(world), "", COLD_START, source="127.40.2.2")
        other.execute("ROLLBACK")
    other.close()
    assert status != 0
    again = ("snmpinform", *V2C, "-r", "3", "-t", "2", door(world), "", COLD_START)
    assert await net_snmp(*again, source="127.40.2.2") == 0


async def test_an_unmarked_interface_and_an_unknown_trap_are_rows_only(world: Receiving) -> None:
    await net_snmp("snmptrap", *V2C, door(world), "", LINK_DOWN, f"{NAME}.9", "s", "desk 9", source="127.40.2.1")
    await net_snmp("snmptrap", *V2C, door(world), "", "1.3.6.1.4.1.99999.1", f"{NAME}.1", "s", "hello", source="127.40.2.1")
    known, unknown = await world.until_rows(2)
    assert (known.name, known.text) == ("linkDown", "interface desk 9 (number 9) went down")
    assert (unknown.name, unknown.text) == ("1.3.6.1.4.1.99999.1", f"{NAME}.1 = hello")
    assert not [record for record in world.watcher.board.records() if record.subject.check.startswith("trap:")]


async def test_a_source_outside_the_inventory_is_a_row_and_never_a_state(world: Receiving) -> None:
    """A version 1 trap may name any agent in its text; only where it came from counts."""
    words = ("-v1", "-c", COMMUNITY, door(world), "", "127.40.2.1", "0", "0", "")
    await net_snmp("snmptrap", *words, source="127.40.9.9")
    (row,) = await world.until_rows(1)
    assert (row.source, row.device, row.name) == ("127.40.9.9", None, "coldStart")
    assert world.summary("device:core/trap:restart") == ""


async def test_whoever_proves_nothing_is_counted_with_the_reason(world: Receiving) -> None:
    """The right address alone opens nothing; neither does the right user without his keys."""
    wrong = [
        "-v3",
        "-u",
        "watch",
        "-l",
        "authPriv",
        "-a",
        "SHA-256",
        "-A",
        "not the pass phrase",
        "-x",
        "AES",
        "-X",
        "canary-privacy",
    ]
    for version in (
        ("-v2c", "-c", "public"),
        ("-v1", "-c", "public"),
        tuple(wrong),
        ("-v3", "-u", "watch", "-l", "noAuthNoPriv"),
        ("-v3", "-u", "watch", "-l", "authNoPriv", "-a", "SHA-256", "-A", "canary-authentication"),
        ("-v3", "-u", "stranger", "-l", "noAuthNoPriv"),
    ):
        words = ("", "127.40.2.1", "0", "0", "") if version[0] == "-v1" else ("", COLD_START)
        await net_snmp("snmptrap", *version, door(world), *words, source="127.40.2.1")
    assert await until_refused(world, 6) == {
        ("127.40.2.1", "wrong community"): 2,
        ("127.40.2.1", "wrong SNMPv3 pass phrase"): 1,
        ("127.40.2.1", "SNMPv3 user without the authentication or privacy it must have"): 2,
        ("127.40.2.1", "unknown SNMPv3 user"): 1,
    }
    assert await world.rows() == []
    assert world.summary("device:core/trap:restart") == ""


async def test_a_recorded_version_3_trap_sent_again_later_is_refused(world: Receiving) -> None:
    """Another sender with the same engine and a later clock has spoken meanwhile; pysnmp alone would take the old one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tap:
        tap.bind(("127.0.0.1", 0))
        tap.settimeout(5)
        to_tap = f"127.0.0.1:{tap.getsockname()[1]}"
        engine = ("-e", "0x8000000001020304", "-Z")
        await net_snmp("snmptrap", *USER, *engine, "5,100", to_tap, "", COLD_START)
        old = tap.recv(8192)
        await net_snmp("snmptrap", *USER, *engine, "5,900", door(world), "", COLD_START, source="127.40.2.1")
        await world.until_rows(1)
        tap.sendto(old, ("127.0.0.1", int(door(world).rpartition(":")[2])))
        found = await until_refused(world, 1)
    assert [reason for _, reason in found] == ["SNMPv3 message too old, perhaps sent again by somebody else"]
    assert len(await world.rows()) == 1


async def test_hostile_text_arrives_as_harmless_text(world: Receiving) -> None:
    hostile = "rtr[/][@click=app.x]\x1b[31m\n'; DROP TABLE received;--\u202e=1+1" + "x" * 4000
    await net_snmp(
        "snmptrap", *V2C, door(world), "", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "s", hostile, source="127.40.2.1"
    )
    await net_snmp(
        "snmptrap", *V2C, door(world), "", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.2", "x", "00ff8001", source="127.40.2.1"
    )
    text, octets = (row.text for row in await world.until_rows(2))
    assert text.startswith("1.3.6.1.4.1.99999.2 = rtr[/][@click=app.x] '; DROP TABLE received;--=1+1xxx")
    assert len(text) < 200
    assert text.isprintable()
    assert octets == "1.3.6.1.4.1.99999.2 = 0x00ff8001"


async def test_damaged_datagrams_never_stop_it(world: Receiving) -> None:
    """Every cut and many flipped bits of a good trap, and pure noise; afterwards a good one is taken as before."""
    good = trap(1, COMMUNITY.encode())
    damaged = [good[:length] for length in range(0, len(good), 3)]
    damaged += [
        good[:place] + bytes([good[place] ^ mask]) + good[place + 1 :] for place in range(len(good)) for mask in (0x01, 0x80)
    ]
    damaged += [bytes([0x30, 0x84, 255, 255, 255, 255]), b"\x30\x80" * 2000, b"\x00" * 9000, b"\xff" * 512]
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        sender.bind(("127.40.9.1", 0))
        for number, datagram in enumerate(damaged):
            sender.sendto(datagram, ("127.0.0.1", int(door(world).rpartition(":")[2])))
            if number % 50 == 0:
                await asyncio.sleep(0.01)

    async def after_all() -> bool:
        await net_snmp("snmptrap", *V2C, door(world), "", COLD_START, source="127.40.2.2")
        return world.watcher.board.state(Subject.parse("device:edge/trap:restart")) is State.WARN

    await world.until(after_all, "a good trap after damaged ones")


async def test_a_state_that_nothing_ends_expires_and_survives_a_restart_before(tmp_path: Path) -> None:
    async with receiving(tmp_path, PLAN, DEVICES) as world:
        await net_snmp("snmptrap", *V2C, door(world), "", COLD_START, source="127.40.2.2")
        await world.until_state("device:edge/trap:restart", "warn")
        await world.watcher.configure(world.watcher.configuration)
        await world.receiver.reload(world.watcher.configuration)
        assert world.summary("device:edge/trap:restart").startswith("warn"), "a reload forgets nothing that was told"
    async with receiving(tmp_path, PLAN, DEVICES) as world:
        assert world.summary("device:edge/trap:restart") == "warn: started anew (coldStart)"


async def test_a_device_that_leaves_takes_what_it_told_along(tmp_path: Path) -> None:
    async with receiving(tmp_path, PLAN, DEVICES) as world:
        await net_snmp("snmptrap", *V2C, door(world), "", COLD_START, source="127.40.2.2")
        await world.until_state("device:edge/trap:restart", "warn")
    async with receiving(tmp_path, PLAN, DEVICES[:1]) as world:

        async def gone() -> bool:
            return world.summary("device:edge/trap:restart") == ""

        await world.until(gone, "the state of a device that has gone")


async def test_a_port_that_is_taken_or_not_allowed_is_told_with_what_to_do() -> None:
    words = r"Choose another port under receive\.traps\.listen\."
    with open_socket("127.0.0.1", 0) as first, pytest.raises(PortTakenError, match=words):
        open_socket("127.0.0.1", first.getsockname()[1])
    with pytest.raises(
        CannotHearTrapsError, match=r"UDP 192\.0\.2\.1:162: cannot assign requested address.*CAP_NET_BIND_SERVICE"
    ):
        open_socket("192.0.2.1", 162)


async def test_no_secret_is_written_or_said(world: Receiving, caplog: pytest.LogCaptureFixture) -> None:
    await net_snmp("snmptrap", *V2C, door(world), "", COLD_START, source="127.40.2.2")
    await net_snmp("snmptrap", "-v1", "-c", COMMUNITY, door(world), "", "127.40.2.2", "0", "0", "", source="127.40.2.2")
    await net_snmp("snmptrap", *USER, door(world), "", COLD_START, source="127.40.2.2")
    await world.until_rows(3)
    everything = b"".join(path.read_bytes() for path in world.directory.iterdir() if path.is_file())
    assert b"canary" not in everything
    assert "canary" not in caplog.text
    assert world.receiver._door is not None
    assert "canary" not in repr(vars(world.receiver._door._decoder))
