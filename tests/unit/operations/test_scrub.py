"""Recordings that may be shown: what must go goes everywhere, what a profile needs stays, and nothing leads back."""

import random
from collections import defaultdict
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.collectors.snmp_library import shipped
from wenyam.links.pools import Links
from wenyam.links.snmp import codec, oids, recordings
from wenyam.links.snmp.recordings import Tree
from wenyam.model.samples import Reading
from wenyam.operations.record import _words
from wenyam.operations.scrub import Columns, Scrubbed, scrub
from wenyam.settings.secrets import SecretReader
from wenyam.testing import cases, recording
from wenyam.testing.recorded_agent import Answerer

COLUMNS = Columns.of(shipped())
WORDS = list(_words(shipped()))
CASES = {path.name: path for path in cases.cases(Path(__file__).parents[2] / "cases" / "snmp")}
EVERY_RUN = ["cisco-c3560", "eaton-93e", "huawei-s5720", "isilon-x210"]
FREE = {"system_info"}
NOT_PLAYED = {"unclassified-02", "unclassified-03", "macrosan-ms5040"}
"""No device answers in the first two; the last is known by its own name only, and names go."""


def made(*lines: str, forbidden: tuple[str, ...] = (), seed: int = 1) -> Scrubbed:
    rows = codec.typed(b"".join(binding for _, binding in map(recording.replacement, lines)))
    return scrub(rows, COLUMNS, forbidden, WORDS, random.Random(seed))


def texts(scrubbed: Scrubbed) -> list[str]:
    return [content.decode("latin-1") for _, tag, content in scrubbed.rows if tag == codec.OCTETS]


def names(scrubbed: Scrubbed) -> list[str]:
    return [oids.decode(name) for name, _, _ in scrubbed.rows]


def test_a_name_goes_everywhere_and_the_same_becomes_the_same() -> None:
    lines = (
        "1.3.6.1.2.1.1.1.0=text:Linux khonkaen-fs 5.10 x86_64, serial number 9XK42217",
        "1.3.6.1.2.1.1.5.0=text:khonkaen-fs",
        "1.3.6.1.4.1.99.1.0=text:peer khonkaen-fs.example.go.th is down",
        "1.3.6.1.4.1.99.2.0=text:Khonkaen",
    )
    scrubbed = made(*lines)
    description, name, peer, town = texts(scrubbed)
    assert "khonkaen" not in " ".join(texts(scrubbed)).lower()
    assert "9XK42217" not in description
    assert description.startswith("Linux ")
    assert f" {name} 5.10" in description
    assert peer.startswith(f"peer {name}.")
    assert peer.endswith(" is down")
    assert "example" not in peer
    assert name.startswith(town)
    assert len(name) == len("khonkaen-fs")
    assert made(*lines, seed=2).rows != scrubbed.rows


def test_addresses_are_replaced_in_values_texts_and_indexes_alike() -> None:
    scrubbed = made(
        "1.3.6.1.2.1.4.20.1.1.203.0.113.7=address:203.0.113.7",
        "1.3.6.1.2.1.4.20.1.3.203.0.113.7=address:255.255.255.0",
        "1.3.6.1.2.1.4.20.1.1.127.0.0.1=address:127.0.0.1",
        "1.3.6.1.4.1.99.1.1.4.203.0.113.7=text:to 203.0.113.7 and 2001:db8:77::9",
        "1.3.6.1.2.1.17.4.3.1.1.0.27.13.1.2.3=4x:001b0d010203",
        "1.3.6.1.2.1.2.2.1.6.1=4x:001b0d010203",
        "1.3.6.1.4.1.99.3.0=text:00:1b:0d:01:02:03",
    )
    text = "".join(recordings.line(*row) for row in scrubbed.rows)
    assert "203.0.113.7" not in text
    assert "0.27.13.1.2.3" not in text
    assert "001b0d010203" not in text
    assert "2001:db8:77" not in bytes.fromhex(next(row for row in scrubbed.rows if row[1] == 4)[2].hex()).decode("latin-1")
    address = next(name for name in names(scrubbed) if name.startswith("1.3.6.1.2.1.4.20.1.3.")).removeprefix(
        "1.3.6.1.2.1.4.20.1.3."
    )
    assert address.startswith("198.")
    assert f"1.3.6.1.4.1.99.1.1.4.{address}" in names(scrubbed)
    assert "1.3.6.1.2.1.4.20.1.1.127.0.0.1" in names(scrubbed)
    assert any(content == bytes([255, 255, 255, 0]) for _, _, content in scrubbed.rows)
    hardware = {
        content for name, _, content in scrubbed.rows if oids.decode(name).startswith(("1.3.6.1.2.1.17", "1.3.6.1.2.1.2."))
    }
    assert len(hardware) == 1
    assert any(":".join(f"{byte:02x}" for byte in next(iter(hardware))) == text for text in texts(scrubbed))


def test_a_community_stays_nowhere_even_inside_other_bytes() -> None:
    scrubbed = made(
        "1.3.6.1.4.1.99.1.0=4x:00" + b"xxTopSecret7yy".hex() + "ff",
        "1.3.6.1.2.1.1.1.0=text:Router snmp-server community TopSecret7 ro",
        "1.3.6.1.6.3.18.1.1.1.2.1=text:TopSecret7",
        "1.3.6.1.4.1.99.5.1.10.84.111.112.83.101.99.114.101.116.55=integer:1",
        forbidden=("TopSecret7",),
    )
    whole = b"".join(content for _, _, content in scrubbed.rows).lower()
    assert b"topsecret" not in whole
    assert "84.111.112.83.101.99" not in " ".join(names(scrubbed))
    assert scrubbed.left_out == 1


def test_what_makers_and_standards_say_stays() -> None:
    kept = ["Cisco IOS Software, C3750E, Version 12.2(55)SE3", "7.0.3.1(B0232.0031)"]
    words = ["GigabitEthernet1/0/24", "Power Supply 1 Fan", "Physical memory", "/var/log", "23.5 C", "Gi1/0/1", "ge-0/0/1.0"]
    lines = [f"1.3.6.1.2.1.1.1.0=text:{kept[0]}", f"1.3.6.1.2.1.47.1.1.1.1.10.1=text:{kept[1]}"]
    lines += [f"1.3.6.1.4.1.99.7.{index}=text:{text}" for index, text in enumerate(words)]
    scrubbed = made(*lines, "1.3.6.1.2.1.25.3.2.1.5.1=integer:2", "1.3.6.1.4.1.99.8.0=4x:07e80b1b02280000")
    assert texts(scrubbed)[:-1] == [kept[0], kept[1], *words]
    assert set(scrubbed.kept) == {*kept, *words}


def test_thai_and_broken_texts_survive() -> None:
    scrubbed = made(
        "1.3.6.1.2.1.1.6.0=4x:" + "ห้องเครื่อง ชั้น 2".encode().hex(), "1.3.6.1.4.1.99.9.0=4x:ff00fe4142", "1.3.6.1.4.1.99.9.1=null:"
    )
    assert "ห้อง" not in scrubbed.rows[0][2].decode()
    assert scrubbed.rows[1][2] == bytes(5)
    assert scrubbed.rows[2][1] == codec.NULL


async def read(tree: Tree, case: cases.Case) -> Reading:
    clock = SystemClock()
    links = Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
    with cases.playing(Answerer(tree)) as player:
        collector = SnmpCollector(SnmpOptions(version=case.version, port=player.ports[0], profile=case.profile))
        try:
            return await collector.collect(
                Target("case", "127.0.0.1"), Context(clock, links, clock.monotonic() + 60, cases.COMMUNITY, {})
            )
        finally:
            await links.close()


def values(reading: Reading) -> dict[str, list[float]]:
    found: defaultdict[str, list[float]] = defaultdict(list)
    for family in reading.families:
        found[family.name] += list(family.values)
    return {name: sorted(numbers) for name, numbers in found.items() if name not in FREE}


def test_the_serial_numbers_of_a_cluster_go_though_its_profile_compares_them() -> None:
    tree = cases.load(cases.read_case(CASES["fortinet-3000d"]))
    scrubbed = scrub(codec.typed(b"".join(tree.bindings)), COLUMNS, ("public",), WORDS, random.Random(1))
    assert not [text for text in texts(scrubbed) if "FGT3KD3Z" in text]


async def assert_gives_the_same(name: str) -> None:
    case = cases.read_case(CASES[name])
    tree = cases.load(case)
    scrubbed = scrub(codec.typed(b"".join(tree.bindings)), COLUMNS, ("public",), WORDS, random.Random(name))
    again = Tree([row[0] for row in scrubbed.rows], [recordings.binding(*row) for row in scrubbed.rows])
    before, after = await read(tree, case), await read(again, case)
    assert after.facts["profile"] == before.facts["profile"]
    assert {key: after.facts.get(key) for key in ("vendor", "model", "os_version")} == {
        key: before.facts.get(key) for key in ("vendor", "model", "os_version")
    }
    assert values(after) == values(before)


@pytest.mark.parametrize("name", EVERY_RUN)
async def test_a_device_gives_the_same_values_without_its_names(name: str) -> None:
    await assert_gives_the_same(name)


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(set(CASES) - set(EVERY_RUN) - NOT_PLAYED))
async def test_every_case_gives_the_same_values_without_its_names(name: str) -> None:
    await assert_gives_the_same(name)
