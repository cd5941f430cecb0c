"""The exposition text: grouping, escaping, exact numbers, and series that vanish."""

import math
from collections.abc import Iterable

from hypothesis import given, settings
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families

from wenyam.exporter.blocks import SubjectBlocks, escaped, number_lines
from wenyam.exporter.exposition import HEADERS, Exposition
from wenyam.exporter.snapshot import Exposed
from wenyam.model.instants import Instant, after
from wenyam.model.names import SAMPLES
from wenyam.model.samples import Collection, Failure, FailureReason, Family, Labels, Reading, single
from wenyam.testing.clock import FakeClock

NOW = Instant(1_792_000_000_000)
CORE: Labels = (("site", "head-office"), ("device", "core-1"), ("kind", "switch"))
EDGE: Labels = (("site", "dr"), ("device", "edge-1"), ("kind", "switch"))
PORTS: tuple[Labels, ...] = (
    (("interface", "Gi1"), ("alias", "DR")),
    (("interface", "Gi2"), ("alias", "")),
)


def read(device: str, *families: Family, job: str = "snmp") -> Collection:
    return Collection(device, job, NOW, 0.2, Reading(families))


def failed(device: str, job: str = "snmp") -> Collection:
    return Collection(device, job, NOW, 5.0, failure=Failure(FailureReason.TIMEOUT, "No answer came in time"))


def core(*families: Family) -> Exposed:
    return Exposed("core-1", CORE, {"snmp": read("core-1", *families)})


def lines_of(exposed: Exposed) -> list[str]:
    return [line for block in SubjectBlocks(exposed.labels).write(exposed, NOW).values() for line in block.decode().splitlines()]


async def whole(exposition: Exposition, subjects: Iterable[Exposed]) -> str:
    return b"".join([piece async for piece in exposition.pieces(subjects)]).decode()


async def test_all_samples_of_a_name_stand_together_under_one_header() -> None:
    packets = "interface_receive_packets_total"
    subjects = [
        core(Family(packets, PORTS, (1.0, 2.0)), single("processes", 5)),
        Exposed("edge-1", EDGE, {"snmp": read("edge-1", Family(packets, PORTS, (3.0, 4.5)))}),
    ]
    text = await whole(Exposition(FakeClock()), subjects)
    assert text == (
        "# HELP wenyam_interface_receive_packets_total packets received\n"
        "# TYPE wenyam_interface_receive_packets_total counter\n"
        'wenyam_interface_receive_packets_total{site="head-office",device="core-1",kind="switch",interface="Gi1",alias="DR"} 1\n'
        'wenyam_interface_receive_packets_total{site="head-office",device="core-1",kind="switch",interface="Gi2",alias=""} 2\n'
        'wenyam_interface_receive_packets_total{site="dr",device="edge-1",kind="switch",interface="Gi1",alias="DR"} 3\n'
        'wenyam_interface_receive_packets_total{site="dr",device="edge-1",kind="switch",interface="Gi2",alias=""} 4.5\n'
        "# HELP wenyam_processes processes on the host\n"
        "# TYPE wenyam_processes gauge\n"
        'wenyam_processes{site="head-office",device="core-1",kind="switch"} 5\n'
    )


async def test_a_failed_poll_removes_its_series_and_keeps_what_the_engine_says() -> None:
    exposition = Exposition(FakeClock())
    up = single("up", 1.0)
    good = Exposed("core-1", CORE, {"snmp": read("core-1", single("processes", 5))}, (up,))
    assert "wenyam_processes{" in await whole(exposition, [good])
    bad = Exposed("core-1", CORE, {"snmp": failed("core-1")}, (up,))
    text = await whole(exposition, [bad])
    assert "wenyam_processes" not in text
    assert 'wenyam_up{site="head-office",device="core-1",kind="switch"} 1' in text


async def test_a_partial_reading_shows_what_came() -> None:
    reading = Reading((single("processes", 5),), (Failure(FailureReason.BUDGET, "cut short"),))
    exposed = Exposed("core-1", CORE, {"snmp": Collection("core-1", "snmp", NOW, 1.0, reading)})
    assert lines_of(exposed) == ['wenyam_processes{site="head-office",device="core-1",kind="switch"} 5']


async def test_a_collection_past_its_time_is_not_shown_again() -> None:
    clock = FakeClock(NOW)
    exposed = Exposed("core-1", CORE, {"snmp": read("core-1", single("processes", 5))}, expires={"snmp": after(NOW, 140.0)})
    exposition = Exposition(clock)
    await clock.advance(139.9)
    assert "wenyam_processes" in await whole(exposition, [exposed])
    await clock.advance(0.1)
    assert not await whole(exposition, [exposed])


async def test_the_series_of_a_removed_device_vanish_and_its_text_is_let_go() -> None:
    exposition = Exposition(FakeClock())
    edge = Exposed("edge-1", EDGE, families=(single("up", 1.0),))
    assert "edge-1" in await whole(exposition, [core(single("processes", 5)), edge])
    assert "edge-1" not in await whole(exposition, [core(single("processes", 5))])
    assert list(exposition._subjects) == ["core-1"]


def test_text_is_written_again_only_for_what_changed() -> None:
    blocks = SubjectBlocks(CORE)
    first = Family("interface_receive_packets_total", PORTS, (1.0, 2.0))
    state = single("up", 1.0)
    before = blocks.write(Exposed("core-1", CORE, {"snmp": read("core-1", first)}, (state,)), NOW)
    again = blocks.write(Exposed("core-1", CORE, {"snmp": read("core-1", first)}, (state,)), NOW)
    assert all(again[name] is before[name] for name in before)
    template = blocks._lines["interface_receive_packets_total"]._rests
    later = Family("interface_receive_packets_total", first.labels, (7.0, 8.0))
    changed = blocks.write(Exposed("core-1", CORE, {"snmp": read("core-1", later)}, (state,)), NOW)
    assert changed["interface_receive_packets_total"].endswith(b" 8\n")
    assert changed["up"] is before["up"]
    assert blocks._lines["interface_receive_packets_total"]._rests is template


def test_new_rows_and_new_device_labels_are_written_afresh() -> None:
    blocks = SubjectBlocks(CORE)
    blocks.write(core(Family("fan_status", ((("component", "1"),),), (1.0,))), NOW)
    swapped = blocks.write(core(Family("fan_status", ((("component", "2"),),), (1.0,))), NOW)
    assert b'component="2"' in swapped["fan_status"]
    moved = Exposed("core-1", EDGE, {"snmp": read("core-1", Family("fan_status", ((("component", "2"),),), (1.0,)))})
    assert b'site="dr"' in blocks.write(moved, NOW)["fan_status"]


def test_two_readings_of_one_series_give_one_line_the_first_jobs() -> None:
    cpu = (("cpu", "all"),)
    exposed = Exposed(
        "core-1",
        CORE,
        {
            "ssh": read("core-1", Family("cpu_utilization_ratio", (cpu, (("cpu", "0"),)), (0.9, 0.8)), job="ssh"),
            "snmp": read("core-1", Family("cpu_utilization_ratio", (cpu,), (0.5,))),
        },
    )
    assert lines_of(exposed) == [
        'wenyam_cpu_utilization_ratio{site="head-office",device="core-1",kind="switch",cpu="all"} 0.5',
        'wenyam_cpu_utilization_ratio{site="head-office",device="core-1",kind="switch",cpu="0"} 0.8',
    ]


def test_two_rows_of_the_same_name_give_one_line() -> None:
    row: Labels = (("component", "fan"),)
    assert lines_of(core(Family("fan_status", (row, row), (1.0, 3.0)))) == [
        'wenyam_fan_status{site="head-office",device="core-1",kind="switch",component="fan"} 1'
    ]


def test_a_name_or_a_label_that_the_register_does_not_know_is_left_out() -> None:
    unknown = single("rate(interface_receive_bytes_total)", 1.0)
    stray = single("processes", 1.0, (("shadow", "x"),))
    assert lines_of(core(unknown, stray)) == []


def test_what_is_no_number_is_left_out() -> None:
    rows: tuple[Labels, ...] = tuple((("component", str(number)),) for number in range(5))
    family = Family("fan_status", rows, (math.nan, math.inf, -math.inf, 1.0, True))
    assert [line.rsplit("component=", 1)[1] for line in lines_of(core(family))] == ['"3"} 1', '"4"} 1']
    assert lines_of(core(single("processes", math.nan))) == []


def test_a_service_carries_its_own_label() -> None:
    exposed = Exposed("service:erp", (("service", "erp"),), families=(single("service_state", 1.0, (("state", "up"),)),))
    assert lines_of(exposed) == ['wenyam_service_state{service="erp",state="up"} 1']


def test_without_any_label_there_are_no_braces() -> None:
    assert lines_of(Exposed("all", (), families=(single("processes", 3),))) == ["wenyam_processes 3"]


@settings(deadline=None)
@given(st.lists(st.one_of(st.floats(allow_nan=False, allow_infinity=False), st.integers(-(2**63), 2**64)), min_size=1))
def test_numbers_read_back_exactly_and_whole_ones_have_no_point(values: list[float]) -> None:
    lines = number_lines(b"".join(b"s%d %%d\n" % place for place in range(len(values))), values).decode().splitlines()
    texts = [line.split(" ")[1] for line in lines]
    assert [
        type(value)(text) if isinstance(value, int) else float(text) for value, text in zip(values, texts, strict=True)
    ] == values
    assert not [text for text in texts if text.endswith(".0")]


@settings(deadline=None)
@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_any_label_value_reads_back(value: str) -> None:
    exposed = core(Family("filesystem_size_bytes", ((("mount", value),),), (1.0,)))
    (line,) = SubjectBlocks(CORE).write(exposed, NOW).values()
    (family,) = text_string_to_metric_families("# TYPE wenyam_filesystem_size_bytes gauge\n" + line.decode())
    assert family.samples[0].labels["mount"] == value


def test_a_label_that_ends_like_a_number_is_left_alone() -> None:
    assert lines_of(core(Family("fan_status", ((("component", "1.0\n2.0"),),), (1.0,)))) == [
        'wenyam_fan_status{site="head-office",device="core-1",kind="switch",component="1.0\\n2.0"} 1'
    ]


def test_what_utf8_cannot_carry_does_not_break_a_scrape() -> None:
    assert escaped("แกน\udcff\\") == "แกน?\\\\"


def test_every_name_of_the_register_has_a_header() -> None:
    assert list(HEADERS) == list(SAMPLES)
    assert HEADERS["up"].startswith(b"# HELP wenyam_up ")


async def test_one_device_alone_has_the_same_lines_as_in_the_whole() -> None:
    exposition = Exposition(FakeClock())
    exposed = core(Family("fan_status", ((("component", "1"),),), (1.0,)), single("processes", 5))
    assert exposition.of_one(exposed).decode() == await whole(exposition, [exposed])


NAMES = ("interface_receive_bytes_total", "interface_transmit_bytes_total", "processes")
LABEL_VALUES = st.text(st.sampled_from('a%d,"\\\n{}=ก\ud800 '), max_size=4)
NUMBERS = st.one_of(st.floats(), st.integers(-(10**20), 10**20).map(float))


@st.composite
def drawn_families(draw: st.DrawFn) -> list[Family]:
    """Draw families of a table, with rows that come twice and with labels that no definition knows."""
    names = draw(st.lists(st.sampled_from(("interface", "alias", "colour")), max_size=2, unique=True))
    labels: tuple[Labels, ...] = tuple(
        tuple((name, draw(LABEL_VALUES)) for name in names) for _ in range(draw(st.integers(0, 4)))
    )
    return [
        Family(name, labels, tuple(draw(NUMBERS) for _ in labels)) for name in draw(st.lists(st.sampled_from(NAMES), max_size=4))
    ]


def plainly(opening: Labels, families: Iterable[Family]) -> dict[str, list[str]]:
    """Write each line by itself, as the format says."""
    found: dict[str, dict[str, float]] = {}
    for family in families:
        for sample in family:
            if {label for label, _ in sample.labels} <= set(SAMPLES[family.name].labels):
                inside = ",".join(f'{label}="{escaped(value)}"' for label, value in (*opening, *sample.labels))
                line = f"wenyam_{family.name}{{{inside}}}" if inside else f"wenyam_{family.name}"
                found.setdefault(family.name, {}).setdefault(line, sample.value)
    return {
        name: [f"{line} {value!r}".removesuffix(".0") for line, value in rows.items() if math.isfinite(value)]
        for name, rows in found.items()
    }


@given(st.sampled_from((CORE, (), (("site", "50%"),))), st.lists(drawn_families(), max_size=3))
def test_lines_kept_in_parts_are_those_written_one_by_one(opening: Labels, looks: list[list[Family]]) -> None:
    blocks = SubjectBlocks(opening)
    for families in looks:
        written = blocks.write(Exposed("core-1", opening, families=tuple(families)), NOW)
        shown = {name: block.decode().split("\n")[:-1] for name, block in written.items() if block}
        assert shown == {name: lines for name, lines in plainly(opening, families).items() if lines}
