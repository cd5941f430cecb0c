"""The page of DR and the one of a plan in the middle of a failover."""

from pathlib import Path

import pytest

from wenyam.testing.pictures import FixedSource, picture
from wenyam.testing.pictures_recovery import boards
from wenyam.testing.screens import require_same, settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture

SNAPSHOTS = Path(__file__).parent / "snapshots"


def app_of(shown: Picture, language: str = "en") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, "recovery")


@pytest.mark.parametrize(("language", "size"), [("en", (80, 24)), ("th", (160, 48))])
async def test_plans_and_one_plan_look_as_reviewed(language: str, size: tuple[int, int]) -> None:
    app = app_of(picture(recovery=boards()), language)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"recovery-{size[0]}-{language}.svg")
        await pilot.press("enter")
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"plan-{size[0]}-{language}.svg")


async def test_a_stopped_step_and_a_plan_that_was_never_rehearsed_are_seen_at_once() -> None:
    app = app_of(picture(recovery=boards()))
    async with app.run_test(size=(160, 30)) as pilot:
        await settled(pilot)
        shown = text_of(app)
        assert "✖ failover" in shown
        assert "✖ The main site cannot write: waits for a decision, 1 h of 15 m" in shown
        assert "▲ not ready" in shown


async def test_the_plan_tells_why_it_stopped_what_was_found_and_its_clock() -> None:
    app = app_of(picture(recovery=boards()))
    async with app.run_test(size=(160, 48)) as pilot:
        await settled(pilot)
        await pilot.press("enter")
        await settled(pilot)
        shown = text_of(app)
        assert "tcp 5432 of erp-db still answers" in shown
        assert "1 h 45 m of 4 h (RTO)" in shown
        assert "the VPN of the DR site has an old certificate" in shown
        assert "Runs (2)" in shown


async def test_without_plans_the_page_says_where_they_are_written() -> None:
    app = app_of(picture(recovery=()))
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "section 'dr'" in text_of(app)
