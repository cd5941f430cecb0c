"""Availability with the settings it was counted by: the whole, sites, kinds, groups, services, links, devices."""

from collections.abc import Sequence

from wenyam.availability.figures import Figures
from wenyam.i18n.percent import percent
from wenyam.model.instance import AvailabilityRules
from wenyam.operations.availability import Entry, entries, everything
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 10


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over everything that lived in the period."""
    account, inventory = inquiry.account, inquiry.inventory
    return figures_section(entries(account, inventory, everything(inventory, account.counts)), inquiry, words)


def figures_section(found: Sequence[Entry], inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter over chosen lines; those that pool several things stand in a table of their own."""
    say = words.say
    alone = [entry for entry in found if entry.kind in ("device", "link", "service")]
    pooled = [entry for entry in found if entry not in alone]
    tables = []
    if pooled:
        columns = [*_columns(words), *_pool_columns(words)]
        rows = [[*_cells(entry, words), *_pool_cells(entry)] for entry in pooled]
        tables.append(Table("pooled", say("Pooled"), columns, rows))
    if alone or not pooled:
        rows = [_cells(entry, words) for entry in alone]
        tables.append(Table("subjects", say("One by one"), _columns(words), rows, empty=say("Nothing lived in this period.")))
    return Section("availability", say("Availability"), tables, [*settings_lines(inquiry, words), *inquiry.account.problems])


def settings_lines(inquiry: Inquiry, words: Words) -> list[str]:
    """Return the sentences that must stand beside every figure: how it was counted, until when, whether it is final."""
    say, account = words.say, inquiry.account
    final = say("The figures are final.") if account.final else say("The figures are not final: they may still change.")
    lines = [*_rules_lines(account.rules, words), final]
    if account.known_until < inquiry.past.end:
        seen = words.instant(account.known_until) if account.known_until else say("never")
        lines.append(f"{say('The watcher was last seen')}: {seen}; {say('after that everything is unknown.')}")
    if account.corrections:
        lines.append(f"{say('Corrections recorded')}: {len(account.corrections)}; {say('both figures are shown.')}")
    return lines


def _rules_lines(rules: AvailabilityRules, words: Words) -> list[str]:
    say = words.say
    formula = "up / (up + down{}{})".format(
        " + unreachable" if rules.count_unreachable else "", "" if rules.exclude_planned else " + planned"
    )
    counted = say("unreachable counts against it") if rules.count_unreachable else say("unreachable is left out")
    planned = say("planned work is left out") if rules.exclude_planned else say("planned work counts as down")
    return [
        f"{say('Availability')} = {formula}; {counted}; {planned}; {say('around the clock')}; {rules.time_zone}",
        say("Worst counts unknown time as down, best counts it as up."),
        f"{say('Coverage under this share is insufficient data')}: {percent(rules.minimum_coverage)} %",
    ]


def _columns(words: Words) -> list[Column]:
    say = words.say
    return [
        Column("kind", say("What"), Shape.WORD),
        Column("name", say("Name")),
        Column("label", say("Label")),
        Column("availability", say("Availability %"), Shape.PERCENT),
        Column("worst", say("Worst %"), Shape.PERCENT),
        Column("best", say("Best %"), Shape.PERCENT),
        Column("coverage", say("Coverage %"), Shape.PERCENT),
        Column("objective", say("Objective %"), Shape.PERCENT),
        Column("result", say("Result"), Shape.WORD),
        Column("corrected", say("Corrected %"), Shape.PERCENT),
        Column("down", say("Down"), Shape.DURATION),
        Column("planned", say("Planned"), Shape.DURATION),
        Column("unknown", say("Unknown"), Shape.DURATION),
    ]


def _pool_columns(words: Words) -> list[Column]:
    say = words.say
    return [
        Column("members", say("Members"), Shape.COUNT),
        Column("below", say("Below objective"), Shape.COUNT),
        Column("insufficient", say("Insufficient"), Shape.COUNT),
        Column("worst_member", say("Worst member")),
        Column("worst_availability", say("Its %"), Shape.PERCENT),
    ]


def _cells(entry: Entry, words: Words) -> list[Cell]:
    found, buckets = entry.figures, entry.buckets
    return [
        entry.kind,
        entry.name,
        words.label(entry.label),
        found.availability,
        found.worst,
        found.best,
        found.coverage,
        entry.objective,
        result(found, entry.objective),
        None if entry.corrected is None else entry.corrected.availability,
        buckets.down + buckets.unreachable,
        buckets.planned,
        buckets.unknown,
    ]


def _pool_cells(entry: Entry) -> list[Cell]:
    return [entry.members, entry.below, entry.insufficient, entry.worst_member or None, entry.worst_availability]


def result(found: Figures, objective: float) -> str:
    """Return the token of whether the objective was met; without enough data nothing is said to be met."""
    meets = found.meets(objective)
    if meets is None:
        return "no_data"
    if not found.sufficient:
        return "insufficient"
    return "met" if meets else "below"
