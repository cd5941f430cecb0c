"""What happened in the last day, the newest first."""

from wenyam.alerts.summaries import told
from wenyam.incidents.facts import TOOL
from wenyam.operations.event_words import EVENTS
from wenyam.operations.events import Event
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, state_cell
from wenyam.tui.view_models.incidents import incident_title
from wenyam.tui.view_models.look import Look, reason

_PARTS = " · "


def events(look: Look) -> Rows:
    """Return the table."""
    say = look.say
    columns = [
        Column(say("When"), 18),
        Column(say("What"), 24, grow=2),
        Column(say("State"), 15),
        Column(say("By"), 14, from_width=100),
        Column(say("Text"), 20, grow=4),
    ]
    held = {f"{each.at}:{each.sequence}:{each.subject}": each for each in look.picture.events or () if _matches(look, each)}
    empty = say("Looking …") if look.picture.events is None else _nothing(look)
    return Rows(columns, list(held), lambda key: _line(look, held[key]), reason(look, empty, ("events",)))


def _nothing(look: Look) -> str:
    replayed = bool(look.picture.replayed)
    return look.say("Nothing happened yet in this stretch.") if replayed else look.say("Nothing happened in the last 24 hours.")


def _matches(look: Look, event: Event) -> bool:
    state = "" if event.state is None else event.state.value
    return look.matches(
        event.subject, _about(look, event), event.summary, _said(look, event), event.actor, look.person(event.actor), state
    )


def _about(look: Look, event: Event) -> str:
    """Return what an event is about: a subject, else what was done in words."""
    if event.state is not None:
        return look.called(event.subject)
    return look.say(EVENTS.get(event.subject, event.subject))


def _said(look: Look, event: Event) -> str:
    """Return the text of an event: what a check said is told in the reader's language, what a person wrote is not."""
    if event.state is not None:
        return look.told(event.subject, event.summary)
    return _PARTS.join(_part(look, event, part) for part in event.summary.split(_PARTS))


def _part(look: Look, event: Event, part: str) -> str:
    """Return a part of what was done: a subject as tables call it, what Wenyam itself wrote in the reader's language."""
    said = incident_title(look, part)
    return told(said, look.say) if event.actor == TOOL and said == part else said


def _line(look: Look, event: Event) -> Line:
    state = Cell("") if event.state is None else state_cell(event.state, look.say)
    return (
        Cell(look.lately(event.at), Tone.FAINT),
        Cell(_about(look, event), Tone.PLAIN if event.state is not None else Tone.STRONG),
        state,
        Cell(look.person(event.actor) if event.actor else "", Tone.FAINT),
        Cell(_said(look, event)),
    )
