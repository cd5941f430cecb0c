"""Re-check: everything about a device, service, link or job is read now, without waiting for its turn."""

from wenyam.model.states import Subject, SubjectKind
from wenyam.tui.actions.question import Act, Given, Question
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.view_models.look import Look

_CHECKED = (SubjectKind.DEVICE, SubjectKind.SERVICE, SubjectKind.LINK, SubjectKind.JOB)


def recheck(look: Look, act: Act, subject: str) -> Question | str:
    """Return the question, or why this is not checked again."""
    say, known = look.say, Subject.parse(subject)
    if known.kind not in _CHECKED:
        return say("Only devices, services, links and jobs are checked again by hand.")

    def do(_given: Given) -> str:
        act({"action": "recheck", "name": known.name})
        return f"{known.name}: " + say("is being checked again")

    lines = [[Cell(known.name, Tone.STRONG)], [Cell(say("Every reading and probe of it is made now."))]]
    return Question(say("Check again now?"), lines, say("check again"), do)
