"""The dialog that asks before anything is done; what is refused is said in it, so that nobody types twice."""

from collections.abc import Iterable, Iterator
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input

from wenyam.errors import WenyamError
from wenyam.i18n.translate import Translator
from wenyam.operations.refusal_words import told_refusal
from wenyam.tui.actions.question import Field, Given, Question
from wenyam.tui.cells import Cell, Line, Tone
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.frame import KeyLine, Strips
from wenyam.tui.widgets.toned import TONED
from wenyam.tui.wrapping import wrapped

_WIDTH = 70
"""Cells inside the box, as `app.tcss` makes it."""


def _in_full(lines: Iterable[Line]) -> Iterator[Line]:
    """Yield lines so that each can be read to its end: a sentence that is too long goes on in the next line."""
    for line in lines:
        if len(line) == 1 and line[0].text:
            yield from ([Cell(part, line[0].tone)] for part in wrapped(line[0].text, _WIDTH))
        else:
            yield line


class Dialog(ModalScreen[str]):
    """Asks one question; ends with the sentence to tell, empty when nothing was done."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONED
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "no", show=False),
        Binding("enter,y", "yes", show=False),
        Binding("ctrl+s", "yes", show=False, priority=True),
        Binding("down", "app.focus_next", show=False),
        Binding("up", "app.focus_previous", show=False),
    ]

    def __init__(self, question: Question, say: Translator) -> None:
        """Take the question and the reader's language."""
        super().__init__()
        self._question = question
        self.say = say

    def compose(self) -> ComposeResult:
        """Put sentences, fields and keys into a box."""
        with Vertical(id="box"):
            yield Block([[Cell(self._question.title, Tone.STRONG)], [], *_in_full(self._question.lines), []], id="said")
            for field in self._question.fields:
                yield Block([*_in_full([[Cell(field.words + (" *" if field.needed else ""), Tone.FAINT)]])])
                yield self._input(field)
            yield Block(id="refusal")
            yield KeyLine()

    def _input(self, field: Field) -> Input:
        offered = SuggestFromList(field.choices, case_sensitive=False) if field.choices else None
        return Input(field.value, id=f"field-{field.name}", compact=True, select_on_focus=False, suggester=offered)

    def on_mount(self) -> None:
        """Begin in the first field."""
        fields = len(self._question.fields)
        yes = ("screen.yes", "ctrl+s" if fields > 1 else "Enter", self._question.yes)
        self.query_one(KeyLine).show([yes, ("screen.no", "Esc", self.say("do nothing"))])
        if fields:
            self.query(Input).first().focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go to the next field; from the last one do it."""
        inputs: list[Widget] = list(self.query(Input))
        number = inputs.index(event.input)
        if number + 1 < len(inputs):
            inputs[number + 1].focus()
        else:
            self.action_yes()

    def on_strips_chosen(self, event: Strips.Chosen) -> None:
        """Do what was clicked."""
        event.stop()
        self.call_later(self.run_action, event.key)

    def action_no(self) -> None:
        """Leave everything as it is."""
        self.dismiss("")

    def action_yes(self) -> None:
        """Do it, unless something that is needed is missing."""
        given = {field.name: self.query_one(f"#field-{field.name}", Input).value.strip() for field in self._question.fields}
        missing = [field for field in self._question.fields if field.needed and not given[field.name]]
        if missing:
            self._refuse(f"{self.say('This is missing:')} {missing[0].words}")
            self.query_one(f"#field-{missing[0].name}", Input).focus()
        elif not any(worker.is_running for worker in self.workers if worker.node is self):
            self._refuse("")
            self.run_worker(lambda: self._act(given), thread=True)

    def _act(self, given: Given) -> None:
        try:
            said = self._question.act(given)
        except WenyamError as error:
            # The class's own sentence speaks of commands; here what is wrong and what to do is enough.
            said = ". ".join(filter(None, (error.what or error.sentence, error.advice)))
            self.app.call_from_thread(self._refuse, told_refusal(said, self.say))
        else:
            self.app.call_from_thread(self.dismiss, said)

    def _refuse(self, sentence: str) -> None:
        lines = wrapped(sentence, max(20, self.query_one("#box").size.width - 2))
        refusal = self.query_one("#refusal", Block)
        refusal.show([[Cell(line, Tone.BAD)] for line in lines])
        self.call_after_refresh(refusal.scroll_visible, animate=False)
