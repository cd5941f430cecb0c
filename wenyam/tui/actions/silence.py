"""Silence: nobody is told about a row for a while; the states and the incident go on."""

from wenyam.tui.actions.question import Act, Field, Given, Question
from wenyam.tui.cells import Cell, Tone
from wenyam.tui.view_models.look import Look


def silence(look: Look, act: Act, subject: str) -> Question | str:
    """Return the question."""
    say = look.say

    def do(given: Given) -> str:
        act({"action": "alert-silence", "what": subject, "for": given["for"], "reason": given["reason"]})
        return f"{look.called(subject)}: " + say("is silent for") + f" {given['for']}"

    fields = (
        Field("for", say("For how long (2h, 1d)"), "2h", needed=True),
        Field("reason", say("Reason"), needed=True),
    )
    lines = [
        [Cell(look.called(subject), Tone.STRONG)],
        [Cell(say("Nobody is told about it meanwhile. States and incidents go on."))],
    ]
    return Question(say("Silence alerts"), lines, say("silence"), do, fields)
