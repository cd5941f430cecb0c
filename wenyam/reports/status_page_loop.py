"""Writes the status page again and again beside the watcher; a page that cannot be written is a state of its own."""

import asyncio
import logging
from dataclasses import replace
from pathlib import Path

from wenyam.clock import Clock
from wenyam.engine.watcher import Watcher
from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after, seconds_between
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.model.status_page import StatusPagePlan
from wenyam.reports.status_page import StatusPage
from wenyam.reports.status_page_data import States, gather
from wenyam.reports.status_page_html import write
from wenyam.store import files

_LOG = logging.getLogger(__name__)

WRITTEN = Subject(SubjectKind.MONITOR, "status-page", "written")
FIRST_SECONDS = 3.0
"""The first page is written when the first looks are through."""
UNUSED_SECONDS = 30.0
READABLE = 0o644
"""A web server of another account shows it."""


class StatusPageLoop:
    """Keeps the page of the present configuration fresh."""

    def __init__(self, clock: Clock, watcher: Watcher) -> None:
        """Take the watcher for its configuration and board."""
        self._clock = clock
        self._watcher = watcher
        self._shown: tuple[StatusPagePlan, StatusPage] | None = None

    async def run(self) -> None:
        """Write for ever, where a page is wanted; the last one says that nobody watches."""
        try:
            await self._run()
        finally:
            self._leave()

    async def _run(self) -> None:
        await self._clock.sleep(FIRST_SECONDS)
        while True:
            plan = self._watcher.configuration.status_page
            if plan is None:
                self._shown = None
                self._watcher.board.forget(WRITTEN, self._clock.now(), "no status page is configured")
                await self._clock.sleep(UNUSED_SECONDS)
                continue
            await self._turn(plan)
            await self._clock.sleep(plan.every)

    async def _turn(self, plan: StatusPagePlan) -> None:
        configuration, now = self._watcher.configuration, self._clock.now()
        # What the store holds may be old: it could be locked, or its disk full.
        states = {record.subject: record for record in self._watcher.board.records() if _is_shown(record.subject)}
        work = asyncio.create_task(asyncio.to_thread(publish, configuration, plan, now, states))
        try:
            self._shown = plan, await asyncio.shield(work)
        except WenyamError as error:
            _LOG.error("status page: %s", error)
            self._say(State.CRIT, f"the status page cannot be written: {error.sentence}")
        except asyncio.CancelledError:
            # While its thread reads, nobody who closes the database could take the log away.
            await asyncio.wait({work})
            raise
        else:
            self._say(State.OK, f"the status page is written to {plan.directory}")

    def _leave(self) -> None:
        """Leave no green page behind."""
        if self._shown is None:
            return
        plan, page = self._shown
        try:
            write_files(plan, unknown_from(page, self._clock.now()))
        except WenyamError as error:
            _LOG.error("status page: %s", error)

    def _say(self, state: State, summary: str) -> None:
        self._watcher.board.observe(WRITTEN, Observation(self._clock.now(), CheckResult(state, summary)), AT_ONCE)


def _is_shown(subject: Subject) -> bool:
    return subject.is_liveness or subject.kind is SubjectKind.SERVICE


def unknown_from(page: StatusPage, now: Instant) -> StatusPage:
    """Return a page on which nothing is known of any service any more."""
    services = tuple(replace(service, state=State.UNKNOWN, since=now, because=()) for service in page.services)
    return replace(page, written=now, due=after(now, seconds_between(page.written, page.due)), services=services)


def publish(configuration: Configuration, plan: StatusPagePlan, now: Instant, states: States | None = None) -> StatusPage:
    """Gather the page once and write it; StoreError when a file cannot be written."""
    page = gather(configuration, plan, now, states)
    write_files(plan, page)
    return page


def write_files(plan: StatusPagePlan, page: StatusPage) -> None:
    """Write a page in every language, each file as a whole; StoreError when a file cannot be written."""
    for language in plan.languages:
        path = Path(plan.directory) / page.file_of(language)
        files.write(path, write(page, language).encode("utf-8", "replace"), mode=READABLE)
