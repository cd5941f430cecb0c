"""Planned work: what may be entered, what it touches, and every window there was, is and will be."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import count
from typing import Any

from wenyam.engine.windows import occurrences
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_instant, local_date
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after, to_iso
from wenyam.model.inventory import Inventory, PlannedWindow
from wenyam.model.states import Subject, SubjectKind
from wenyam.settings import schedule
from wenyam.settings.unknown import unknown
from wenyam.settings.values import name as checked_name
from wenyam.store.interface import EnteredWindow
from wenyam.store.rows import window_text

VERSION = 1
LONGEST_REASON = 300
_LONGEST_CHANGE = 60
_LOOK_BACK_DAYS, _LOOK_AHEAD_DAYS = 400, 400
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A window as somebody asks for it; nothing of it is judged yet."""

    subjects: tuple[str, ...]
    reason: str
    approved_by: str
    approved_at: Instant
    starts: Instant | None = None
    ends: Instant | None = None
    schedule: str | None = None
    duration: float | None = None
    change: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class View:
    """One window as `maintenance list` shows it."""

    window: PlannedWindow
    when: str
    """now, coming, past or withdrawn."""
    entered_at: Instant | None
    """None: it stands in the configuration, but no watcher has taken it up yet."""
    next_or_last: Period | None
    """The taking place that is nearest: the present or next one, else the last."""


def judged(asked: Asked, actor: str, configuration: Configuration, known: Iterable[str], now: Instant) -> PlannedWindow:
    """Return the window that is asked for; UsageError when it cannot be meant, or nobody may approve it so."""
    subjects = subjects_of(configuration.inventory, asked.subjects)
    reason = clean(asked.reason, LONGEST_REASON)
    if not reason:
        raise UsageError("planned work needs a reason")
    _require_time(asked, configuration, now)
    _require_approval(asked, actor, configuration, now)
    return PlannedWindow(
        name=_name(asked, subjects, configuration, frozenset(known), now),
        subjects=subjects,
        schedule=asked.schedule,
        starts=asked.starts,
        ends=asked.ends,
        duration=asked.duration,
        reason=reason,
        approved_by=asked.approved_by,
        approved_at=asked.approved_at,
        change=clean(asked.change, _LONGEST_CHANGE),
        entered_by=actor,
    )


def subjects_of(inventory: Inventory, texts: Iterable[str]) -> tuple[Subject, ...]:
    """Return what names are about, a group as its members; UsageError with the nearest name for one that is nothing."""
    found: dict[Subject, None] = {}
    for text in texts:
        kind, colon, name = text.partition(":")
        kind, name = (kind, name) if colon else (SubjectKind.DEVICE.value, text)
        places: Mapping[str, Mapping[str, object]] = {
            "device": inventory.devices, "link": inventory.links, "service": inventory.services, "group": inventory.groups,
        }  # fmt: skip
        if kind not in places:
            raise UsageError(f"'{text}' begins with none of device:, link:, service:, group:")
        if name not in places[kind]:
            raise unknown(kind, name, places[kind])
        found.update(dict.fromkeys(inventory.groups[name].members if kind == "group" else [Subject(SubjectKind(kind), name)]))
    if not found:
        raise UsageError("planned work is about something: name devices, or link:NAME, service:NAME, group:NAME")
    return tuple(found)


def _require_time(asked: Asked, configuration: Configuration, now: Instant) -> None:
    zone = configuration.instance.availability.time_zone
    single, recurring = (asked.starts, asked.ends), (asked.schedule, asked.duration)
    if asked.starts is not None and asked.ends is not None and not any(recurring):
        if asked.ends <= asked.starts:
            raise UsageError("it ends before it starts")
        if asked.ends <= now:
            raise UsageError(
                f"it ended at {format_instant(asked.ends, zone, 'en')}; nobody can plan the past",
                hint="What was planned but never entered is corrected afterwards: wenyam availability correct.",
            )
        return
    if asked.schedule is None or not asked.duration or any(single):
        raise UsageError("say when: --from and --until, or --schedule and --duration")
    try:
        schedule.parse(asked.schedule, zone)
    except ValueError as error:
        raise UsageError(str(error)) from error


def _require_approval(asked: Asked, actor: str, configuration: Configuration, now: Instant) -> None:
    if asked.approved_by not in configuration.inventory.people:
        raise unknown("person", asked.approved_by, configuration.inventory.people, place=" who could have approved it")
    if asked.approved_by == actor and not configuration.instance.approve_own_windows:
        raise UsageError(
            f"{actor} enters it and so cannot be who approved it",
            hint="Name another person, or see instance.approve_own_windows.",
        )
    if asked.approved_at > now:
        when = format_instant(asked.approved_at, configuration.instance.availability.time_zone, "en")
        raise UsageError(f"it cannot have been approved at {when}, which is still to come")
    if asked.starts is not None and asked.approved_at > asked.starts:
        raise UsageError(
            "it was approved after it began, so it is not planned",
            hint="Begin it now, or say when it was approved: --approved-at TIME. What is entered late counts from its entry.",
        )


def _name(asked: Asked, subjects: tuple[Subject, ...], configuration: Configuration, known: frozenset[str], now: Instant) -> str:
    if asked.name:
        try:
            checked_name(asked.name)
        except ValueError as error:
            raise UsageError(f"--name: {error}") from error
        if asked.name in known:
            raise UsageError(f"there is a window '{asked.name}' already")
        return asked.name
    zone = configuration.instance.availability.time_zone
    stem = f"{subjects[0].name[:40]}-{local_date(asked.starts or now, zone):%Y%m%d}"
    return next(name for number in count(1) if (name := stem if number == 1 else f"{stem}-{number}") not in known)


def views(configuration: Configuration, entered: Iterable[EnteredWindow], now: Instant) -> list[View]:
    """Return every window, the present ones first, then the coming ones by time, then the past ones, newest first."""
    zone = configuration.instance.availability.time_zone
    found = [_view(each, zone, now) for each in entered]
    taken_up = {window_text(view.window) for view in found}
    for window in configuration.inventory.windows.values():
        if window_text(window) not in taken_up:
            view = _view(EnteredWindow(window, window.approved_at), zone, now)
            found.append(View(view.window, view.when, None, view.next_or_last))
    return sorted(found, key=lambda view: _order(view, now))


def _order(view: View, now: Instant) -> tuple[int, float]:
    start = view.next_or_last.start if view.next_or_last is not None else now
    number = ("now", "coming", "past", "withdrawn").index(view.when)
    return number, start if view.when in ("now", "coming") else -start


def _view(entered: EnteredWindow, zone: str, now: Instant) -> View:
    around = Period(after(now, -_LOOK_BACK_DAYS * _DAY), after(now, _LOOK_AHEAD_DAYS * _DAY))
    periods = [Period(each.starts, each.ends) for each in occurrences(entered, around, zone)]
    withdrawn = entered.withdrawn_at
    present = next((each for each in periods if each.contains(now)), None)
    coming = next((each for each in periods if each.start > now), None)
    last = periods[-1] if periods else None
    if withdrawn is not None:
        begun = [each for each in periods if each.start < withdrawn]
        over = Period(begun[-1].start, max(begun[-1].start, min(begun[-1].end, withdrawn))) if begun else None
        return View(entered.window, "past" if begun else "withdrawn", entered.entered_at, over or last)
    if present is not None:
        return View(entered.window, "now", entered.entered_at, present)
    return View(entered.window, "past" if coming is None else "coming", entered.entered_at, coming or last)


def data(view: View) -> dict[str, Any]:
    """Write one window as plain data."""
    window, near = view.window, view.next_or_last
    return {
        "name": window.name,
        "when": view.when,
        "subjects": [str(subject) for subject in window.subjects],
        "starts": None if near is None else to_iso(near.start),
        "ends": None if near is None else to_iso(near.end),
        "schedule": window.schedule,
        "duration_seconds": window.duration,
        "reason": window.reason,
        "approved_by": window.approved_by,
        "approved_at": to_iso(window.approved_at),
        "change": window.change or None,
        "entered_by": window.entered_by or None,
        "entered_at": None if view.entered_at is None else to_iso(view.entered_at),
    }
