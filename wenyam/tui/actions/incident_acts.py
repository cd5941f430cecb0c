"""What is done about an incident from its screen; each asks first and is recorded under the account of this system."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from wenyam.i18n.translate import mark
from wenyam.operations.incident_words import CAUSES
from wenyam.tui.actions.question import Act, Field, Given, Question
from wenyam.tui.cells import Cell, Line, Tone
from wenyam.tui.view_models.look import Look
from wenyam.tui.wrapping import wrapped


@dataclass(frozen=True, slots=True)
class Deed:
    """One act of `wenyam incident`: its key, its words, and the texts it needs."""

    act: str
    key: str
    words: str
    fields: Sequence[tuple[str, str, bool]] = ()
    """(name of the field, words, is needed)."""


_WIDTH = 70
_TEXT = mark("In your own words")
DEEDS: Mapping[str, Deed] = {
    each.act: each
    for each in (
        Deed("ack", "a", mark("acknowledge"), (("text", mark("Note (may stay empty)"), False),)),
        Deed("assign", "i", mark("give to"), (("person", mark("Person"), True),)),
        Deed("note", "n", mark("note"), (("text", _TEXT, True),)),
        Deed("cause", "c", mark("cause"), (("cause", mark("Cause, in one of these words"), True),)),
        Deed(
            "hand-off", "h", mark("hand off"),
            (("party", mark("hosting-centre or contractor"), True), ("to", mark("Their name (may stay empty)"), False),
             ("reference", mark("The number they gave (may stay empty)"), False)),
        ),
        Deed("fixed", "f", mark("fixed"), (("text", mark("Note (may stay empty)"), False),)),
        Deed("test", "e", mark("test result"), (("result", mark("pass or fail"), True), ("text", _TEXT, True))),
        Deed("how-to", "w", mark("how-to note"), (("text", _TEXT, True),)),
        Deed("close", "x", mark("close"), (("text", mark("Note (may stay empty)"), False),)),
    )
}  # fmt: skip
"""Every act by its name over the control socket."""


def question(look: Look, act: Act, code: str, name: str) -> Question:
    """Return the question of one act."""
    say, deed = look.say, DEEDS[name]

    def do(given: Given) -> str:
        said = {field: _code_of(look, text) if field == "cause" else text for field, text in given.items() if text}
        act({"action": "incident", "act": deed.act, "code": code, **said})
        return f"{code}: {say(deed.words)}"

    choices = {
        "person": tuple(look.picture.configuration.inventory.people),
        "cause": tuple(_cause_words(look)),
        "party": ("hosting-centre", "contractor"),
        "result": ("pass", "fail"),
    }
    fields = tuple(
        Field(field, say(words), needed=needed, choices=choices.get(field, ())) for field, words, needed in deed.fields
    )
    lines: list[Line] = [[Cell(code, Tone.STRONG)], [Cell(say("It is recorded under your account of this system."))]]
    if deed.act == "cause":
        lines += [[Cell(line, Tone.FAINT)] for line in wrapped(" · ".join(_cause_words(look)), _WIDTH)]
    return Question(f"{say(deed.words)} · {code}", lines, say(deed.words), do, fields)


def _cause_words(look: Look) -> Mapping[str, str]:
    """Return the codes of causes by their words in the reader's language."""
    return {look.say(words): code for code, words in CAUSES.items()}


def _code_of(look: Look, given: str) -> str:
    """Return the code of a cause that was typed in words; what is no such word is the watcher's to judge."""
    return {words.casefold(): code for words, code in _cause_words(look).items()}.get(given.casefold(), given)
