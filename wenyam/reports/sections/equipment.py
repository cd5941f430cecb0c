"""Equipment: what is older than five and seven years, and which versions of operating systems there are."""

from wenyam.i18n.translate import mark
from wenyam.operations.equipment import Aged, Version, aged, facts_now, undated, versions
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 49
_NONE = mark("Nothing with a known first day is older than five years.")


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter; ages at the end of the period, versions as the watcher knows them now."""
    say, devices, at = words.say, inquiry.inventory.devices.values(), inquiry.past.end
    without = undated(devices, at)
    facts = facts_now(inquiry.configuration)
    notes = [f"{say('Without a first day of service (in_service)')}: {len(without)}"] if without else []
    if facts is None:
        notes.append(say("The watcher does not answer: versions are not known."))
    tables = [_ages(aged(devices, at, words.time_zone), words), _versions(versions(facts or {}), words)]
    return Section("equipment", say("Equipment"), tables, notes)


def _ages(found: list[Aged], words: Words) -> Table:
    say = words.say
    columns = [
        Column("device", say("Device")),
        Column("kind", say("Kind")),
        Column("site", say("Site")),
        Column("since", say("In service since"), Shape.INSTANT),
        Column("years", say("Years"), Shape.COUNT),
        Column("rule", say("Age rule"), Shape.WORD),
    ]
    rows: list[list[Cell]] = [
        [each.device.name, each.device.kind, each.device.site, each.since, each.years, each.rule] for each in found
    ]
    return Table("ages", say("Older than five years"), columns, rows, empty=say(_NONE))


def _versions(spread: list[Version], words: Words) -> Table:
    say = words.say
    columns = [
        Column("vendor", say("Maker")),
        Column("version", say("Version")),
        Column("devices", say("Devices"), Shape.COUNT),
        Column("names", say("Which")),
    ]
    rows: list[list[Cell]] = [[each.vendor or None, each.version, len(each.devices), ", ".join(each.devices)] for each in spread]
    return Table("versions", say("Versions of operating systems") if rows else "", columns, rows)
