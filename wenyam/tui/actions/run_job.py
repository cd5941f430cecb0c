"""Run a backup or a restore test now: the wish is recorded, and `wenyam jobs` carries it out under its own account."""

from wenyam.operations.job_requests import run_now
from wenyam.tui.actions.question import Act, Given, Question
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.view_models.backups import job_of
from wenyam.tui.view_models.look import Look


def run_job(look: Look, act: Act, job: str, *, restore: bool) -> Question | str:
    """Return the question, or why that cannot be asked for."""
    say, line = look.say, job_of(look, job)
    if line is None:
        return say("There is no such job.")
    if restore and line.job.restore.schedule is None:
        return say("This job has no schedule for restore tests; run: wenyam restore test {job}").format(job=job)
    request = run_now(job, restore=restore)

    def do(_given: Given) -> str:
        act(request)
        return f"{request['job']}: " + say("asked for; Events tell what came of it")

    title = (say("Restore test now") if restore else say("Back up now")) + f" · {job}"
    lines = [
        [Cell(request["job"], Tone.STRONG)],
        [Cell(say("'wenyam jobs' runs it within seconds, beside its schedule."))],
        [Cell(say("It is recorded under your account of this system."))],
    ]
    return Question(title, lines, say("run"), do)
