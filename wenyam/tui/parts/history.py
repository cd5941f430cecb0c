"""The past of the device or service whose screen is open: its changes, its liveness over 30 days, the course of its values."""

from dataclasses import replace

from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.states import Subject
from wenyam.operations.dashboard import past_of
from wenyam.tui.picture import Change, Past
from wenyam.tui.standings import Standings


def gather(configuration: Configuration, now: Instant, owner: str, states: Standings) -> Change:
    """Read what is kept of it."""
    if not owner:
        return lambda shown: shown
    found = past_of(configuration, owner, map(Subject.parse, states.by_owner.get(owner, ())), now)
    past = Past(
        owner=owner,
        period=found.period,
        initial=found.initial,
        spans=found.spans,
        changes=tuple(reversed(found.changes)),
        courses=found.courses,
    )
    return lambda shown: shown if shown.past == past else replace(shown, past=past)
