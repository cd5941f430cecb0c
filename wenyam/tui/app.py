"""The dashboard itself: keys, screens, theme and language; it shows the picture and has it gathered beside the screens."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Protocol

from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import get_current_worker

from wenyam import garbage
from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import translator
from wenyam.model.inventory import Text
from wenyam.operations.recovery_dashboard import plan_watched_as
from wenyam.tui.actions.dialog import Dialog
from wenyam.tui.actions.help import Help
from wenyam.tui.actions.palette import Command, Palette
from wenyam.tui.actions.question import Question
from wenyam.tui.gathering import LOOK_SECONDS, Source
from wenyam.tui.picture import Change, Picture, Wishes
from wenyam.tui.screens import SCREENS
from wenyam.tui.screens.backups import JobPage
from wenyam.tui.screens.device import DevicePage
from wenyam.tui.screens.page import Page
from wenyam.tui.screens.recovery import PlanPage
from wenyam.tui.themes import DARK, LIGHT, THEMES
from wenyam.tui.view_models.frame import COMMON, doable, going_to
from wenyam.tui.view_models.help import lines as help_lines
from wenyam.tui.view_models.look import Look

FIRST = SCREENS[0].name
_AGAIN = 0.05
"""Seconds after which a thread has surely ended."""
_PREPARED_EVERY = 0.1
"""Seconds between two screens that are made ahead; each takes some 20 ms."""


class Named(Protocol):
    """What has a name and, for people, labels."""

    @property
    def name(self) -> str:
        """The name in the configuration."""

    @property
    def label(self) -> Text | None:
        """What people call it."""


def _called(kind: str, thing: Named) -> str:
    """Return a thing as the palette lists it: by every name that somebody may type."""
    labels = dict.fromkeys((thing.label.th, thing.label.en)) if thing.label is not None else {}
    return " · ".join([f"{kind}:{thing.name}", *(label for label in labels if label and label != thing.name)])


class WenyamApp(App[None]):
    """Shows one picture on many screens."""

    TITLE = "Wenyam"
    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q,ctrl+c", "quit", show=False),
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
        self._owners: list[DevicePage] = []
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
        garbage.give_back_large_pieces()
        self.action_go(self._first)
        self.gather()
        self.set_interval(LOOK_SECONDS, self.gather)

    @property
    def page(self) -> Page | None:
        """The page on top, with or without a dialog over it."""
        return next((screen for screen in reversed(self.screen_stack) if isinstance(screen, Page)), None)

    def look_of(self, wanted: str, folded: frozenset[str], order: int) -> Look:
        """Return a look at the present picture."""
        return Look(self.picture, self.language, self.say, wanted, folded, order)

    def take(self, change: Change) -> None:
        """Change the picture and show it, unless nothing of it is another."""
        before, self.picture = self.picture, change(self.picture)
        if isinstance(self.screen, Page) and self.picture != before:
            self.screen.show()

    @property
    def wishes(self) -> Wishes:
        """What the page on top wants to be gathered."""
        return Wishes() if self.page is None else self.page.wishes

    def gather(self) -> None:
        """Look in two threads: at the states, and at the parts, which may take their time."""
        self._start("look", self._source.look)
        self._start("fill", self._source.fill)

    def _start(self, name: str, work: Callable[[Wishes, Picture], Change]) -> None:
        if any(worker.group == name and worker.is_running for worker in self.workers):
            return  # one that takes long is waited for, never doubled
        wishes = self.wishes

        def run() -> None:
            worker = get_current_worker()
            change = work(wishes, self.picture)
            if not worker.is_cancelled:
                self.call_from_thread(self._gathered, change, wishes)

        self.run_worker(run, name, group=name, thread=True)

    def _gathered(self, change: Change, wishes: Wishes) -> None:
        if not self.screen_stack:
            return  # the dashboard is being closed: nobody looks any more
        first = not self.picture.looked
        self.take(change)
        if first and self.picture.looked:
            garbage.spare_what_is_held()
            self.set_timer(_PREPARED_EVERY, self._prepare)
        if self.wishes != wishes:  # another page was opened meanwhile; it need not wait for the next look
            self.set_timer(_AGAIN, self.gather)
        elif self.picture.unfilled:
            self.set_timer(_AGAIN, lambda: self._start("fill", self._source.fill))

    async def _prepare(self) -> None:
        """Make the next screen that nobody has opened yet, so that its first opening takes no longer than any later one."""
        page = self._next_page() if self.screen_stack else None
        if page is not None:
            # Textual makes and places a screen's widgets only once it is pushed; what it calls then has no public name.
            await self._get_screen(page)[1]
            page._refresh_layout(self.size)  # noqa: SLF001  # as said above
            self.set_timer(_PREPARED_EVERY, self._prepare)

    def _next_page(self) -> Page | None:
        """Return a page that nobody has opened: of the screens with keys, then one for whatever device is opened next."""
        for entry in SCREENS:
            if entry.name not in self._pages:
                return self._made(entry.name)
        names = self.picture.configuration.inventory.devices
        return None if self._owners or not names else self._page_of(f"device:{next(iter(names))}")

    def _page_of(self, owner: str) -> DevicePage:
        """Return a page about a device, service or link that is not open already, used before or new."""
        open_now = self.screen_stack
        page = next((page for page in self._owners if page not in open_now), None)
        if page is None:
            page = DevicePage(owner)
            self._owners.append(page)
            self.install_screen(page, f"owner {len(self._owners)}")
        else:
            page.begin(owner)
        return page

    def _made(self, name: str) -> Page:
        """Return the page of this name, made at its first use."""
        page = self._pages.get(name)
        if page is None:
            page = self._pages[name] = next(entry.page() for entry in SCREENS if entry.name == name)
            self.install_screen(page, name)
        return page

    def action_go(self, name: str) -> None:
        """Open a screen; it is as it was left."""
        page = self._made(name)
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
        """Open the screen of one device, service or link, of a job or a plan; of anything else say that there is none."""
        if kind == "job":
            self._open_job(name)
            return
        if kind not in ("device", "service", "link"):
            self.tell(self.say("This has no screen of its own."))
            return
        self.push_screen(self._page_of(f"{kind}:{name}"))
        self.gather()

    def _open_job(self, name: str) -> None:
        """Open the job or the plan that is watched under this name; what is no one's own is among the backups."""
        known = self.picture.configuration
        plan = plan_watched_as(known, name)
        if not plan and name not in known.backup.jobs:
            self.action_go("backups")
            return
        self.push_screen(PlanPage(plan) if plan else JobPage(name, "backups"))
        self.gather()

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
        """Say what the screen is for and what the keys do."""
        page = self.page
        if page is not None and self.screen is page:
            look = page.look()
            own = [(key, words) for _, key, words in doable(look, page.KEYS)]
            acts = page.has_acts and not look.picture.replayed
            self.push_screen(Help(help_lines(look, page.HELP, own, self.tabs, acts=acts)))

    def action_palette(self) -> None:
        """Offer every command by its words."""
        if isinstance(self.screen, Page):
            self.push_screen(Palette(self._commands, self.say), self._run)

    def _run(self, action: str | None) -> None:
        if action:
            self.call_later(self.run_action, action, self.screen)

    def _commands(self) -> list[Command]:
        """Return the screens, the present screen's acts, the keys of every screen, then every name."""
        inventory, say, page = self.picture.configuration.inventory, self.say, self.page
        found = [Command(say(words), key, going_to(name)) for name, key, words in self.tabs]
        offered = () if page is None else doable(page.look(), page.commands)
        found += [Command(say(words), key, action) for action, key, words in offered]
        found += [Command(say(words), key, action) for action, key, words in COMMON]
        named: dict[str, Mapping[str, Named]] = {
            "device": inventory.devices, "service": inventory.services, "link": inventory.links,
        }  # fmt: skip
        for kind, things in named.items():
            found += [Command(_called(kind, thing), "", f"app.open_owner('{kind}', {name!r})") for name, thing in things.items()]
        return found

    def action_open_owner(self, kind: str, name: str) -> None:
        """Open a device, service or link by its name."""
        self.open_owner(kind, name)

    def act(self, request: dict[str, Any]) -> dict[str, Any]:
        """Have the watcher do something; called in a thread."""
        return self._source.act(request)

    def ask(self, question: Question) -> None:
        """Ask before something is done, then tell of it and look at once; in a replay of the past nothing is."""
        if self.picture.replayed:
            self.tell(self.say("This is a replay of the past; nothing can be done in it."))
            return
        self.push_screen(Dialog(question, self.say), partial(self._told, question.then))

    def _told(self, then: Callable[[str], Question] | None, said: str | None) -> None:
        if said and then is not None:
            self.ask(then(said))
        elif said:
            self.tell(said)
            self._source.forget()
            self.gather()

    def tell(self, sentence: str, *, wrong: bool = False) -> None:
        """Show a sentence in a corner for a while; literal text."""
        self.notify(clean(sentence, 600), severity="error" if wrong else "information", markup=False)
