"""The first screen: how the whole stands, in a few lines each, and where to read on."""

from collections.abc import Iterator, Mapping
from math import floor
from typing import Any

from wenyam.i18n.percent import percent
from wenyam.model.backup import Verdict
from wenyam.model.states import State
from wenyam.operations.backup_status import JobLine
from wenyam.operations.drill_words import told_of_run
from wenyam.operations.recovery_dashboard import PlanBoard
from wenyam.operations.whole import WholeFigures
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, state_cell, verdict_cell
from wenyam.tui.drawing import bar
from wenyam.tui.view_models.incidents import incident_title, severity_cell
from wenyam.tui.view_models.look import Look, trouble
from wenyam.tui.view_models.oncall import whoever
from wenyam.tui.view_models.problems import families, title
from wenyam.tui.view_models.sections import Entry, Section, table
from wenyam.tui.view_models.services import told

SHOWN = 5
"""Problems, incidents and services in a few lines; their screens have them all."""
_BAR = 10
_LOW = 0.25


def overview(look: Look) -> Rows:
    """Return the table. The keys begin with the name of the screen that says more."""
    say = look.say
    parts = [
        ("availability", say("Availability of everything"), list(_figures(look))),
        ("services", say("Services"), list(_services(look))),
        ("problems", say("Problems"), list(_problems(look))),
        ("incidents", say("Open incidents"), list(_incidents(look))),
        ("oncall", say("On duty now"), list(_duty(look))),
        ("backups", say("Backups"), list(_backups(look))),
        ("restores", say("Last proven restores"), list(_restores(look))),
        ("recovery", say("Plans for the DR site"), list(_recovery(look))),
    ]
    sections = [Section(name, words, entries, counted=False) for name, words, entries in parts]
    columns = [Column("", 24, grow=2), Column("", 16), Column("", max(11, look.time_width), right=True), Column("", 20, grow=4)]
    return table(look, columns, sections, say("Nothing is known of now."))


def _waiting(look: Look, part: str) -> Iterator[Entry]:
    """Yield why a section has nothing to show yet."""
    said = trouble(look, part) or look.say("Looking …")
    yield Entry("", (Cell("  " + said, Tone.FAINT),))


def _figures(look: Look) -> Iterator[Entry]:
    if look.picture.figures is None:
        yield from _waiting(look, "figures")
    for found in look.picture.figures or ():
        yield Entry(found.period.name, _figure(look, found))


def _figure(look: Look, found: WholeFigures) -> Line:
    say, figures = look.say, found.figures
    period = Cell("  " + found.period.label(look.language))
    if figures.availability is None:
        return (period, Cell(say("nothing measured"), Tone.UNKNOWN), Cell(""), Cell(""))
    meets = figures.meets(found.objective)
    ratio = Cell(f"{'●' if meets else '✖'} {percent(figures.availability)}%", Tone.GOOD if meets else Tone.BAD)
    left = max(0.0, found.left)
    said = f"{bar(left, _BAR)} {say('{share} budget left').format(share=f'{floor(found.left * 100)}%')}"
    if found.below:
        said += f" · {found.below} {say('below the objective')}, {say('worst')} {found.worst_member}"
    if not figures.sufficient:
        said += f" · {say('insufficient data')}"
    tone = Tone.BAD if found.left <= 0 else Tone.WARN if found.left < _LOW else Tone.PLAIN
    return (period, ratio, Cell(f"≥ {found.objective:.0%}", Tone.FAINT), Cell(said, tone))


def _services(look: Look) -> Iterator[Entry]:
    """Yield the services that are not up; one line when all are."""
    known, say = look.picture.configuration.inventory.services, look.say
    bad = [name for name in known if (each := told(look, f"service:{name}")) is None or not each.state.is_good]
    if known and not bad and look.picture.looked:
        count = say("all {count}").format(count=len(known))
        yield Entry("", (Cell("  " + count), state_cell(State.UP, look.say), Cell(""), Cell(_all_up(look))))
    for name in bad[:SHOWN]:
        each = told(look, f"service:{name}")
        state, since, summary = (
            (State.UNKNOWN, None, "") if each is None else (each.state, each.since, look.told(each.subject, each.summary))
        )
        label = look.name(known[name].label, name)
        yield Entry(
            f"service:{name}", (Cell("  " + label), state_cell(state, look.say), Cell(look.ago(since), Tone.FAINT), Cell(summary))
        )


def _all_up(look: Look) -> str:
    return look.say("All services are up.") if look.picture.live else look.say("All services were up when last seen.")


def _problems(look: Look) -> Iterator[Entry]:
    roots = families(look.picture.states).get("", ())
    if not roots and look.picture.live:
        yield Entry("", (Cell("  " + look.say("No problems."), Tone.GOOD),))
    for each in roots[:SHOWN]:
        line = (
            Cell("  " + title(look, each)),
            state_cell(each.state, look.say),
            Cell(look.ago(each.since), Tone.FAINT),
            Cell(look.told(each.subject, each.summary)),
        )
        yield Entry(each.subject, line)
    if len(roots) > SHOWN:
        yield _more(look, len(roots))


def _more(look: Look, count: int) -> Entry:
    return Entry("", (Cell("  … " + look.say("{count} more").format(count=count - SHOWN), Tone.FAINT),))


def _incidents(look: Look) -> Iterator[Entry]:
    if look.picture.incidents is None:
        yield from _waiting(look, "incidents")
        return
    if not look.picture.incidents:
        yield Entry("", (Cell("  " + look.say("No open incidents."), Tone.GOOD),))
    for each in look.picture.incidents[:SHOWN]:
        yield Entry(each["code"], _incident(look, each))
    if len(look.picture.incidents) > SHOWN:
        yield _more(look, len(look.picture.incidents))


def _incident(look: Look, each: Mapping[str, Any]) -> Line:
    who = look.person(str(each["who"])) or look.say("nobody has it")
    overdue = f" · {look.say('overdue')}" if each["overdue"] else ""
    return (
        Cell(f"  {each['code']} {incident_title(look, each['title'])}"),
        severity_cell(look, each),
        Cell(look.ago(str(each["began"])), Tone.FAINT),
        Cell(who + overdue, Tone.PLAIN if each["who"] and not overdue else Tone.WARN),
    )


def _duty(look: Look) -> Iterator[Entry]:
    roster = look.picture.roster
    if roster is None:
        yield from _waiting(look, "duty")
        return
    people = look.picture.configuration.inventory.people
    for duty in roster.duties:
        first = next((place for place in duty.places if place.person is not None), None)
        rota = Cell("  " + look.name(duty.rota.label, duty.rota.name))
        if first is None or first.person is None:
            nobody = whoever(look, duty, duty.places[0]) if duty.places else Cell(look.say("nobody"), Tone.WARN)
            yield Entry(duty.rota.name, (rota, nobody, Cell(""), Cell("")))
            continue
        known = people.get(first.person)
        until = "" if first.until is None else f"{look.say('until')} {look.moment(first.until)}"
        telephone = "" if known is None or not known.telephone else f"{known.telephone}  "
        yield Entry(duty.rota.name, (rota, Cell(look.person(first.person)), Cell(""), Cell(telephone + until, Tone.FAINT)))


def _backups(look: Look) -> Iterator[Entry]:
    view = look.picture.backups
    if view is None:
        yield from _waiting(look, "backups")
        return
    green = sum(not line.troubles for line in view.lines)
    if view.lines:
        tone = Tone.GOOD if green == len(view.lines) else Tone.BAD
        upcoming = min(view.lines, key=lambda line: line.next_due)
        said = f"{look.say('next')}: {upcoming.job.name} {look.moment(upcoming.next_due)}"
        yield Entry(
            "",
            (Cell("  " + look.say("Jobs in order")), Cell(f"{green}/{len(view.lines)}", tone), Cell(""), Cell(said, Tone.FAINT)),
        )
    for line in [line for line in view.lines if line.troubles][:SHOWN]:
        yield Entry(line.job.name, _job(look, line))


def _job(look: Look, line: JobLine) -> Line:
    taken = None if line.success is None else line.success.taken
    return (
        Cell(f"  {line.job.name}"),
        Cell("✖ " + look.say("RED"), Tone.BAD),
        Cell(look.ago(taken), Tone.FAINT),
        Cell(look.told(f"job:{line.job.name}", line.troubles[0])),
    )


def _restores(look: Look) -> Iterator[Entry]:
    view = look.picture.backups
    proven = [(line.proven.at, line) for line in (view.lines if view else ()) if line.proven is not None]
    for at, line in sorted(proven, key=lambda each: -each[0])[:SHOWN]:
        yield Entry(
            line.job.name,
            (
                Cell(f"  {line.job.name}"),
                verdict_cell(Verdict.PASS.value, look.say),
                Cell(look.ago(at), Tone.FAINT),
                Cell(look.moment(at)),
            ),
        )


def _recovery(look: Look) -> Iterator[Entry]:
    for board in look.picture.recovery or ():
        yield Entry(str(board.plan["plan"]), _plan(look, board))


def _under_way(look: Look, board: PlanBoard) -> tuple[Cell, str]:
    """Return where the run in progress is; one that waits for somebody, or is late, is red."""
    say, run = look.say, board.run or {"waits_for_decision": (), "overdue": ()}
    if run["waits_for_decision"]:
        why = f"{board.plan['run_in_progress']}: {', '.join(run['waits_for_decision'])}"
        return Cell(f"✖ {say('to be decided')}", Tone.BAD), why
    if run["overdue"]:
        return Cell(f"✖ {say('overdue')}", Tone.BAD), told_of_run(run["overdue"][0], say)
    return Cell(f"▶ {say('under way')}", Tone.STRONG), board.plan["run_in_progress"]


def _plan(look: Look, board: PlanBoard) -> Line:
    """Return one plan: a run in progress, ready, or why not; and how long ago the last good drill was."""
    plan, say = board.plan, look.say
    why, drill = plan["not_ready_because"], plan["last_good_drill"]
    if plan["run_in_progress"]:
        state, why = _under_way(look, board)
    else:
        state = Cell(f"▲ {say('not ready')}", Tone.WARN) if why else Cell(f"● {say('ready')}", Tone.GOOD)
    when = Cell("" if drill is None else look.ago(drill), Tone.FAINT)
    return (Cell(f"  {plan['title']}"), state, when, Cell(look.told(f"job:{plan['plan']}", why or "")))
