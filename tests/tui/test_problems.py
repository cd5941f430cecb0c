from pathlib import Path

import pytest

from wenyam.testing.pictures import FixedSource, in_trouble, picture, silent
from wenyam.testing.screens import require_same, settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture

SNAPSHOTS = Path(__file__).parent / "snapshots"


def app_of(shown: Picture, language: str = "en", first: str = "problems") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, first)


@pytest.mark.parametrize("size", [(80, 24), (160, 48)])
@pytest.mark.parametrize("language", ["en", "th"])
async def test_problems_look_as_reviewed(size: tuple[int, int], language: str) -> None:
    app = app_of(in_trouble(), language)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"problems-{size[0]}-{language}.svg")


async def test_a_cause_stands_on_top_and_what_it_explains_is_folded_until_space() -> None:
    app = app_of(in_trouble())
    async with app.run_test(size=(100, 24)) as pilot:
        await settled(pilot)
        assert "▸ core-1" in text_of(app)
        assert "web-1 " not in text_of(app)
        await pilot.press("space")
        assert "└ web-1" in text_of(app)


async def test_calm_says_so_and_silence_says_since_when() -> None:
    app = app_of(picture())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "No problems." in text_of(app)
    app = app_of(silent())
    async with app.run_test(size=(80, 24)) as pilot:
        await settled(pilot)
        assert "The watcher is silent; last sign of life: 1 h 2 m" in text_of(app)
