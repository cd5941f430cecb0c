"""Incidents of the period: how many, how fast, why and where, what was too late, who got them, breaches of personal data."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from wenyam.incidents import breach, facts
from wenyam.incidents.book import Book
from wenyam.incidents.incident import Category, Incident
from wenyam.incidents.limits import due
from wenyam.incidents.pace import Walked, walked
from wenyam.model.alerting import Severity
from wenyam.model.causes import CauseCode
from wenyam.model.facts import Fact
from wenyam.operations.incidents import incident_facts
from wenyam.operations.reports import Inquiry
from wenyam.reports.tables import Cell, Column, Section, Shape, Table
from wenyam.reports.words import Words

ORDER = 35


@dataclass(frozen=True, slots=True)
class _Story:
    """What the facts up to the end of the period tell."""

    inquiry: Inquiry
    known: Sequence[Fact]
    book: Book
    words: Words

    @property
    def opened(self) -> list[Incident]:
        """Incidents opened in the period."""
        return [each for each in self.book.incidents.values() if self.inquiry.past.contains(each.opened)]


def build(inquiry: Inquiry, words: Words) -> Section:
    """Return the chapter; it is told as things stood at the end of the period."""
    known = [fact for fact in incident_facts(inquiry.reader) if fact.at < inquiry.past.end]
    story = _Story(inquiry, known, Book(known), words)
    tables = [_speed(story), *_counts(story), _each(story), _late(story), _hand_offs(story), _breaches(story)]
    notes = [f"{words.say('Open at the end')}: {len(story.book.open())}"]
    return Section("incidents", words.say("Incidents"), tables, notes)


def _speed(story: _Story) -> Table:
    say = story.words.say
    columns = [
        Column("what", say("What"), Shape.WORD),
        Column("incidents", say("Incidents"), Shape.COUNT),
        Column("open", say("Open"), Shape.COUNT),
        Column("to_acknowledge", say("Mean time to acknowledge"), Shape.DURATION),
        Column("to_recover", say("Mean time to recover"), Shape.DURATION),
    ]
    requests = [each for each in story.opened if each.category is Category.REQUEST]
    faults = [each for each in story.opened if each.category is not Category.REQUEST]
    groups = {severity.value: [each for each in faults if each.severity is severity] for severity in Severity}
    groups[Category.REQUEST.value] = requests
    rows: list[list[Cell]] = [
        [name, len(held), sum(each.is_open for each in held), _mean(map(_to_acknowledge, held)), _mean(map(_to_recover, held))]
        for name, held in groups.items()
        if held
    ]
    return Table("speed", "", columns, rows, empty=say("No incident."))


def _to_acknowledge(incident: Incident) -> int | None:
    return None if incident.acknowledged is None else incident.acknowledged.at - incident.opened


def _to_recover(incident: Incident) -> int | None:
    return None if incident.recovered is None else incident.recovered - incident.began


def _mean(times: Iterable[int | None]) -> int | None:
    known = [each for each in times if each is not None]
    return round(sum(known) / len(known)) if known else None


def _counts(story: _Story) -> list[Table]:
    say = story.words.say
    causes = [_cause(each) for each in story.opened if each.category is not Category.REQUEST]
    sites = [each.site for each in story.opened]
    return [
        _counted("by_cause", say("By cause"), Column("cause", say("Cause"), Shape.WORD), causes, story.words),
        _counted("by_site", say("By site"), Column("site", say("Site")), sites, story.words),
    ]


def _counted(key: str, title: str, column: Column, names: list[str], words: Words) -> Table:
    ordered = sorted({name: names.count(name) for name in names}.items(), key=lambda each: (-each[1], each[0]))
    columns = [column, Column("incidents", words.say("Incidents"), Shape.COUNT)]
    return Table(key, title if ordered else "", columns, [[name, count] for name, count in ordered])


def _cause(incident: Incident) -> str:
    return incident.cause_code or CauseCode.UNKNOWN.value


def _each(story: _Story) -> Table:
    say = story.words.say
    columns = [
        Column("code", say("Code")),
        Column("what", say("What")),
        Column("site", say("Site")),
        Column("severity", say("Severity"), Shape.WORD),
        Column("began", say("Began"), Shape.INSTANT),
        Column("to_acknowledge", say("Acknowledged after"), Shape.DURATION),
        Column("to_recover", say("Recovered after"), Shape.DURATION),
        Column("cause", say("Cause"), Shape.WORD),
        Column("state", say("State"), Shape.WORD),
    ]
    rows: list[list[Cell]] = [
        [
            each.code, each.title, each.site, each.severity.value, each.began, _to_acknowledge(each), _to_recover(each),
            _cause(each) if each.category is not Category.REQUEST else None, "open" if each.is_open else "closed",
        ]
        for each in story.opened
    ]  # fmt: skip
    return Table("incidents", say("Incidents of the period") if rows else "", columns, rows)


def _late(story: _Story) -> Table:
    say, past = story.words.say, story.inquiry.past
    columns = [
        Column("code", say("Code")),
        Column("step", say("Step"), Shape.WORD),
        Column("due", say("Due"), Shape.INSTANT),
        Column("ended", say("Ended"), Shape.INSTANT),
        Column("late", say("Late by"), Shape.DURATION),
    ]
    found = [each for each in walked(story.known, story.inquiry.configuration.incidents) if _was_late(each, story)]
    rows: list[list[Cell]] = [[each.code, each.step.name, each.step.due, each.ended, each.late(past.end)] for each in found]
    return Table("overdue", say("Steps that took too long"), columns, rows, empty=say("Every step was in time."))


def _was_late(each: Walked, story: _Story) -> bool:
    """Tell whether a step was late within the period."""
    past = story.inquiry.past
    return each.late(past.end) > 0 and (each.ended is None or each.ended >= past.start)


def _hand_offs(story: _Story) -> Table:
    say = story.words.say
    columns = [
        Column("at", say("Recorded"), Shape.INSTANT),
        Column("code", say("Code")),
        Column("party", say("Handed to"), Shape.WORD),
        Column("name", say("Name")),
        Column("reference", say("Their reference")),
        Column("by", say("By")),
    ]
    rows: list[list[Cell]] = [
        [fact.at, *(_cell(fact, name) for name in ("code", "party", "what", "reference")), fact.actor]
        for fact in story.known
        if fact.kind == facts.HANDED_OFF and story.inquiry.past.contains(fact.at)
    ]
    return Table("hand_offs", say("Handed off") if rows else "", columns, rows)


def _cell(fact: Fact, name: str) -> Cell:
    return fact.body.get(name) or None


def _breaches(story: _Story) -> Table:
    say, rules = story.words.say, story.inquiry.configuration.incidents
    columns = [
        Column("code", say("Code")),
        Column("aware", say("Aware since"), Shape.INSTANT),
        Column("due", say("Due"), Shape.INSTANT),
        Column("result", say("Result"), Shape.WORD),
        Column("settled", say("Settled"), Shape.INSTANT),
    ]
    rows: list[list[Cell]] = []
    for each in story.book.incidents.values():
        flagged = each.personal_data
        if flagged is not None and (each.is_open or flagged.at >= story.inquiry.past.start):
            settled = each.details.get(breach.SETTLED_AT)
            when = None if settled is None else int(settled)
            rows.append([each.code, flagged.at, due(flagged.at, rules.personal_data, rules), _standing(each), when])
    return Table("breaches", say("Breaches of personal data") if rows else "", columns, rows)


def _standing(incident: Incident) -> str:
    if incident.details.get(breach.REPORTED):
        return "reported"
    return "dismissed" if incident.details.get(breach.DISMISSED) else "open"
