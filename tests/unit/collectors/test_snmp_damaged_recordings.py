"""Every recording of the package, cut anywhere, with rows gone and values of another type: no hang, crash or invented value."""

import bz2
import random
import re
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.collectors.snmp_device import DeviceState
from wenyam.collectors.snmp_library import shipped
from wenyam.collectors.snmp_profile import Profile, SampleEntry
from wenyam.errors import CollectError
from wenyam.links.pools import Links
from wenyam.links.snmp import codec, oids
from wenyam.model.names import SAMPLES, STATUS_UNKNOWN
from wenyam.model.samples import Reading
from wenyam.settings.secrets import SecretReader
from wenyam.testing import recording
from wenyam.testing.cases import ADDRESS, COMMUNITY, playing
from wenyam.testing.recorded_agent import Answerer
from wenyam.testing.recording import Tree

DATA = recording.package_path("UPS").parent
RECORDINGS = sorted(str(path.relative_to(DATA)) for path in DATA.rglob("*.snmprec*"))
EVERY_RUN = ["UPS/eaton-93e-80.snmprec.bz2", "os/windows/XP.snmprec.bz2", "unclassified/01.snmprec.bz2"]
SYSTEM = "1.3.6.1.2.1.1."
BUDGET = 20.0
PATIENT = 120.0
"""What others are compared with must be whole on a busy machine too."""
DAMAGES = 4
"""Of each kind, in each recording."""

Values = dict[tuple[str, str], float]
"""Samples by name and labels."""


def lines_of(name: str) -> Iterator[str]:
    path = DATA / name
    with bz2.open(path, "rt", encoding="latin-1") if path.suffix == ".bz2" else path.open(encoding="latin-1") as lines:
        yield from lines


@dataclass
class Outcome:
    """What a reading of a tree gave."""

    reading: Reading | None
    error: CollectError | None
    known: DeviceState | None

    @property
    def facts(self) -> dict[str, str]:
        return dict(self.reading.facts) if self.reading else {}

    @property
    def values(self) -> Values:
        families = self.reading.families if self.reading else ()
        return {(sample.name, str(sample.labels)): sample.value for family in families for sample in family}


async def read(tree: Tree, budget: float = BUDGET) -> Outcome:
    """Learn and poll a played tree; any other error than CollectError, a value out of bounds and a long wait fail the test."""
    clock, memory = SystemClock(), dict[str, object]()
    links = Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
    outcome = Outcome(None, None, None)
    started = time.monotonic()
    with playing(Answerer(tree)) as player:
        collector = SnmpCollector(SnmpOptions(port=player.ports[0]))
        try:
            for _ in range(2):
                context = Context(clock, links, clock.monotonic() + budget, COMMUNITY, memory)
                outcome.reading = await collector.collect(Target("damaged", ADDRESS), context)
        except CollectError as error:
            outcome.error = error
        finally:
            await links.close()
    assert time.monotonic() - started < budget
    outcome.known = next((each for each in memory.values() if isinstance(each, DeviceState)), None)
    if outcome.reading is not None:
        assert_sane(outcome.reading)
    return outcome


def assert_sane(reading: Reading) -> None:
    for family in reading.families:
        definition = SAMPLES[family.name]
        assert len(family.labels) == len(family.values) == len(set(family.labels))
        assert all(definition.minimum is None or value >= definition.minimum for value in family.values)
        assert all(definition.maximum is None or value <= definition.maximum for value in family.values)


def asked(known: DeviceState) -> tuple[str, ...]:
    """Return the prefixes of everything the collector may ask this device."""
    tables = (oid for table in known.tables if table.name != "scalars" for oid in table.oids())
    telling = (oid for profile in shipped().profiles.values() if profile.match for oid in profile.match.answers)
    return (SYSTEM, *(f"{oid}." for oid in tables), *known.scalar_oids(), *telling)


@dataclass
class Device:
    """A recording without what nobody asks for, and what it gives whole."""

    text: str
    whole: Outcome

    def tree(self, folder: Path, text: str | None = None) -> Tree:
        path = folder / "damaged.snmprec"
        path.write_bytes((self.text if text is None else text).encode("latin-1"))
        return recording.load(path)


async def device(name: str, folder: Path) -> Device | None:
    """Read a recording whole; None when the collector refuses it, which the cases show."""
    telling = tuple(f"{oid}|" for profile in shipped().profiles.values() if profile.match for oid in profile.match.answers)
    path = folder / "system.snmprec"
    path.write_text("".join(line for line in lines_of(name) if line.startswith((SYSTEM, *telling))), encoding="latin-1")
    known = (await read(recording.load(path))).known
    if known is None:
        return None
    prefixes = asked(known)
    text = "".join(line for line in lines_of(name) if line.startswith(prefixes))
    made = Device(text, Outcome(None, None, None))
    made.whole = await read(made.tree(folder), PATIENT)
    return made


def computed(profile: str) -> set[str]:
    """Return the samples that may change when something beside them is missing: sums, second sources, alternatives."""
    sources: defaultdict[str, int] = defaultdict(int)
    free = set()
    for source in shipped().sources(profile):
        for entry, alternatives in entries(source):
            sources[entry.sample] += 1
            texts = f"{entry.value.text} {entry.where.text if entry.where else ''}"
            if entry.aggregate or alternatives or len(entry.value.names) != 1 or "first(" in texts:
                free.add(entry.sample)
    return free | {name for name, count in sources.items() if count > 1}


def entries(source: Profile) -> Iterator[tuple[SampleEntry, bool]]:
    """Yield each entry, and whether any name it uses has more than one place to come from."""
    for entry in source.samples:
        yield entry, any(len(source.scalars.get(name, ())) > 1 for name in entry.value.names)
    for table in source.tables.values():
        for entry in table.samples:
            yield entry, any(len(table.columns.get(name, ())) > 1 for name in entry.value.names)


def assert_nothing_invented(whole: Outcome, damaged: Outcome) -> None:
    """Each value was there before the damage, for this label or (a name being gone) for another."""
    before: defaultdict[str, set[float]] = defaultdict(set)
    for (name, _), value in whole.values.items():
        before[name].add(value)
    assert damaged.known is not None
    free = computed(damaged.known.name) | {"system_info", "system_uptime_seconds"}
    invented = {key: value for key, value in damaged.values.items() if key[0] not in free and value not in before[key[0]]}
    assert not invented
    assert {name for name, _ in damaged.values} <= set(before) | free


def tag(binding: bytes) -> int:
    """Return the type of a binding's value."""
    start, stop = codec.element(binding, 0, len(binding), codec.SEQUENCE)
    _, position = codec.element(binding, start, stop, codec.OBJECT_ID)
    return binding[position]


def told(outcome: Outcome) -> set[tuple[str, str, float]]:
    """Return the values that say something (the status `unknown` does not), without the index that tells equal names apart."""
    unknown = {(name, STATUS_UNKNOWN) for name, _ in outcome.values if name.endswith("_status")}
    return {
        (name, re.sub("#[0-9.]+", "", labels), value)
        for (name, labels), value in outcome.values.items()
        if (name, value) not in unknown
    }


def softened(outcome: Outcome) -> set[str]:
    """Return the samples for which the profile itself says what stands for a value that is not there."""
    if outcome.known is None:
        return set()
    found = (entry for source in shipped().sources(outcome.known.name) for entry, _ in entries(source))
    return {entry.sample for entry in found if "first(" in f"{entry.value.text} {entry.where.text if entry.where else ''}"}


NUMBERS = {codec.INTEGER, codec.COUNTER32, codec.GAUGE32, codec.TIME_TICKS, codec.COUNTER64}
OTHER_TYPES = ("null:", "text:", "text:no number", "object:1.3.6.1.4.1.99999.1", "address:192.0.2.1", "opaque:\x9fx\x04")


async def assert_cut_anywhere(whole: Device, folder: Path, chance: random.Random) -> None:
    for _ in range(DAMAGES):
        place = chance.randrange(len(whole.text))
        await read(whole.tree(folder, whole.text[:place]))  # the line that was cut may hold another value now
        lines = whole.text[: whole.text.rfind("\n", 0, place) + 1]
        damaged = await read(whole.tree(folder, lines))
        if damaged.known is not None and whole.whole.known is not None and damaged.known.name == whole.whole.known.name:
            assert_nothing_invented(whole.whole, damaged)


async def assert_without_rows(whole: Device, folder: Path, chance: random.Random) -> None:
    tree = whole.tree(folder)
    rows = sorted({oids.arcs(name)[-1] for name in tree.names[20:]})
    for row in chance.sample(rows, min(DAMAGES, len(rows))):
        gone = whole.tree(folder)
        for name in [name for name in gone.names[20:] if oids.arcs(name)[-1] == row and not is_system(name)]:
            gone.remove(name)
        assert_nothing_invented(whole.whole, await read(gone))


def is_system(name: bytes) -> bool:
    return oids.decode(name).startswith(SYSTEM)


async def assert_another_type_gives_no_more_than_its_absence(whole: Device, folder: Path, chance: random.Random) -> None:
    tree = whole.tree(folder)
    numbers = [
        name for name, binding in zip(tree.names, tree.bindings, strict=True) if tag(binding) in NUMBERS and not is_system(name)
    ]
    for name in chance.sample(numbers, min(DAMAGES, len(numbers))):
        without = whole.tree(folder)
        without.remove(name)
        expected = await read(without, PATIENT)
        for kind in chance.sample(OTHER_TYPES, 2):
            replaced = whole.tree(folder)
            replaced.put(*recording.replacement(f"{oids.decode(name)}={kind}"))
            found = await read(replaced)
            more = {each for each in told(found) - told(expected) if each[0] not in softened(found)}
            assert not more, f"{oids.decode(name)}={kind} gives {more}"


async def assert_survives(name: str, folder: Path) -> None:
    whole = await device(name, folder)
    if whole is None:
        return
    chance = random.Random(name)
    await assert_cut_anywhere(whole, folder, chance)
    await assert_without_rows(whole, folder, chance)
    await assert_another_type_gives_no_more_than_its_absence(whole, folder, chance)


async def test_a_hole_in_one_column_moves_no_value_to_another_row(tmp_path: Path) -> None:
    whole = await device("UPS/eastpower-istars-swv053.snmprec.bz2", tmp_path)
    assert whole is not None
    tree = whole.tree(tmp_path)
    tree.remove(oids.encode("1.3.6.1.2.1.33.1.4.4.1.2.2.0"))  # upsOutputVoltage of line 2 of 3
    damaged = await read(tree)
    loads = {key: value for key, value in whole.whole.values.items() if key[0] == "ups_output_load_ratio"}
    assert len(set(loads.values())) == 3
    assert loads.items() <= damaged.values.items()


@pytest.mark.parametrize("name", EVERY_RUN)
async def test_a_damaged_recording_neither_stops_nor_misleads_the_collector(name: str, tmp_path: Path) -> None:
    await assert_survives(name, tmp_path)


@pytest.mark.long
@pytest.mark.parametrize("name", RECORDINGS)
async def test_no_recording_of_the_package_does_when_it_is_damaged(name: str, tmp_path: Path) -> None:
    await assert_survives(name, tmp_path)
