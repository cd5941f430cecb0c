"""Asking for a run over the control socket: the watcher only puts it on record, the calendar's own account does it."""

from collections.abc import Awaitable, Callable
from typing import Any

from wenyam.engine.calendar_asked import asked
from wenyam.engine.calendar_jobs import calendar_jobs
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.operations.jobs import VERSION, job_named

Answer = dict[str, Any]


def job_actions(watcher: Watcher) -> dict[str, Callable[[str, Answer], Awaitable[Answer]]]:
    """Return the action `job-run` of the control socket."""

    async def ask(actor: str, request: Answer) -> Answer:
        name = request.get("job")
        if not isinstance(name, str):
            raise UsageError("this action needs a text 'job'")
        job = job_named(calendar_jobs(watcher.configuration), name)
        await watcher.journal.record(asked(job.name, actor, watcher.clock.now()))
        return {"version": VERSION, "job": job.name, "asked_by": actor}

    return {"job-run": ask}
