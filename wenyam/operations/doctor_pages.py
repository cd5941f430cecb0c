"""Examination of the status page: its directory is there, may be written, and the page in it is fresh."""

import os
from collections.abc import Iterable
from pathlib import Path

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.model import durations
from wenyam.model.instants import MILLISECONDS
from wenyam.model.status_page import StatusPagePlan
from wenyam.operations.findings import Finding, Surroundings, bad, good, untested, without_configuration

_ABOUT = "status page"
_LATE_FACTOR = 3.0
"""A page that missed two writings is not merely slow."""
_HOW = "See docs/howto/status-page.md; under systemd the unit must name it in ReadWritePaths."


def status_page(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine where the page is written; nothing is said where none is wanted."""
    configuration = surroundings.configuration
    if configuration is None:
        return without_configuration(_ABOUT)
    plan = configuration.status_page
    return [] if plan is None else [_of(plan, surroundings)]


def _of(plan: StatusPagePlan, surroundings: Surroundings) -> Finding:
    directory = Path(plan.directory)
    if not directory.is_dir():
        return bad(_ABOUT, f"{directory} does not exist", f"Run: install -d -o wenyam -g wenyam -m 0755 {directory}")
    page = directory / "index.html"
    if not page.is_file():
        if not os.access(directory, os.W_OK | os.X_OK):
            return bad(_ABOUT, f"{directory} may not be written by this account", _HOW)
        return untested(_ABOUT, f"{page} was not written yet", "The watcher writes it; see 'wenyam status'.")
    age = surroundings.clock.now() / MILLISECONDS - page.stat().st_mtime
    if age < -FUTURE_TOLERANCE:
        sentence = (
            f"{page} was written {durations.write(-age)} in the future: the clock was set back, so nobody knows how old it is"
        )
        return bad(_ABOUT, sentence, _HOW)
    if age > _LATE_FACTOR * plan.every:
        return bad(_ABOUT, f"{page} is {durations.write(age)} old, and one is due every {durations.write(plan.every)}", _HOW)
    return good(_ABOUT, f"{page} is {durations.write(max(0.0, age))} old")
