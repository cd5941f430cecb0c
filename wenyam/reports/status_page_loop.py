"""Writes the status page again and again beside the watcher; a page that cannot be written is a state of its own."""

import asyncio
import logging
from pathlib import Path

from wenyam.clock import Clock
from wenyam.engine.watcher import Watcher
from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant
from wenyam.model.inventory import AT_ONCE
from wenyam.model.states import CheckResult, Observation, State, Subject, SubjectKind
from wenyam.model.status_page import StatusPagePlan
from wenyam.reports.status_page_data import gather
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

    async def run(self) -> None:
        """Write for ever, where a page is wanted."""
        await self._clock.sleep(FIRST_SECONDS)
        while True:
            plan = self._watcher.configuration.status_page
            if plan is None:
                self._watcher.board.forget(WRITTEN, self._clock.now(), "no status page is configured")
                await self._clock.sleep(UNUSED_SECONDS)
                continue
            await self._turn(plan)
            await self._clock.sleep(plan.every)

    async def _turn(self, plan: StatusPagePlan) -> None:
        configuration, now = self._watcher.configuration, self._clock.now()
        work = asyncio.create_task(asyncio.to_thread(publish, configuration, plan, now))
        try:
            await asyncio.shield(work)
        except WenyamError as error:
            _LOG.error("status page: %s", error)
            self._say(State.CRIT, f"the status page cannot be written: {error.sentence}")
        except asyncio.CancelledError:
            # While its thread reads, nobody who closes the database could take the log away.
            await asyncio.wait({work})
            raise
        else:
            self._say(State.OK, f"the status page is written to {plan.directory}")

    def _say(self, state: State, summary: str) -> None:
        self._watcher.board.observe(WRITTEN, Observation(self._clock.now(), CheckResult(state, summary)), AT_ONCE)


def publish(configuration: Configuration, plan: StatusPagePlan, now: Instant) -> None:
    """Gather the page once and write it in every language, each file as a whole; StoreError when a file cannot be written."""
    page = gather(configuration, plan, now)
    for language in plan.languages:
        path = Path(plan.directory) / page.file_of(language)
        files.write(path, write(page, language).encode("utf-8", "replace"), mode=READABLE)
