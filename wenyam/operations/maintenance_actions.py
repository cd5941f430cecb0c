"""Planned work added and ended while the watcher runs; each is a fact of whoever the kernel says it was, in force at once."""

from collections.abc import Awaitable, Callable
from typing import Any

from wenyam.engine import added_windows
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.model.instants import Instant
from wenyam.model.inventory import PlannedWindow
from wenyam.operations import maintenance
from wenyam.operations.maintenance import Asked, View
from wenyam.store.interface import EnteredWindow
from wenyam.store.rows import window_text

Answer = dict[str, Any]


def maintenance_actions(watcher: Watcher) -> dict[str, Callable[[str, Answer], Awaitable[Answer]]]:
    """Return the actions of planned work by name."""
    actions = MaintenanceActions(watcher)
    return {"maintenance-add": actions.add, "maintenance-end": actions.end, "maintenance-read": actions.read}


def asked_of(request: Answer) -> Asked:
    """Read a request; UsageError when a field has the wrong type."""
    subjects = request.get("subjects")
    if not isinstance(subjects, list) or not all(isinstance(each, str) for each in subjects):
        raise UsageError("this action needs a list of names as 'subjects'")
    approved_at = _instant(request, "approved_at")
    if approved_at is None:
        raise UsageError("this action needs an instant as 'approved_at'")
    duration = request.get("duration")
    if duration is not None and (isinstance(duration, bool) or not isinstance(duration, int | float)):
        raise UsageError("'duration' is a number of seconds")
    return Asked(
        subjects=tuple(subjects),
        reason=_text(request, "reason"),
        approved_by=_text(request, "approved_by"),
        approved_at=approved_at,
        starts=_instant(request, "starts"),
        ends=_instant(request, "ends"),
        schedule=_text(request, "schedule") or None,
        duration=duration,
        change=_text(request, "change"),
        name=_text(request, "name"),
    )


class MaintenanceActions:
    """Answers `maintenance-add`, `maintenance-end` and `maintenance-read`."""

    def __init__(self, watcher: Watcher) -> None:
        """Take the watcher that plans windows."""
        self._watcher = watcher

    async def add(self, actor: str, request: Answer) -> Answer:
        """Enter a window; it counts from now at the earliest."""
        now, configuration = self._watcher.clock.now(), self._watcher.configuration
        known = {each.window.name for each in await self._rows()} | set(configuration.inventory.windows)
        window = maintenance.judged(asked_of(request), actor, configuration, known, now)
        await self._watcher.journal.record(added_windows.added(window, now, actor))
        await self._watcher.plan_windows()
        return {"version": maintenance.VERSION, "window": maintenance.data(await self._view(window))}

    async def end(self, actor: str, request: Answer) -> Answer:
        """End a window that is in force, or withdraw one that is to come; UsageError when neither."""
        name, now = _text(request, "name"), self._watcher.clock.now()
        view = self._to_end(maintenance.views(self._watcher.configuration, await self._rows(), now), name)
        reason = clean(_text(request, "reason"), maintenance.LONGEST_REASON)
        await self._watcher.journal.record(added_windows.ended(view.window, now, actor, reason))
        await self._watcher.plan_windows()
        return {"version": maintenance.VERSION, "name": name, "was": view.when, "window": maintenance.data(view)}

    async def read(self, _actor: str, _request: Answer) -> Answer:
        """Take up at once what another process, such as a drill, wrote about planned work."""
        await self._watcher.plan_windows()
        return {"version": maintenance.VERSION}

    def _to_end(self, found: list[View], name: str) -> View:
        named = [view for view in found if view.window.name == name]
        if not named:
            open_ = [view.window.name for view in found if view.when in ("now", "coming")]
            raise UsageError(f"there is no window '{name}'", hint=f"In force or to come: {', '.join(open_) or 'none'}.")
        open_views = [view for view in named if view.when in ("now", "coming") and view.entered_at is not None]
        if not open_views:
            raise UsageError(f"window '{name}' is over already")
        view = open_views[0]
        if view.window.schedule is not None and not view.window.entered_by:
            raise UsageError(f"window '{name}' recurs and stands in the configuration", hint="Take it out there and reload.")
        return view

    async def _rows(self) -> list[EnteredWindow]:
        journal = self._watcher.journal
        return await journal.call(journal.writer.windows)

    async def _view(self, window: PlannedWindow) -> View:
        now, text = self._watcher.clock.now(), window_text(window)
        found = maintenance.views(self._watcher.configuration, await self._rows(), now)
        return next(view for view in found if window_text(view.window) == text)


def _text(request: Answer, key: str) -> str:
    value = request.get(key)
    if value is not None and not isinstance(value, str):
        raise UsageError(f"'{key}' is a text")
    return (value or "").strip()


def _instant(request: Answer, key: str) -> Instant | None:
    value = request.get(key)
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise UsageError(f"'{key}' is an instant in milliseconds")
    return None if value is None else Instant(value)
