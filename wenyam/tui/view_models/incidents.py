"""Open incidents as a table, and one of them with its members, people, steps and timeline."""

from collections.abc import Iterator, Mapping
from typing import Any

from wenyam.i18n.translate import mark
from wenyam.incidents.facts import CAUSE, MEMBERS, OPENED
from wenyam.model.durations import parse
from wenyam.model.states import State, SubjectKind
from wenyam.operations.incident_words import CAUSES, DEEDS, TOKENS
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, state_cell
from wenyam.tui.view_models.look import Look, reason
from wenyam.tui.view_models.sections import Entry, Section, table
from wenyam.tui.wrapping import wrapped

_WRAP = 110
_KINDS = frozenset(kind.value for kind in SubjectKind)
_STATES = frozenset(state.value for state in State)
_DAYS = {each: each for each in (mark("working days"), mark("working day"), mark("calendar days"), mark("calendar day"))}
"""What limits that are no time on the clock are counted in."""


def incidents(look: Look) -> Rows:
    """Return the table, the worst and oldest first."""
    say = look.say
    columns = [
        Column(say("Code"), 6),
        Column(say("Severity"), 12),
        Column(say("Since"), look.time_width, right=True),
        Column(say("What"), 20, grow=4),
        Column(say("Who has it"), 16, grow=1),
        Column(say("Step"), 18, grow=1, from_width=100),
        Column(say("Left"), max(11, look.time_width), right=True, from_width=90),
        Column(say("Failing"), 8, right=True, from_width=120),
    ]
    lines = {str(each["code"]): _line(look, each) for each in look.picture.incidents or () if _matches(look, each)}
    empty = say("Looking …") if look.picture.incidents is None else say("No open incidents.")
    return Rows(columns, list(lines), lines.__getitem__, reason(look, empty, ("incidents",)))


def _matches(look: Look, each: Mapping[str, Any]) -> bool:
    return look.matches(each["code"], each["title"], incident_title(look, each["title"]), each["site"], look.person(each["who"]))


def _line(look: Look, each: Mapping[str, Any]) -> Line:
    say, step = look.say, each["step"]
    who = look.person(each["who"]) if each["who"] else say("nobody has it")
    return (
        Cell(each["code"], Tone.STRONG),
        severity_cell(look, each),
        Cell(look.ago(each["began"]), Tone.FAINT),
        Cell(_what(look, each)),
        Cell(who, Tone.PLAIN if each["who"] else Tone.WARN),
        Cell("" if step is None else _token(look, step["name"])),
        _left(look, each),
        Cell(str(each["failing"] or "")),
    )


def _what(look: Look, each: Mapping[str, Any]) -> str:
    """Return the title, and what is wrong where something still is."""
    said = look.told(each["subject"], each["said"]) if each["failing"] and each["subject"] else ""
    return " · ".join(filter(None, (incident_title(look, each["title"]), said)))


def incident_title(look: Look, written: str) -> str:
    """Return a title: what a person wrote as it is, the subject that Wenyam opened it for as tables call it."""
    kind, colon, _ = written.partition(":")
    return look.called(written) if colon and kind in _KINDS else written


def severity_cell(look: Look, each: Mapping[str, Any]) -> Cell:
    """Return how bad it is; how bad it was is no alarm any more once everything in it is good again."""
    if each["recovered"] and not each["failing"]:
        return Cell("● " + look.say("good again"), Tone.GOOD)
    critical = each["severity"] == "critical"
    return Cell(("✖ " if critical else "▲ ") + _token(look, each["severity"]), Tone.BAD if critical else Tone.WARN)


def _left(look: Look, each: Mapping[str, Any]) -> Cell:
    """Return the time its step has left; what is over says by how much."""
    step = each["step"]
    if each["overdue"]:
        return Cell("✖ " + look.say("overdue"), Tone.BAD)
    if step is None:
        return Cell("")
    return Cell(look.lasting(max(0, int(step["remaining_seconds"]))), Tone.FAINT)


def _token(look: Look, word: str) -> str:
    return look.say(TOKENS.get(word, word))


def head(look: Look, code: str) -> list[Line]:
    """Return the lines above one incident."""
    found = _found(look, code)
    if found is None:
        return [(Cell(code, Tone.STRONG), Cell("  " + reason(look, look.say("Looking …"), ("incident",)), Tone.FAINT))]
    state = severity_cell(look, found) if found["open"] else Cell("● " + look.say("closed"), Tone.GOOD)
    since = Cell(f"  {look.moment(found['began'])}  {look.ago(found['began'])}", Tone.FAINT)
    return [(Cell(f"{code}  ", Tone.STRONG), state, since), (Cell(incident_title(look, found["title"])),)]


def _found(look: Look, code: str) -> Mapping[str, Any] | None:
    found = look.picture.incident
    return found if found is not None and found["code"] == code else None


def incident(look: Look, code: str) -> Rows:
    """Return everything about one incident."""
    say, found = look.say, _found(look, code)
    columns = [
        Column(say("When"), look.moment_width),
        Column(say("What"), 18, grow=1),
        Column(say("By"), 16, grow=1),
        Column(say("Text"), 20, grow=5),
    ]
    if found is None:
        return Rows(columns, [], lambda _key: (), reason(look, say("Looking …"), ("incident",)))
    sections = [
        Section("step", say("Now"), list(_now(look, found)), counted=False),
        Section("earlier", say("How it was solved last time"), list(_earlier(found)), counted=False),
        Section("members", say("What belongs to it"), [_member(look, each) for each in found["members"]]),
        Section("timeline", say("Timeline"), list(_timeline(look, found))),
    ]
    return table(look, columns, sections, say("Nothing is on record."))


def _now(look: Look, found: Mapping[str, Any]) -> Iterator[Entry]:
    say, step = look.say, found["step"]
    if step is not None:
        limit = f"{say('of')} {_limit(look, step['limit'])}"
        yield Entry(
            "due",
            (
                Cell("  " + look.moment(step["due"])),
                Cell(_token(look, step["name"])),
                _left(look, found),
                Cell(limit, Tone.FAINT),
            ),
        )
    for late in found["overdue"]:
        yield Entry(
            f"late-{late['step']}",
            (
                Cell("  " + look.moment(late["due"])),
                Cell(_token(look, late["step"])),
                Cell("✖ " + say("overdue"), Tone.BAD),
                Cell(""),
            ),
        )
    proposal = found["proposal"]
    name = " ".join(filter(None, (proposal["name"], proposal["telephone"])))
    yield Entry(
        "proposal",
        (
            Cell("  " + say("proposed")),
            Cell(_token(look, proposal["party"] or "")),
            Cell(name),
            Cell(say(proposal["reason"]).format(**proposal["values"]), Tone.FAINT),
        ),
    )
    if found["cause_code"]:
        yield Entry(
            "cause",
            (Cell("  " + say("cause")), Cell(_cause(look, found["cause_code"])), Cell(""), Cell("")),
        )


def _limit(look: Look, written: str) -> str:
    """Return a limit in the reader's words: `1h` on the clock, `2 working days` by the calendar."""
    number, space, words = written.partition(" ")
    return f"{number} {look.say(_DAYS[words])}" if space else look.lasting(parse(written))


def _cause(look: Look, code: str) -> str:
    """Return a cause in the reader's words; one from a newer Wenyam stays as it is."""
    return look.say(CAUSES.get(code, code))


def _earlier(found: Mapping[str, Any]) -> Iterator[Entry]:
    earlier = found["earlier"]
    if earlier is not None:
        for number, line in enumerate(wrapped(f"{earlier['code']}: {earlier['what']}", _WRAP)):
            yield Entry(str(number), (Cell("  " + line, Tone.GOOD),))


def _member(look: Look, each: Mapping[str, Any]) -> Entry:
    state = State(each["state"])
    line = (
        Cell("  " + look.moment(each["since"]), Tone.FAINT),
        state_cell(state, look.say),
        Cell(each["subject"].partition(":")[2] if look.language == "en" else look.called(each["subject"])),
        Cell(look.told(each["subject"], each["summary"])),
    )
    return Entry(each["subject"], line)


def _timeline(look: Look, found: Mapping[str, Any]) -> Iterator[Entry]:
    for number, each in enumerate(reversed(found["timeline"])):
        deed = look.say(DEEDS.get(each["kind"], each["kind"]))
        text = _entry_text(look, each["kind"], each["text"])
        yield Entry(
            str(number),
            (Cell("  " + look.moment(each["at"]), Tone.FAINT), Cell(deed), Cell(look.person(each["by"])), Cell(text)),
        )


def _entry_text(look: Look, kind: str, text: str) -> str:
    """Return the text of an entry: codes, subjects and states in the reader's words, what a person wrote as it is."""
    if kind == CAUSE:
        return _cause(look, text)
    if kind != MEMBERS:
        return incident_title(look, text) if kind == OPENED else text
    return ", ".join(_member_text(look, part) for part in text.split(", "))


def _member_text(look: Look, part: str) -> str:
    """Return one of the subjects that joined, written as `subject state`, in the reader's words."""
    subject, space, state = part.partition(" ")
    word, _, more = state.partition(" ")
    said = look.say(word.upper()) if look.language != "en" and word in _STATES else word
    return f"{incident_title(look, subject)}{space}{' '.join(filter(None, (said, more)))}"
