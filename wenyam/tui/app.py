"""The dashboard itself: keys, screens, theme and language; it shows the picture and has it gathered beside the screens."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import translator
from wenyam.tui.gathering import LOOK_SECONDS, Source
from wenyam.tui.picture import Change, Picture, Wishes
from wenyam.tui.screens import SCREENS
from wenyam.tui.screens.page import Page
from wenyam.tui.themes import DARK, LIGHT, THEMES
from wenyam.tui.view_models.look import Look

FIRST = SCREENS[0].name


class WenyamApp(App[None]):
    """Shows one picture on many screens."""

    TITLE = "Wenyam"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", show=False),
        Binding("question_mark", "help", show=False),
        Binding("colon,ctrl+p", "palette", show=False),
        Binding("t", "theme", show=False),
        Binding("l", "language", show=False),
        *(Binding(entry.key, f"go('{entry.name}')", show=False) for entry in SCREENS),
    ]

    def __init__(self, source: Source, picture: Picture, language: str, first: str = FIRST) -> None:
        """Take what to look at, the empty first picture, the language and the first screen."""
        super().__init__()
        self._source = source
        self._first = first
        self._pages: dict[str, Page] = {}
        self.picture = picture
        self.language = language
        self.say = translator(language)
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = DARK.name

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Return the colours that only our own themes name."""
        return dict(DARK.variables)

    @property
    def tabs(self) -> Sequence[tuple[str, str, str]]:
        """The screens as (name, key, words)."""
        return [(entry.name, entry.key, entry.title) for entry in SCREENS]

    def on_mount(self) -> None:
        """Open the first screen and begin to look."""
        self.action_go(self._first)
        self.gather()
        self.set_interval(LOOK_SECONDS, self.gather)

    def look_of(self, wanted: str, folded: frozenset[str], order: int) -> Look:
        """Return a look at the present picture."""
        return Look(self.picture, self.language, self.say, wanted, folded, order)

    def take(self, change: Change) -> None:
        """Change the picture and show it."""
        self.picture = change(self.picture)
        if isinstance(self.screen, Page):
            self.screen.show()

    def gather(self) -> None:
        """Look in two threads: at the states, and at the parts, which may take their time."""
        page = next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Page)), None)
        wishes = Wishes() if page is None else page.wishes
        self._start("look", self._source.look, wishes)
        self._start("fill", self._source.fill, wishes)

    def _start(self, name: str, work: Callable[[Wishes, Picture], Change], wishes: Wishes) -> None:
        if any(worker.group == name and worker.is_running for worker in self.workers):
            return  # one that takes long is waited for, never doubled

        def run() -> None:
            worker = get_current_worker()
            change = work(wishes, self.picture)
            if not worker.is_cancelled:
                self.call_from_thread(self.take, change)

        self.run_worker(run, name, group=name, thread=True)

    def action_go(self, name: str) -> None:
        """Open a screen; it is as it was left."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = next(entry.page() for entry in SCREENS if entry.name == name)
            self.install_screen(page, name)
        while len(self.screen_stack) > 2:  # noqa: PLR2004  # Textual's own blank screen, and the present page
            self.pop_screen()
        if len(self.screen_stack) == 1:
            self.push_screen(name)
        elif self.screen is not page:
            self.switch_screen(name)
        self.gather()

    def action_leave(self) -> None:
        """Go back to where one came from; from the first one nowhere."""
        if len(self.screen_stack) > 2:  # noqa: PLR2004  # as above
            self.pop_screen()

    def open_owner(self, kind: str, name: str) -> None:
        """Open the screen of one device or service."""

    def action_theme(self) -> None:
        """Change between dark and light."""
        self.theme = LIGHT.name if self.theme == DARK.name else DARK.name

    def action_language(self) -> None:
        """Change between Thai and English."""
        self.language = "en" if self.language == "th" else "th"
        self.say = translator(self.language)
        if isinstance(self.screen, Page):
            self.screen.show()

    def action_help(self) -> None:
        """Say what the keys do."""

    def action_palette(self) -> None:
        """Offer every command by its words."""

    def tell(self, sentence: str, *, wrong: bool = False) -> None:
        """Show a sentence in a corner for a while; literal text."""
        self.notify(clean(sentence, 600), severity="error" if wrong else "information", markup=False)
