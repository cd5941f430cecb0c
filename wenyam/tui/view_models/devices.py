"""Every device under its site and kind, or in one list by name, by state or by how long it is so."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache

from wenyam.i18n.kinds import told_kind
from wenyam.i18n.states import SYMBOLS, WORDS, WORST_FIRST
from wenyam.i18n.translate import mark
from wenyam.model.inventory import Device
from wenyam.model.states import MANAGEMENT, State, SubjectKind
from wenyam.tui.cells import TONES, Cell, Column, Line, Rows, Tone, in_runs, state_cell
from wenyam.tui.drawing import availability_bar, sparkline
from wenyam.tui.standings import Standing
from wenyam.tui.view_models.look import Arranged, Look, reason

ORDERS = (mark("by site and kind"), mark("worst first"), mark("by name"), mark("latest change first"))
_DEVICE = "device:"
_BRANCH = "branch:"
DAYS_WIDTH = 24
MANAGEMENT_LOST = "management lost"
"""How the engine begins the summary of an agent or login that is silent on a live device."""

Counts = Mapping[str, Counter[State]]


def device_of(key: str) -> str:
    """Return the device of a row; empty for a branch."""
    return key.removeprefix(_DEVICE) if key.startswith(_DEVICE) else ""


def devices(look: Look) -> Rows:
    """Return the table; `look.folded` holds the branches that are folded, `look.order` the number of the order."""
    keys, counted = _arranged(Arranged(look))
    empty = reason(look, look.say("There are no devices in the configuration."))
    return Rows(_columns(look), keys, lambda key: _row(look, key, counted), empty)


@lru_cache(maxsize=4)
def _arranged(arranged: Arranged) -> tuple[Sequence[str], Counts]:
    """Return the rows and what each branch counts: of thousands of devices only when a state or the reader's wish changed."""
    look = arranged.look
    found = [device for device in look.picture.configuration.inventory.devices.values() if _matches(look, device)]
    if look.order:
        return [_DEVICE + device.name for device in _ordered(look, found)], {}
    found.sort(key=lambda device: (device.site, device.kind, device.name))
    return _tree(look, found), _counts(look, found)


def _tree(look: Look, found: Iterable[Device]) -> list[str]:
    """Return the rows of devices in the order of their branches, each branch before its first."""
    keys: dict[str, None] = {}
    for device in found:
        site, kind = _branch(device.site), _branch(device.site, device.kind)
        keys[site] = None
        if site not in look.folded:
            keys[kind] = None
            if kind not in look.folded:
                keys[_DEVICE + device.name] = None
    return list(keys)


def _ordered(look: Look, found: list[Device]) -> list[Device]:
    orders: Sequence[Callable[[Device], tuple[int, str]]] = (
        lambda device: (WORST_FIRST.index(_state(look, device.name)), device.name),
        lambda device: (0, device.name),
        lambda device: (-_since(look, device.name), device.name),
    )
    return sorted(found, key=orders[look.order - 1])


def _branch(site: str, kind: str = "") -> str:
    return f"{_BRANCH}{site}/{kind}"


def _state(look: Look, name: str) -> State:
    standing = look.picture.states.alive(name)
    return State.UNKNOWN if standing is None else standing.state


def _since(look: Look, name: str) -> int:
    standing = look.picture.states.alive(name)
    return 0 if standing is None else standing.since or 0


def _matches(look: Look, device: Device) -> bool:
    if not look.wanted:
        return True
    label = "" if device.label is None else f"{device.label.th} {device.label.en}"
    state = look.say(WORDS[_state(look, device.name)])
    kind = told_kind(device.kind, look.say)
    return look.matches(device.name, device.kind, kind, device.site, label, state, *device.addresses)


def _counts(look: Look, found: Iterable[Device]) -> Counts:
    """Return how many devices of every branch are in each state."""
    counted: dict[str, Counter[State]] = defaultdict(Counter)
    for device in found:
        state = _state(look, device.name)
        counted[_branch(device.site)][state] += 1
        counted[_branch(device.site, device.kind)][state] += 1
    return counted


def _columns(look: Look) -> list[Column]:
    say = look.say
    return [
        Column(say("Device"), 28, grow=2),
        Column(say("State"), 15),
        Column(say("Since"), look.time_width, right=True),
        Column(say("Kind"), look.kind_width, from_width=80 + look.kind_width),
        Column(say("Address"), 16, from_width=74),
        Column(say("Checks"), 12, grow=1),
        Column(say("30 days"), DAYS_WIDTH, from_width=132, drawn=True),
        Column(say("CPU 24 h"), DAYS_WIDTH - 6, from_width=156, drawn=True),
        Column(say("Duty officer"), 16, from_width=180),
    ]


def _row(look: Look, key: str, counted: Counts) -> Line:
    if device_of(key):
        return _line(look, key, "" if look.order else "    ")
    return _branch_line(look, key, counted[key])


def _branch_line(look: Look, key: str, counted: Counter[State]) -> Line:
    site, _, kind = key.removeprefix(_BRANCH).partition("/")
    fold = "▸ " if key in look.folded else "▾ "
    known = look.picture.configuration.inventory.sites.get(site)
    name = f"  {fold}{told_kind(kind, look.say)}" if kind else f"{fold}{look.name(known.label if known else None, site)}"
    worst = next((state for state in WORST_FIRST if counted[state]), State.UNKNOWN)
    said = f"{SYMBOLS[worst][0]} {counted[worst]}/{counted.total()}"
    return (Cell(name, Tone.STRONG), Cell(said, TONES[worst]), *(Cell(""),) * 7)


def _line(look: Look, key: str, indent: str) -> Line:
    device = look.picture.configuration.inventory.devices[device_of(key)]
    standing = look.picture.states.alive(device.name)
    return (
        Cell(indent + device.name),
        state_cell(_state(look, device.name), look.say, becoming(standing)),
        Cell("" if standing is None else look.ago(standing.since), Tone.FAINT),
        Cell(told_kind(device.kind, look.say), Tone.FAINT),
        Cell(device.address, Tone.FAINT),
        _checks(look, device.name),
        days_cell(look, _DEVICE + device.name, _state(look, device.name)),
        _processor(look, device.name),
        Cell(look.person(device.duty_officer), Tone.FAINT),
    )


def becoming(standing: Standing | None) -> str:
    """Return what a state is about to become and after how many observations, as a few signs."""
    if standing is None or standing.soft is None or not standing.attempt:
        return ""
    return f" {SYMBOLS[standing.soft][0]}{standing.attempt}"


def days_cell(look: Look, owner: str, state: State) -> Cell:
    """Return the last days as a bar; each place is as high and has the tone of the worst that was in it."""
    glance = look.picture.glances.get(owner)
    if glance is None:
        return Cell("")
    return in_runs(availability_bar(glance.initial or state, glance.spans, glance.period, DAYS_WIDTH))


def _processor(look: Look, name: str) -> Cell:
    glance = look.picture.glances.get(_DEVICE + name)
    return Cell("" if glance is None else sparkline(glance.processor, DAYS_WIDTH - 6, 0.0, 1.0), Tone.FAINT)


def _checks(look: Look, name: str) -> Cell:
    """Return how many checks of a live device are bad, or that it cannot be read."""
    states = look.picture.states
    bad = [each for each in map(states.seen, states.of(SubjectKind.DEVICE, name)) if each.state in (State.WARN, State.CRIT)]
    if not bad:
        return Cell("")
    unread = next((each for each in bad if each.check.startswith(MANAGEMENT) and each.state is State.CRIT), None)
    if unread is not None:
        lost = unread.summary.startswith(MANAGEMENT_LOST)
        return Cell(look.say("management lost") if lost else look.say("cannot be read"), Tone.WARN)
    worst = min((each.state for each in bad), key=WORST_FIRST.index)
    return Cell(f"{SYMBOLS[worst][0]} {len(bad)}: " + ", ".join(look.check(each.check) for each in bad), TONES[worst])
