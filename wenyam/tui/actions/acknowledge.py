"""Acknowledge: the incident that a row belongs to is seen by somebody; nobody else is called."""

from wenyam.model.states import Subject
from wenyam.tui.actions.question import Act, Field, Given, Question
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.picture import Holder
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.problems import root_of


def acknowledge(look: Look, act: Act, subject: str) -> Question | str:
    """Return the question, or why there is nothing to acknowledge."""
    say = look.say
    holder = holder_of(look, subject)
    if holder is None:
        return say("No open incident is about this row.")
    if holder.who:
        return f"{holder.code}: " + say("somebody has it already:") + f" {look.person(holder.who)}"

    def do(given: Given) -> str:
        act({"action": "incident", "act": "ack", "code": holder.code, "text": given["note"]})
        return f"{holder.code}: " + say("acknowledged")

    lines = [
        [Cell(look.called(subject), Tone.STRONG)],
        [Cell(say("Nobody else is called. It is recorded under your account of this system."))],
    ]
    title = say("Acknowledge incident") + f" {holder.code}"
    return Question(title, lines, say("acknowledge"), do, (Field("note", say("Note (may stay empty)")),))


def holder_of(look: Look, subject: str) -> Holder | None:
    """Return who has a row: its own incident, its cause's, or its device's."""
    holders = look.picture.holders
    known = Subject.parse(subject)
    return holders.get(subject) or holders.get(root_of(subject, look.picture.states)) or holders.get(str(known.owner))
