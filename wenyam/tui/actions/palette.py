"""The palette: every command by its words, every device, service and link by its name; typed letters narrow it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widgets import Input

from wenyam.i18n.translate import Translator
from wenyam.tui.cells import Cell, Column, Line, Rows, Tone
from wenyam.tui.widgets.quiet_table import QuietTable
from wenyam.tui.widgets.toned import TONED

SHOWN = 200
"""Nobody reads further; one types another letter."""


@dataclass(frozen=True, slots=True)
class Command:
    """One line of the palette."""

    words: str
    key: str
    """The key that does the same; empty when there is none."""
    action: str
    """Textual's word for what is done, such as `app.quit`."""


def found(commands: Sequence[Command], wanted: str) -> list[Command]:
    """Return the commands that hold every typed word, those that begin with the first one first."""
    words = wanted.casefold().split()
    matching = [each for each in commands if all(word in each.words.casefold() for word in words)]
    if words:
        matching.sort(key=lambda each: not each.words.casefold().startswith(words[0]))
    return matching[:SHOWN]


class Palette(ModalScreen[str]):
    """Ends with the action that was chosen, empty for none."""

    COMPONENT_CLASSES: ClassVar[set[str]] = TONED
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", show=False),
        Binding("down", "move(1)", show=False, priority=True),
        Binding("up", "move(-1)", show=False, priority=True),
    ]

    def __init__(self, commands: Callable[[], Sequence[Command]], say: Translator) -> None:
        """Take what may be chosen."""
        super().__init__()
        self._commands = commands()
        self.say = say
        self._shown: list[Command] = []

    def compose(self) -> ComposeResult:
        """Put the typed line over the table."""
        with Vertical(id="box"):
            yield Input(placeholder=self.say("A command, or the name of a device or service"), compact=True)
            yield QuietTable()

    def on_mount(self) -> None:
        """Show everything."""
        self._narrow("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow it."""
        self._narrow(event.value)

    def on_input_submitted(self) -> None:
        """Choose the line under the cursor."""
        self.query_one(QuietTable).action_choose()

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """End with the chosen action."""
        self.dismiss(self._shown[int(event.key)].action)

    def action_move(self, steps: int) -> None:
        """Move the cursor while the typed line keeps the focus."""
        self.query_one(QuietTable).action_move(steps)

    def action_leave(self) -> None:
        """Choose nothing."""
        self.dismiss("")

    def _narrow(self, wanted: str) -> None:
        self._shown = found(self._commands, wanted)
        columns = (Column(self.say("Command"), 30, grow=1), Column(self.say("Key"), 8))
        keys = [str(number) for number in range(len(self._shown))]
        table = self.query_one(QuietTable)
        table.show(Rows(columns, keys, self._line, self.say("Nothing has this name.")))
        table.action_edge(0)

    def _line(self, key: str) -> Line:
        command = self._shown[int(key)]
        return (Cell(command.words), Cell(command.key, Tone.WARN))
