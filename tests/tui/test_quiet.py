"""Quiet updates: cells change, nothing is rebuilt, the cursor stays on its row and the view where it is."""

from collections.abc import Iterator
from dataclasses import replace
from typing import ClassVar

from textual.app import App
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip

from wenyam.model.states import State
from wenyam.testing.pictures import FixedSource, configuration, device, in_trouble, large, picture, standing
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.cells import Cell, Column, Line, Rows
from wenyam.tui.picture import Picture, Wishes
from wenyam.tui.themes import LIGHT
from wenyam.tui.widgets.quiet_table import QuietTable
from wenyam.tui.widgets.toned import TONED

MANY = configuration([device(f"host-{number:03d}") for number in range(200)])


def app_of(shown: Picture, first: str = "devices") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, "en", first)


def table_of(app: WenyamApp) -> QuietTable:
    return app.screen.query_one(QuietTable)


class Watched:
    """Counts what a table is asked to draw again."""

    def __init__(self, table: QuietTable) -> None:
        self.regions: list[Region] = []
        self._refresh = table.refresh
        table.refresh = self.refresh  # type: ignore[method-assign, assignment]  # to look on, nothing is changed

    def refresh(self, *regions: Region, **more: bool) -> object:
        self.regions += regions or (Region(-1, -1, 0, 0),)
        return self._refresh(*regions, **more)


async def test_a_picture_in_which_nothing_changed_draws_nothing() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        watched = Watched(table_of(app))
        app.take(lambda shown: shown)
        assert watched.regions == []


async def test_one_changed_state_draws_its_line_and_its_branches_alone() -> None:
    app = app_of(picture(MANY))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        watched = Watched(table_of(app))
        changed = picture(MANY, [standing("device:host-005", State.DOWN, 5)])
        app.take(lambda _shown: changed)
        assert sorted(region.y for region in watched.regions) == [1, 2, 8]
        await pilot.pause()
        assert "✖ DOWN" in next(line for line in text_of(app).splitlines() if "host-005" in line)


async def test_a_change_out_of_view_draws_nothing_but_its_branches() -> None:
    app = app_of(picture(MANY))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        watched = Watched(table_of(app))
        changed = picture(MANY, [standing("device:host-150", State.DOWN, 5)])
        app.take(lambda _shown: changed)
        assert sorted(region.y for region in watched.regions) == [1, 2]


async def test_the_cursor_stays_on_its_row_when_rows_come_above_and_the_line_stays_where_it_was() -> None:
    few = [standing(f"device:host-{number:03d}", State.WARN, 100 + number) for number in range(60)]
    app = app_of(picture(MANY, few), "problems")
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("pagedown", "pagedown")
        table = table_of(app)
        key, offset = table.key, table.scroll_offset.y
        worse = picture(MANY, [*few, standing("device:host-199", State.DOWN, 1), standing("device:host-198", State.DOWN, 1)])
        app.take(lambda _shown: worse)
        await pilot.pause()
        assert table.key == key
        assert table.scroll_offset.y == offset + 2


async def test_when_the_row_under_the_cursor_goes_the_cursor_stays_near() -> None:
    few = [standing(f"device:host-{number:03d}", State.WARN, 100) for number in range(5)]
    app = app_of(picture(MANY, few), "problems")
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("end")
        app.take(lambda _shown: picture(MANY, few[:3]))
        await pilot.pause()
        assert table_of(app).key == "device:host-002"
        app.take(lambda _shown: picture(MANY))
        await pilot.pause()
        assert table_of(app).key == ""
        assert "No problems." in text_of(app)
        app.take(lambda _shown: picture(MANY, few))
        await pilot.pause()
        assert table_of(app).key == "device:host-000"


async def test_a_screen_left_and_opened_again_is_as_it_was() -> None:
    app = app_of(picture(MANY))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        await pilot.press("pagedown", "down", "2", "3")
        await settled(pilot)
        assert table_of(app).key == "device:host-022"


async def test_a_smaller_terminal_keeps_the_cursor_in_view() -> None:
    app = app_of(picture(MANY))
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("pagedown")
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert table_of(app).key.removeprefix("device:") in text_of(app)


async def test_thousands_of_rows_cost_what_fits_on_the_screen() -> None:
    app = app_of(large(3_000, 0))
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = table_of(app)
        made: list[str] = []
        rows = table._rows

        def counted(key: str) -> Line:
            made.append(key)
            return rows.cells(key)

        table.show(replace(rows, cells=counted))
        await pilot.press("end", "home", "pagedown")
        await pilot.pause()
        assert 0 < len(made) < 5 * 30


class Recorder(QuietTable):
    """Keeps every first row it was ever drawn with."""

    def __init__(self) -> None:
        super().__init__()
        self.rows_drawn: list[str] = []

    def render_line(self, y: int) -> Strip:
        line = super().render_line(y)
        if y == 1 and self.size.width:
            self.rows_drawn.append(line.text.rstrip())
        return line


class Bare(Screen[None]):
    COMPONENT_CLASSES: ClassVar[set[str]] = TONED

    def compose(self) -> Iterator[Recorder]:
        yield Recorder()

    def on_mount(self) -> None:
        columns = [Column("Item", 20, grow=1), Column("State", 15, grow=1)]
        self.query_one(Recorder).show(Rows(columns, ["a"], lambda _key: (Cell("a long name of it"), Cell("? UNKNOWN"))))


async def test_a_screen_that_opens_is_never_drawn_with_columns_of_another_width() -> None:
    app: App[None] = App()
    async with app.run_test(size=(80, 24)) as pilot:
        screen = Bare()
        await app.push_screen(screen)
        await pilot.pause()
        drawn = screen.query_one(Recorder).rows_drawn
        assert drawn
        assert {" ".join(line.split()) for line in drawn} == {"a long name of it ? UNKNOWN"}


async def test_a_line_drawn_before_the_new_theme_is_in_force_has_its_colours_afterwards() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 30)) as pilot:
        await settled(pilot)
        table = table_of(app)
        app.theme = LIGHT.name
        table.render_line(3)  # a timer may paint before Textual has read its styles anew
        await settled(pilot)
        grounds = [segment.style.bgcolor for segment in table.render_line(3) if segment.style is not None]
        assert grounds
        assert min(ground.get_truecolor().red for ground in grounds if ground is not None) > 200


def test_a_look_that_comes_back_when_no_screen_is_left_is_dropped() -> None:
    app, later = app_of(in_trouble()), picture(MANY)
    app._gathered(lambda _shown: later, Wishes())
    assert app.picture is not later
