"""What a rota says at one moment: who is on duty in each layer, until when, and who takes over. Pure."""

from dataclasses import dataclass

from wenyam.incidents.rota import Shift, shifts
from wenyam.model.instants import Instant, Period, after
from wenyam.model.oncall import OnCallPlan, Rota

_AHEAD = (3 * 86_400.0, 40 * 86_400.0, 400 * 86_400.0)
"""How far ahead the next hand-over is looked for: most are near, the longest turn is a year."""


@dataclass(frozen=True, slots=True)
class Place:
    """One layer at one moment."""

    layer: int
    person: str | None
    """None: nobody is on duty."""
    until: Instant | None = None
    """When somebody else, or nobody, takes over; None when that is more than a year away."""
    stands_in: str = ""
    """Why this person takes the place of another."""
    next_person: str | None = None
    next_from: Instant | None = None


def places(plan: OnCallPlan, rota: Rota, at: Instant) -> tuple[Place, ...]:
    """Return every layer of a rota at a moment."""
    return tuple(_place(plan, rota, number, at) for number in range(1, len(rota.layers) + 1))


def _place(plan: OnCallPlan, rota: Rota, layer: int, at: Instant) -> Place:
    found: list[Shift] = []
    for ahead in _AHEAD:
        found = [shift for shift in shifts(plan, rota, Period(at, after(at, ahead))) if shift.layer == layer]
        now = found[0] if found and found[0].start == at else None
        following = _following(found, now)
        if following is not None:
            until = None if now is None else _end(found, now)
            return Place(layer, *_who(now), until, _why(now), following.person, following.start)
    now = found[0] if found and found[0].start == at else None
    return Place(layer, *_who(now), None, _why(now))


def _who(now: Shift | None) -> tuple[str | None]:
    return (None if now is None else now.person,)


def _why(now: Shift | None) -> str:
    return "" if now is None else now.stands_in


def _end(found: list[Shift], now: Shift) -> Instant:
    """Return when this person is on duty no more, over hand-overs to the same one."""
    end = now.end
    for shift in found[1:]:
        if shift.start != end or shift.person != now.person:
            break
        end = shift.end
    return end


def _following(found: list[Shift], now: Shift | None) -> Shift | None:
    """Return the first shift of somebody else, or after a time with nobody."""
    if now is None:
        return found[0] if found else None
    end = _end(found, now)
    return next((shift for shift in found[1:] if shift.start >= end), None)
