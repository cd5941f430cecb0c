"""Planned work: a device, link or service may be down from now on for a while, because somebody approved it."""

from wenyam.model.states import Subject, SubjectKind
from wenyam.operations.moments import moment_of
from wenyam.tui.actions.question import Act, Field, Given, Question
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.view_models.look import Look

_WITH_WINDOWS = (SubjectKind.DEVICE, SubjectKind.LINK, SubjectKind.SERVICE)


def planned_work(look: Look, act: Act, subject: str) -> Question | str:
    """Return the question, or why no work is planned on this."""
    say, known, now = look.say, Subject.parse(subject), look.picture.at
    if known.kind not in _WITH_WINDOWS:
        return say("Work is planned on devices, links and services.")
    zone = look.picture.configuration.instance.availability.time_zone

    def do(given: Given) -> str:
        ends = moment_of(given["until"], say("Until"), now, zone, last=True)
        answer = act({
            "action": "maintenance-add", "subjects": [str(known.owner)], "starts": now, "ends": ends,
            "reason": given["reason"], "approved_by": given["approved_by"], "approved_at": now, "change": given["change"],
        })  # fmt: skip
        return f"{answer['window']['name']}: " + say("planned until") + f" {look.moment(ends)}"

    people = tuple(look.picture.configuration.inventory.people)
    fields = (
        Field("until", say("Until (+2h, or a date and time such as 2026-11-28T22:00)"), "+2h", needed=True),
        Field("reason", say("Reason"), needed=True),
        Field("approved_by", say("Approved by (not yourself)") + ": " + ", ".join(people), needed=True, choices=people),
        Field("change", say("Number of the change request")),
    )
    lines = [
        [Cell(look.called(str(known.owner)), Tone.STRONG)],
        [Cell(say("From now on it may be down: nobody is called, it counts as planned."))],
    ]
    return Question(say("Plan work"), lines, say("plan it"), do, fields)
