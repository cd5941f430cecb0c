from wenyam.testing.pictures import FixedSource, in_trouble, picture, silent
from wenyam.testing.screens import settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.picture import Picture


def app_of(shown: Picture, language: str = "en", first: str = "problems") -> WenyamApp:
    return WenyamApp(FixedSource(shown), shown, language, first)


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
