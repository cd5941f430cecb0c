"""Who is on duty, out of what was written."""

from collections.abc import Sequence
from typing import Any

from wenyam.model.instants import to_iso
from wenyam.model.inventory import Text
from wenyam.model.oncall import HolidayRules, Hours, Layer, OnCallPlan, OwnHoliday, Rota, StandIn
from wenyam.settings.blocks_oncall import HolidaysBlock, LayerBlock, OnCallBlock, RotaBlock, StandInBlock
from wenyam.settings.known import Known
from wenyam.settings.schedule_days import WEEKDAYS
from wenyam.settings.tree import Block, Rows
from wenyam.settings.values import both

_ROTAS = "rotas"
_WEEK = 7


def build_oncall(known: Known) -> OnCallPlan:
    """Return every rota that is good, and the office's own holidays; problems of the rest are noted."""
    section = known.section("oncall")
    written = known.valid(OnCallBlock, section.without({_ROTAS}), section.place, "oncall") or OnCallBlock()
    rotas = section.get(_ROTAS)
    if rotas is not None and not isinstance(rotas, Block):
        known.valid(OnCallBlock, section, section.place, "oncall")
        rotas = None
    found = {name: _rota(known, name, block, rotas) for name, block in rotas.items()} if rotas else {}
    good = {name: rota for name, rota in found.items() if rota is not None}
    return OnCallPlan(good, _holidays(known, written.holidays, section), known.context["time_zone"])


def _holidays(known: Known, written: HolidaysBlock, section: Block) -> HolidayRules:
    added = [each.date for each in written.add]
    for day in sorted({day for day in added if added.count(day) > 1 or day in written.remove}):
        place = section.at("holidays")
        known.findings.problem(place, f"oncall.holidays: {day.isoformat()} is named twice under 'add' and 'remove'")
    own = tuple(OwnHoliday(each.date, both(each.name) or Text("", "")) for each in written.add)
    return HolidayRules(own, tuple(written.remove))


def _rota(known: Known, name: str, block: Any, rotas: Block) -> Rota | None:
    path = f"oncall.{_ROTAS}.{name}"
    known.require_name(name, rotas.at(name), f"oncall.{_ROTAS}")
    content = Block(rotas.at(name)) if block is None else block
    written = known.valid(RotaBlock, content, rotas.at(name), path)
    if written is None or not isinstance(content, Block):
        return None
    layers = _layers(known, written, content, path)
    overrides = _overrides(known, written.overrides, content, path, len(layers))
    if not layers:
        return None
    label = both(written.label) or Text(name, name)
    return Rota(name, label, layers, Hours(written.hours), written.office_hours, overrides)


def _layers(known: Known, written: RotaBlock, block: Block, path: str) -> tuple[Layer, ...]:
    if (written.people is None) == (written.layers is None):
        if not block.dropped & {"people", "layers"}:
            known.findings.problem(block.place, f"{path}: either 'people' or 'layers', with somebody in it")
        return ()
    if written.layers is None:
        alone = LayerBlock(people=written.people or [])
        return (_layer(known, alone, written, block, path),)
    rows = block["layers"]
    return tuple(
        _layer(known, layer, written, row, f"{path}.layers.{number}")
        for number, (layer, row) in enumerate(zip(written.layers, rows, strict=True), 1)
    )


def _layer(known: Known, layer: LayerBlock, rota: RotaBlock, block: Block, path: str) -> Layer:
    _judge_people(known, layer.people, block["people"], f"{path}.people")
    days, weekday = layer.rotation or rota.rotation, layer.weekday or rota.weekday
    if weekday is not None and days % _WEEK:
        sentence = f"{path}.weekday: turns of {days} day{'s' if days > 1 else ''} are handed over on every day of the week"
        known.findings.problem(block.at("weekday"), sentence)
    return Layer(
        people=tuple(layer.people),
        first_day=layer.starts or rota.starts,
        days=days,
        hand_over=layer.hand_over or rota.hand_over,
        weekday=None if weekday is None else WEEKDAYS.index(weekday),
    )


def _judge_people(known: Known, people: Sequence[str], rows: Rows, path: str) -> None:
    for name, place in zip(people, rows.places, strict=True):
        known.findings.refers(place, path, "person", name, known.section("people"))


def _overrides(known: Known, written: Sequence[StandInBlock], block: Block, path: str, layers: int) -> tuple[StandIn, ...]:
    found: list[StandIn] = []
    for number, each in enumerate(written, 1):
        row, where = block["overrides"][number - 1], f"{path}.overrides.{number}"
        known.refers(row, "person", where, "people", each.person)
        if each.ends <= each.starts:
            known.findings.problem(row.at("until"), f"{where}.until: it ends before it begins")
        if layers and each.layer > layers:
            known.findings.problem(row.at("layer"), f"{where}.layer: there is no layer {each.layer}; this rota has {layers}")
        for other, before in enumerate(found, 1):
            if each.layer == before.layer and each.starts < before.ends and before.starts < each.ends:
                until = to_iso(min(each.ends, before.ends))
                known.findings.problem(row.place, f"{where}: overlaps with overrides.{other} until {until}; say who it is")
        found.append(StandIn(each.person, each.starts, each.ends, each.reason, each.layer))
    return tuple(found)
