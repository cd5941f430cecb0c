"""The help: what the present screen is for and what every key does."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.screen import ModalScreen

from wenyam.tui.cells import Line
from wenyam.tui.widgets.block import Block
from wenyam.tui.widgets.toned import TONED


class Help(ModalScreen[None]):
    """Shows lines until a key is pressed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONED
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,question_mark,q,enter", "leave", show=False),
        Binding("j", "scroll(1)", show=False),
        Binding("k", "scroll(-1)", show=False),
    ]

    def __init__(self, lines: Sequence[Line]) -> None:
        """Take what is said."""
        super().__init__()
        self._lines = lines

    def compose(self) -> ComposeResult:
        """Put it into a box that scrolls where it is higher than the terminal."""
        with VerticalScroll(id="box"):
            yield Block(self._lines)

    def action_leave(self) -> None:
        """Go back."""
        self.dismiss()

    def action_scroll(self, lines: int) -> None:
        """Move through what does not fit."""
        self.query_one(VerticalScroll).scroll_relative(y=lines, animate=False)
