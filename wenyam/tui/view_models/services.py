"""What people use: every service and every line to the outside, the worst first."""

from collections.abc import Iterator

from wenyam.i18n.states import WORDS, WORST_FIRST
from wenyam.i18n.translate import mark
from wenyam.model.inventory import Link, Service
from wenyam.model.states import State
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, state_cell
from wenyam.tui.standings import Standing
from wenyam.tui.view_models.devices import DAYS_WIDTH, becoming, days_cell
from wenyam.tui.view_models.look import Look, reason

ORDERS = (mark("worst first"), mark("by name"))


def services(look: Look) -> Rows:
    """Return the table."""
    things = {key: thing for key, thing in _things(look) if _matches(look, key, thing)}
    keys = sorted(things, key=lambda key: things[key].name)
    if look.order == 0:
        keys.sort(key=lambda key: WORST_FIRST.index(_state(look, key)))
    empty = reason(look, look.say("There are no services or links in the configuration."))
    return Rows(_columns(look), keys, lambda key: _line(look, key, things[key]), empty)


def _things(look: Look) -> Iterator[tuple[str, Service | Link]]:
    inventory = look.picture.configuration.inventory
    for service in inventory.services.values():
        yield f"service:{service.name}", service
    for link in inventory.links.values():
        yield f"link:{link.name}", link


def told(look: Look, key: str) -> Standing | None:
    """Return the state that people mean: a service's over its members, a link's own."""
    states = look.picture.states
    return states.overall(key.partition(":")[2]) if key.startswith("service:") else states.by_subject.get(key)


def _state(look: Look, key: str) -> State:
    standing = told(look, key)
    return State.UNKNOWN if standing is None else standing.state


def _matches(look: Look, key: str, thing: Service | Link) -> bool:
    return look.matches(key, thing.label.th, thing.label.en, thing.site or "", look.say(WORDS[_state(look, key)]))


def _columns(look: Look) -> list[Column]:
    say = look.say
    return [
        Column(say("Service"), 26, grow=2),
        Column(say("State"), 15),
        Column(say("Since"), look.time_width, right=True),
        Column(say("Objective"), 9, right=True, from_width=110),
        Column(say("30 days"), DAYS_WIDTH, from_width=100, drawn=True),
        Column(say("Duty officer"), 16, from_width=130),
        Column(say("Why"), 20, grow=3),
    ]


def _line(look: Look, key: str, thing: Service | Link) -> Line:
    standing = told(look, key)
    return (
        Cell(look.name(thing.label, thing.name), Tone.STRONG),
        state_cell(_state(look, key), look.say, becoming(standing)),
        Cell("" if standing is None else look.ago(standing.since), Tone.FAINT),
        Cell(f"{thing.objective:.2%}".replace(".00", ""), Tone.FAINT),
        days_cell(look, key, _state(look, key)),
        Cell(look.person(thing.duty_officer), Tone.FAINT),
        Cell("" if standing is None or standing.state.is_good else look.told(key, standing.summary)),
    )
