"""What is wrong, severity first: root causes on top, with what they explain folded under them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from wenyam.backup.samples import COPY, ENVELOPE_PROVEN, LAST_RUN, LAST_SUCCESS, PROVEN, VERIFIED
from wenyam.i18n.states import WORST_FIRST
from wenyam.model.instants import Instant
from wenyam.model.states import ALIVE, OVERALL, State
from wenyam.operations.drill_words import AGES_OF_PLANS
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone, state_cell
from wenyam.tui.standings import Standing, Standings
from wenyam.tui.view_models.look import Look, reason

_NEVER = Instant(2**53)
_AGES = frozenset({LAST_SUCCESS, PROVEN, VERIFIED, ENVELOPE_PROVEN}) | AGES_OF_PLANS
"""Checks of jobs whose value is an age in seconds."""
_TIMES = frozenset({"certificate", "runtime", "licences"})
_DAY = 86_400.0
_LONG = 100 * _DAY
"""Seconds from which on nobody asks for hours."""
_RATIOS = frozenset({"cpu", "memory", "filesystem", "inodes", "load", "charge", "humidity"})
"""Checks that come with a kind of device whose values are seconds, or shares of one."""
_TELLING = (LAST_RUN, LAST_SUCCESS, PROVEN)
"""Checks of jobs in the order in which they tell most: a job that was never made has neither copy nor proof."""


def problems(look: Look) -> Rows:
    """Return the table. `look.folded` holds the causes whose children are *shown*: they are folded by themselves."""
    children = families(look.picture.states)
    keys: list[str] = []
    for root in children.get("", ()):
        behind = children.get(root.subject, ())
        if not any(_matches(look, each) for each in (root, *behind)):
            continue
        keys.append(root.subject)
        if root.subject in look.folded or look.wanted:
            keys += [each.subject for each in behind if _matches(look, each)]
    return Rows(_columns(look), keys, lambda key: _line(look, key, children), reason(look, look.say("No problems.")))


@lru_cache(maxsize=2)
def families(states: Standings) -> Mapping[str, Sequence[Standing]]:
    """Return the bad states by the subject that explains them, the worst and longest first; causes under the empty text."""
    found: dict[str, list[Standing]] = defaultdict(list)
    jobs: dict[str, str] = {}
    for standing in sorted(map(states.seen, states.bad.values()), key=_rank):
        parent = _explained_by(standing, states)
        if standing.kind == "job" and not parent:
            # No backup means no copy and no proof either: one row for each job, the worst of it.
            parent = jobs.setdefault(standing.owner, "")
            jobs[standing.owner] = parent or standing.subject
        found[parent].append(standing)
    return found


def _rank(standing: Standing) -> tuple[int, Instant, int, str]:
    telling = _TELLING.index(standing.check) if standing.check in _TELLING else len(_TELLING)
    return WORST_FIRST.index(standing.state), standing.since or _NEVER, telling, standing.subject


def root_of(subject: str, states: Standings) -> str:
    """Return the root cause of a subject; empty when it is one itself, or is well."""
    standing = states.bad.get(subject)
    return "" if standing is None else _explained_by(standing, states)


def _explained_by(standing: Standing, states: Standings) -> str:
    """Return the root cause of a state: what its cause is explained by in turn; empty when it is a cause itself."""
    seen, root = {standing.subject}, ""
    parent = _parent(standing, states)
    while parent and parent not in seen:
        seen.add(parent)
        root, parent = parent, _parent(states.bad[parent], states)
    return root


def _parent(standing: Standing, states: Standings) -> str:
    if standing.cause is not None:
        return standing.cause if standing.cause in states.bad and standing.cause != standing.subject else ""
    if standing.kind == "service" and standing.check == ALIVE:
        # The service's own probes are part of its overall state, which is listed.
        overall = f"{standing.owner}/{OVERALL}"
        return overall if overall in states.bad else ""
    if standing.check in (ALIVE, OVERALL):
        return ""
    return standing.owner if standing.owner in states.bad else ""


def _columns(look: Look) -> list[Column]:
    say = look.say
    return [
        Column(say("State"), 15),
        Column(say("Problem"), 18, grow=1),
        Column(say("Since"), look.time_width, right=True),
        Column(say("Value"), look.time_width, right=True, from_width=110),
        Column(say("Limit"), look.time_width, right=True, from_width=110),
        Column(say("Who"), 8, grow=1),
        Column(say("Why"), 20, grow=3),
    ]


def _line(look: Look, key: str, children: Mapping[str, Sequence[Standing]]) -> Line:
    standing = look.picture.states.seen(look.picture.states.by_subject[key])
    behind = len(children.get(key, ()))
    is_root = standing in children.get("", ())
    holder = look.picture.holders.get(key)
    folds = "▾ " if key in look.folded else "▸ "
    mark = (folds if behind else "  ") if is_root else " └ "
    return (
        _state(look, standing),
        Cell(mark + title(look, standing), Tone.STRONG if is_root else Tone.PLAIN),
        Cell(look.ago(standing.since), Tone.FAINT),
        Cell(_number(look, standing, standing.value)),
        Cell(_number(look, standing, standing.limit), Tone.FAINT),
        Cell("" if holder is None else look.person(holder.who) or holder.code, Tone.FAINT),
        Cell("".join(_before(look, standing, behind)) + look.told(key, standing.summary)),
    )


def _before(look: Look, standing: Standing, behind: int) -> Iterator[str]:
    """Yield what stands before the reason: how much is behind it, and that it is planned."""
    if behind:
        yield f"(+{behind}) "
    if standing.window is not None:
        yield f"[{look.say('planned work')} {standing.window}] "


def title(look: Look, standing: Standing) -> str:
    """Return what a state is about: a device by its bare name, a check or a service's own probes after the owner."""
    if standing.kind == "service" and standing.check == ALIVE:
        return (
            f"{look.called(standing.owner)}/probe"
            if look.language == "en"
            else f"{look.called(standing.owner)} {look.say('own probes')}"
        )
    return look.called(standing.owner if standing.check in (ALIVE, OVERALL) else standing.subject)


def _state(look: Look, standing: Standing) -> Cell:
    cell = state_cell(standing.state, look.say, " ~" if standing.flapping else "")
    return cell if standing.window is None else Cell(cell.text, Tone.FAINT)


def _number(look: Look, standing: Standing, value: float | None) -> str:
    """Return a value or limit; ages of backups and proofs as lengths of time."""
    if value is None:
        return ""
    is_age = standing.kind == "job" and (standing.check in _AGES or standing.check.startswith(COPY))
    if is_age or standing.check in _TIMES:
        return ("-" if value < 0 else "") + look.lasting(abs(value) if abs(value) < _LONG else abs(value) // _DAY * _DAY)
    return f"{value:.1%}" if standing.check in _RATIOS else f"{value:,.4g}"


def _matches(look: Look, standing: Standing) -> bool:
    if not look.wanted:
        return True
    said = look.told(standing.subject, standing.summary)
    state = look.say(standing.state.value.upper())
    return look.matches(standing.subject, title(look, standing), standing.summary, said, state)


@lru_cache(maxsize=2)
def counts(states: Standings) -> dict[State, int]:
    """Return how many devices are in each state."""
    found: dict[State, int] = dict.fromkeys(WORST_FIRST, 0)
    for owner, subjects in states.by_owner.items():
        if owner.startswith("device:") and owner in subjects:
            found[states.by_subject[owner].state] += 1
    return found
