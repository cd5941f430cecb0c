"""Backups, one job of them, and restore tests."""

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from wenyam.i18n.translate import mark
from wenyam.tui.actions.run_job import run_job
from wenyam.tui.cells import Line, Rows
from wenyam.tui.screens.page import HeadedPage, Page, TablePage
from wenyam.tui.view_models.backups import backups, job, job_head
from wenyam.tui.view_models.look import Look
from wenyam.tui.view_models.restores import restores
from wenyam.tui.widgets.quiet_table import QuietTable

_RUN_KEYS: Sequence[tuple[str, str, str]] = (
    ("screen.run_now(False)", "b", mark("back up now")),
    ("screen.run_now(True)", "v", mark("test a restore now")),
)
_RUN_BINDINGS: list[BindingType] = [
    Binding("b", "run_now(False)", show=False),
    Binding("v", "run_now(True)", show=False),
]


def _ask_to_run(page: Page, name: str, *, restore: bool) -> None:
    """Ask whether a job is to be backed up, or its restore tested, now."""
    asked = run_job(page.look(), page.board.act, name, restore=restore)
    if isinstance(asked, str):
        page.board.tell(asked)
    else:
        page.board.ask(asked)


class _JobsPage(TablePage):
    """A table whose rows belong to jobs; Enter opens the job."""

    NEEDS = frozenset({"backups"})
    BINDINGS: ClassVar[list[BindingType]] = _RUN_BINDINGS
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = _RUN_KEYS

    def action_run_now(self, restore: bool) -> None:  # noqa: FBT001  # what a key binding can say
        """Ask about the job under the cursor."""
        what, _, rest = self.table.key.partition(":")
        if what not in ("job", "trouble", "test"):
            self.board.tell(self.board.say("Put the cursor on a job first."))
            return
        _ask_to_run(self, rest.partition(":")[0], restore=restore)

    def on_quiet_table_chosen(self, event: QuietTable.Chosen) -> None:
        """Open the job of the line."""
        what, _, rest = event.key.partition(":")
        if what in ("job", "trouble", "test"):
            self.board.push_screen(JobPage(rest.partition(":")[0], self.NAME))
        elif what == "uncovered":
            self.board.open_owner(*rest.split(":", 1))


class BackupsPage(_JobsPage):
    """The table of jobs."""

    NAME = "backups"
    HELP = mark("Every backup job, those in trouble first, and what no job covers. Enter shows everything on record about a job.")

    def rows(self, look: Look) -> Rows:
        """Return the jobs."""
        return backups(look)


class RestoresPage(_JobsPage):
    """The table of proofs."""

    NAME = "restores"
    HELP = mark("When each backup was last proven by restoring it, the oldest proof first. Enter shows everything about a job.")

    def rows(self, look: Look) -> Rows:
        """Return the proofs."""
        return restores(look)


class JobPage(HeadedPage):
    """One job."""

    NEEDS = frozenset({"backups"})
    BINDINGS: ClassVar[list[BindingType]] = _RUN_BINDINGS
    KEYS: ClassVar[Sequence[tuple[str, str, str]]] = (("screen.out", "Esc", mark("back")), *_RUN_KEYS)
    HELP = mark("Everything on record about one backup job. Space folds a section, Esc goes back.")

    def __init__(self, name: str, origin: str) -> None:
        """Take the job, and the screen it was reached from."""
        super().__init__()
        self._job, self._origin = name, origin

    @property
    def tab(self) -> str:
        """Mark the tab it was reached from."""
        return self._origin

    def rows(self, look: Look) -> Rows:
        """Return everything about it."""
        return job(look, self._job)

    def head(self, look: Look, width: int) -> Sequence[Line]:
        """Return what stands above it."""
        return job_head(look, self._job, width)

    def action_run_now(self, restore: bool) -> None:  # noqa: FBT001  # what a key binding can say
        """Ask about this job."""
        _ask_to_run(self, self._job, restore=restore)
