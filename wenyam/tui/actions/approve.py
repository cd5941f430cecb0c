"""Approve: a step of a DR run is signed with the person's own key, here or elsewhere; first it shows what exactly is signed."""

from collections.abc import Sequence

from wenyam.operations.own_key import own_key, place_of, sign_here, write_text
from wenyam.tui.actions.question import Act, Field, Given, Question
from wenyam.tui.cells import Cell, Line, Tone
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.recovery import board_of
from wenyam.tui.wrapping import wrapped

_WIDTH = 70


def approve(look: Look, act: Act, plan: str, step: str) -> Question | str:
    """Return the question for the reason, which shows the text next, or why nothing waits.

    `step` is what the cursor is on; unless that is under way, the only one that waits is meant.
    """
    say, board = look.say, board_of(look, plan)
    if board is None or not board.plan["run_in_progress"] or board.run is None:
        return say("No run of this plan is in progress, so nothing waits for a signature.")
    run = str(board.run["run"])
    step = step if any(each["id"] == step and each["stage"] == "running" for each in board.run["steps"]) else ""
    found: dict[str, str] = {}

    def do(given: Given) -> str:
        answer = act({"action": "dr-text", "run": run, "step": step, "reason": given["reason"]})
        found.update(step=str(answer["step"]), text=str(answer["text"]))
        return found["text"]

    lines = [
        [Cell(f"{plan} · {run} {step}".rstrip(), Tone.STRONG)],
        [Cell(say("Next you see the exact text and sign it with your own key."))],
        [Cell(say("Whoever runs the plan cannot approve it."))],
    ]
    fields = (Field("reason", say("Reason (may stay empty)")),)
    return Question(
        say("Approve a step"),
        lines,
        say("show the text"),
        do,
        fields,
        then=lambda text: _statement(look, act, run, found["step"], text),
    )


def _statement(look: Look, act: Act, run: str, step: str, text: str) -> Question:
    """Show what is signed, and sign it on yes; without a key the text is written for signing elsewhere."""
    say, configuration = look.say, look.picture.configuration

    def do(given: Given) -> str:
        if not given["key"]:
            return f"{write_text(run, step, text)}: " + say("written; it can be signed for a day")
        signature = sign_here(configuration, given["key"], text)
        answer = act({"action": "dr-sign", "run": run, "step": step, "text": text, "signature": signature})
        return f"{run}: {step}: " + say("signed by") + f" {look.person(str(answer['person']))}"

    label = say("Your key, or its .pub (agent); empty writes FILE:") + f" ~/{place_of(run, step).name}"
    lines = [*_lines(text.splitlines(), Tone.PLAIN), *_lines(_by_hand(run, step), Tone.FAINT)]
    return Question(say("You sign this text"), lines, say("sign"), do, (Field("key", label, own_key(configuration)),))


def _by_hand(run: str, step: str) -> Sequence[str]:
    """Return the commands that do the same elsewhere."""
    return (
        "ssh-keygen -Y sign -f KEY -n wenyam FILE",
        f"wenyam dr approve {run} {step} --text FILE --signature FILE.sig",
    )


def _lines(texts: Sequence[str], tone: Tone) -> list[Line]:
    return [[Cell(line, tone)] for text in texts for line in wrapped(text, _WIDTH)]
