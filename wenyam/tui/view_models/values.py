"""The latest values of one device in sections people look for: interfaces with their rates, sensors, disks, the rest."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import Any

from wenyam.alerts.summaries import told_meaning, told_thing
from wenyam.checks.parameters import rate_of
from wenyam.checks.wording import meaning_of, row_name, unit_of
from wenyam.checks.wording import write as write_value
from wenyam.i18n.lengths import short_time
from wenyam.i18n.translate import mark
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.names import SAMPLES
from wenyam.operations.dashboard import series_name
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.drawing import sparkline
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.sections import Entry, Section

Values = dict[str, float]

_SENSORS = ("temperature_", "humidity_", "fan_", "power_", "component_", "voltage_", "current_", "ups_")
_DISKS = ("filesystem_", "volume_", "disk_", "raid_")
_LEFT_OUT = ("collect_", "last_success", "values_refused", "device_state", "check_state", "system_info", "up", "interface_")
_UP = 1
_SPARK = 20
_LOSSES = {"errors": mark("errors"), "discards": mark("discards")}
_STATUS_TONES = {1: Tone.GOOD, 2: Tone.WARN, 3: Tone.BAD, 4: Tone.FAINT}


def interfaces(look: Look, data: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield one row for each interface: up or not, how fast, what goes in and out."""
    found: dict[tuple[str, str], Values] = defaultdict(dict)
    for sample in _samples(data):
        if "interface" in sample["labels"]:
            found[sample["labels"]["interface"], sample["labels"].get("alias", "")][sample["name"]] = sample["value"]
    for (name, alias), values in sorted(found.items(), key=lambda item: _natural(item[0][0])):
        title = f"  {name}" + (f" ({alias})" if alias and alias != name else "")
        yield Entry(name, (Cell(title), _carrier(look, values), Cell(""), Cell(_traffic(look, values))))


def _carrier(look: Look, values: Values) -> Cell:
    speed = values.get("interface_speed_bytes_per_second")
    fast = f" {_bits(speed)}" if speed else ""
    if values.get("interface_admin_status") not in (None, _UP):
        return Cell("○ " + look.say("switched off"), Tone.FAINT)
    if values.get("interface_oper_status") == _UP:
        return Cell("● " + look.say("up") + fast, Tone.GOOD)
    return Cell("✖ " + look.say("no carrier"), Tone.CUT_OFF)


def _traffic(look: Look, values: Values) -> str:
    """Write what goes in and out, and what is lost, as far as two readings tell."""
    said = []
    speed = values.get("interface_speed_bytes_per_second") or 0
    for sign, way in (("↓", "receive"), ("↑", "transmit")):
        rate = values.get(rate_of(f"interface_{way}_bytes_total"))
        if rate is not None:
            share = f" ({rate / speed:.0%})" if speed else ""
            said.append(f"{sign} {_bits(rate)}{share}")
    for word, called in _LOSSES.items():
        lost = sum(values.get(rate_of(f"interface_{way}_{word}_total"), 0) for way in ("receive", "transmit"))
        if lost:
            said.append(f"{look.say(called)} {lost:.3g}/s")
    return "  ".join(said)


def _bits(bytes_per_second: float) -> str:
    """Write a speed as networks do: in bits."""
    bits, units = bytes_per_second * 8, ("b/s", "kb/s", "Mb/s", "Gb/s", "Tb/s")
    power = 0
    while bits >= 1000 and power < len(units) - 1:  # noqa: PLR2004  # network units are powers of 1000
        bits /= 1000
        power += 1
    return f"{bits:.3g} {units[power]}"


def values(look: Look, data: Mapping[str, Any]) -> list[Section]:
    """Return the sections of every other value."""
    sections: dict[str, list[Entry]] = {"sensors": [], "disks": [], "others": []}
    courses = look.picture.past.courses if look.picture.past is not None else {}
    for sample in _samples(data):
        if sample["name"].startswith(_LEFT_OUT) or sample["name"].endswith("_total") or "interface" in sample["labels"]:
            continue
        name = "sensors" if sample["name"].startswith(_SENSORS) else "disks" if sample["name"].startswith(_DISKS) else "others"
        sections[name].append(_value(look, sample, courses))
    say = look.say
    titles = {"sensors": say("Sensors and power"), "disks": say("Disks"), "others": say("Other values")}
    return [Section(name, titles[name], entries) for name, entries in sections.items()]


def _value(look: Look, sample: Mapping[str, Any], courses: Mapping[str, tuple[float, ...]]) -> Entry:
    name, labels, value = sample["name"], tuple(sample["labels"].items()), sample["value"]
    status = name.endswith("_status")
    known = SAMPLES.get(name)
    tone = _STATUS_TONES.get(int(value), Tone.UNKNOWN) if status else Tone.PLAIN
    drawn = sparkline(courses.get(series_name(name, labels), ()), _SPARK)
    title = told_thing(row_name(name, labels), look.say) if known else " ".join([name, *(text for _, text in labels)])
    return Entry(
        series_name(name, labels), (Cell("  " + title), Cell(_said(look, name, value), tone), Cell(""), Cell(drawn, Tone.GOOD))
    )


def _said(look: Look, name: str, value: float) -> str:
    """Write a value with its unit, or its word on a scale, in the reader's language."""
    if name.endswith("_status"):
        return told_meaning(meaning_of(name, value), look.say)
    if name.endswith("_timestamp_seconds") and isfinite(value):
        return look.moment(Instant(round(value * MILLISECONDS)))
    if name not in SAMPLES:
        return f"{value:.4g}"
    written = write_value(value, unit_of(name))
    return short_time(written, look.say) if unit_of(name) == "seconds" else written


def _samples(data: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for job in data.get("jobs", {}).values():
        yield from job["samples"]
        yield from job.get("rates", ())


def _natural(name: str) -> list[tuple[bool, int, str]]:
    """Return a key that sorts `eth2` before `eth10`."""
    parts: list[str] = []
    for character in name:
        if parts and parts[-1][-1:].isdecimal() == character.isdecimal():
            parts[-1] += character
        else:
            parts.append(character)
    return [(part.isdecimal(), int(part) if part.isdecimal() and part.isascii() else 0, part) for part in parts]
