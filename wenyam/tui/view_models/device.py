"""Everything about one device or service: checks, interfaces, values, what changed, how it was read, what it hangs on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from rich.cells import cell_len

from wenyam.alerts.summaries import told
from wenyam.checks.wording import write as write_value
from wenyam.i18n.kinds import told_kind
from wenyam.i18n.lengths import short_time
from wenyam.i18n.states import SYMBOLS, WORDS
from wenyam.i18n.translate import mark
from wenyam.model.inventory import AtLeast, Device, Expression, Member, Service
from wenyam.model.states import ALIVE, OVERALL, State, StateChange, Subject, SubjectKind
from wenyam.tui.cells import TONES, Cell, Column, Line, Rows, Tone, state_cell
from wenyam.tui.drawing import availability_bar
from wenyam.tui.picture import Past
from wenyam.tui.standings import Standing
from wenyam.tui.view_models.devices import becoming
from wenyam.tui.view_models.look import Look, trouble
from wenyam.tui.view_models.sections import Entry, Section, table
from wenyam.tui.view_models.values import interfaces, values
from wenyam.tui.wrapping import wrapped

LONGEST_DEBUG = 40
"""Lines of what was seen on the wire."""
_WORDS = {"all": mark("all"), "any": mark("any")}
"""How many members a service needs, where it is no number."""
_REASONS = {
    "timeout": mark("timeout"), "refused": mark("connection refused"), "unknown_host": mark("unknown host"),
    "credentials": mark("credentials"), "host_key": mark("host key"), "certificate": mark("certificate refused"),
    "malformed": mark("malformed"), "budget": mark("budget"), "privilege": mark("privilege"), "library": mark("library"),
    "error": mark("error"),
}  # fmt: skip
"""Why a reading failed (`model.samples.FailureReason`)."""


def everything(look: Look, owner: str) -> Rows:
    """Return the table of one device or service, written as `kind:name`."""
    say = look.say
    data = _data(look, owner)
    read = (Section("interfaces", say("Interfaces"), list(interfaces(look, data))), *values(look, data))
    sections = [
        Section("checks", say("Checks"), list(_checks(look, owner))),
        Section("members", say("What it stands on"), list(_members(look, owner))),
        *(_as_of_now(look, owner, section) for section in read),
        Section("changes", say("Changes of the last 30 days"), list(_changes(look, owner))),
        Section("readings", say("Readings"), list(_readings(look, data))),
        Section("around", say("Parents and children"), list(_around(look, owner))),
    ]
    columns = [
        Column(say("Item"), 28, grow=2),
        Column(say("State"), 15, grow=1),
        Column(say("Since"), look.time_width, right=True),
        Column(say("Why"), 20, grow=3),
    ]
    return table(look, columns, sections, say("Nothing is known of it yet."))


def _as_of_now(look: Look, owner: str, section: Section) -> Section:
    """Return a section of values; of a device that is not up they are what was read last, and none of it is green or red."""
    told = _told(look, owner)
    if told is None or told.state is State.UP:
        return section
    faint = [Entry(each.key, [Cell(cell.text, Tone.FAINT) for cell in each.line]) for each in section.entries]
    return replace(section, title=f"{section.title}, {look.say('as last read')}", entries=faint)


def head(look: Look, owner: str, width: int) -> Sequence[Line]:
    """Return the lines above the table: state, names and people, and the bar of the last 30 days."""
    subject = Subject.parse(owner)
    told = _told(look, owner)
    first, said = [Cell(f"{subject.name}  ", Tone.STRONG)], ""
    if told is not None:
        first += [state_cell(told.state, look.say, becoming(told)), Cell(f"  {look.ago(told.since)}  ", Tone.FAINT)]
        said = look.told(told.subject, told.summary)
    if cell_len("".join(cell.text for cell in first) + said) <= width - 2:
        first, said = [*first, Cell(said)], ""
    about = wrapped(" · ".join(filter(None, _about(look, subject))), width - 2)
    told_below = ([Cell(line)] for line in wrapped(said, width - 2))
    return [first, *told_below, *([Cell(line, Tone.FAINT)] for line in about), _bar(look, owner, width)]


def near(look: Look, owner: str, key: str) -> str:
    """Return what Enter on a row leads to, as `kind:name`; empty when it leads nowhere."""
    section, _, rest = key.partition(":")
    subject = rest.partition(":")[2] if section == "members" else rest
    return subject if section in ("around", "members") and subject in look.picture.states.by_owner and subject != owner else ""


def _data(look: Look, owner: str) -> Mapping[str, Any]:
    detail = look.picture.detail
    return detail.data if detail is not None and detail.owner == owner else {}


def _past(look: Look, owner: str) -> Past | None:
    past = look.picture.past
    return past if past is not None and past.owner == owner else None


def _told(look: Look, owner: str) -> Standing | None:
    states = look.picture.states.by_subject
    return states.get(f"{owner}/{OVERALL}") or states.get(owner)


def _thing(look: Look, subject: Subject) -> Device | Service | None:
    inventory = look.picture.configuration.inventory
    found: Mapping[str, Device | Service] = inventory.services if subject.kind is SubjectKind.SERVICE else inventory.devices
    return found.get(subject.name)


def _about(look: Look, subject: Subject) -> Iterator[str]:
    thing, say = _thing(look, subject), look.say
    if thing is None:
        link = look.picture.configuration.inventory.links.get(subject.name) if subject.kind is SubjectKind.LINK else None
        yield "" if link is None else look.name(link.label)
        return
    yield look.name(thing.label)
    if isinstance(thing, Device):
        site = look.picture.configuration.inventory.sites.get(thing.site)
        yield told_kind(thing.kind, say)
        yield from (look.name(site.label if site else None, thing.site), ", ".join(thing.addresses))
        yield say("alive by") + " " + ", ".join(map(str, thing.alive.any_of))
    yield say("owner") + " " + look.person(thing.owner)
    yield say("on duty") + " " + look.person(thing.duty_officer)
    holder = look.picture.holders.get(str(subject))
    if holder is not None:
        yield f"{holder.code} {look.person(holder.who)}".rstrip()
    told = _told(look, str(subject))
    if told is not None and told.window:
        yield say("planned work") + f" {told.window}"


def _bar(look: Look, owner: str, width: int) -> Line:
    past = _past(look, owner)
    if past is None:
        return [Cell(trouble(look, "history") or look.say("Looking …"), Tone.FAINT)]
    title = Cell(look.say("30 days") + " ", Tone.FAINT)
    room = max(10, width - len(title.text) - 2)
    if not owner.startswith("service:"):
        return [title, *availability_bar(past.initial, past.spans, past.period, room)]
    moved = [change for change in reversed(past.changes) if change.subject.check == OVERALL]
    initial = moved[0].previous if moved else getattr(_told(look, owner), "state", State.UNKNOWN)
    return [title, *availability_bar(initial, [(each.effective, each.state) for each in moved], past.period, room)]


def _checks(look: Look, owner: str) -> Iterator[Entry]:
    kind, _, name = owner.partition(":")
    states = look.picture.states
    found = map(states.seen, states.of(SubjectKind(kind), name))
    for each in sorted(found, key=lambda each: (each.state.is_good, each.check)):
        if each.check not in (ALIVE, OVERALL):
            yield Entry(each.subject, _standing(look, each, look.check(each.check)))


def _standing(look: Look, each: Standing, title: str) -> Line:
    return (
        Cell("  " + title),
        state_cell(each.state, look.say, becoming(each)),
        Cell(look.ago(each.since), Tone.FAINT),
        Cell(look.told(each.subject, each.summary)),
    )


def _members(look: Look, owner: str) -> Iterator[Entry]:
    thing = _thing(look, Subject.parse(owner))
    if not isinstance(thing, Service):
        return
    own = look.picture.states.by_subject.get(owner)
    if own is not None and thing.probes:
        yield Entry(f"0:{owner}", _standing(look, own, look.say("own probes")))
    if thing.members is not None:
        for number, (subject, how) in enumerate(_walk(look, thing.members, "")):
            each = _told(look, str(subject))
            line = (Cell(f"  {subject.name}"), Cell("?"), Cell(""), Cell(how))
            yield Entry(f"{number + 1}:{subject}", line if each is None else _standing(look, each, f"{how}{subject.name}"))


def _walk(look: Look, expression: Expression, how: str) -> Iterator[tuple[Subject, str]]:
    """Yield the members of an expression with the words above each."""
    if isinstance(expression, Member):
        yield expression.subject, how
    elif isinstance(expression, AtLeast):
        count = look.say("{count} of {total}").format(count=expression.count, total=len(expression.items))
        word = look.say(_WORDS[expression.word]) if expression.word in _WORDS else count
        for item in expression.items:
            yield from _walk(look, item, f"{how}{word} › ")


def _changes(look: Look, owner: str) -> Iterator[Entry]:
    past = _past(look, owner)
    for change in past.changes if past else ():
        yield Entry(f"{change.sequence}", _change(look, change))


def _change(look: Look, change: StateChange) -> Line:
    moment = look.moment(change.effective, seconds=True)
    check = "" if change.subject.check in (ALIVE, OVERALL) else f"{look.check(change.subject.check)}: "
    before = f"{SYMBOLS[change.previous][0]} → "
    return (
        Cell("  " + moment, Tone.FAINT),
        Cell(before + f"{SYMBOLS[change.state][0]} {look.say(WORDS[change.state])}", TONES[change.state]),
        Cell(look.ago(change.effective), Tone.FAINT),
        Cell(check + look.told(str(change.subject), change.summary)),
    )


def _readings(look: Look, data: Mapping[str, Any]) -> Iterator[Entry]:
    """Yield how each job went, and what was seen when it last failed."""
    for name, job in sorted(data.get("jobs", {}).items()):
        failed = job["last_failure"]
        errors = sum(job["errors"].values())
        took = "" if job["took"] is None else short_time(write_value(job["took"], "seconds"), look.say)
        said = f"{errors} {look.say('failures since the start')}" if errors else ""
        yield Entry(name, (Cell(f"  {name}"), Cell(took), Cell(""), Cell(said, Tone.WARN)))
        if failed is not None:
            yield Entry(
                f"{name}/failure",
                (
                    Cell("    " + _reason(look, failed["reason"]), Tone.WARN),
                    Cell(""),
                    Cell(""),
                    Cell(told(failed["sentence"], look.say)),
                ),
            )
            for number, line in enumerate(str(failed["debug"] or "").splitlines()[:LONGEST_DEBUG]):
                yield Entry(f"{name}/debug/{number}", (Cell(""), Cell(""), Cell(""), Cell(line, Tone.FAINT)))


def _reason(look: Look, token: str) -> str:
    """Return why a reading failed in a word; one from a newer Wenyam stays as it is."""
    return look.say(_REASONS[token]) if token in _REASONS else token


def _around(look: Look, owner: str) -> Iterator[Entry]:
    """Yield the parents of a device and those it is a parent of."""
    subject = Subject.parse(owner)
    known = look.picture.configuration.inventory.devices
    thing = _thing(look, subject)
    if not isinstance(thing, Device):
        return
    for name in thing.parents:
        yield _neighbour(look, name, "↑ ")
    for device in known.values():
        if subject.name in device.parents:
            yield _neighbour(look, device.name, "↓ ")


def _neighbour(look: Look, name: str, sign: str) -> Entry:
    each = look.picture.states.alive(name)
    if each is None:
        return Entry(f"device:{name}", (Cell(f"  {sign}{name}"), Cell("?", Tone.UNKNOWN), Cell(""), Cell("")))
    return Entry(f"device:{name}", _standing(look, each, sign + name))
