"""How the core's screens look: small and large, Thai and English, light and dark, in trouble and calm, as reviewed."""

from pathlib import Path

import pytest

from wenyam.testing.pictures import DETAIL, GLANCES, PAST, FixedSource, in_trouble, picture, silent
from wenyam.testing.pictures_overview import whole
from wenyam.testing.screens import require_same, settled
from wenyam.tui.app import WenyamApp

SNAPSHOTS = Path(__file__).parent / "snapshots"
SMALL, LARGE = (80, 24), (160, 48)
SHOWN = {
    "whole": whole,
    "trouble": lambda: in_trouble(detail=DETAIL, past=PAST, glances=GLANCES),
    "calm": picture,
    "silent": silent,
}
LOOKS = [
    # what it is called, the screen, keys pressed there, size, language, theme, what is shown
    ("overview-small-th", "overview", (), SMALL, "th", "dark", "whole"),
    ("overview-large-en-light", "overview", (), LARGE, "en", "light", "whole"),
    ("problems-small-en-open", "problems", ("space",), SMALL, "en", "dark", "trouble"),
    ("problems-large-th-silent", "problems", (), LARGE, "th", "light", "silent"),
    ("problems-small-th-calm", "problems", (), SMALL, "th", "dark", "calm"),
    ("devices-small-th-light", "devices", ("down", "down"), SMALL, "th", "light", "trouble"),
    ("devices-large-en-worst-first", "devices", ("s",), LARGE, "en", "dark", "trouble"),
    ("device-small-en", "problems", ("enter",), SMALL, "en", "dark", "trouble"),
    ("device-large-th", "problems", ("enter",), LARGE, "th", "dark", "trouble"),
    ("services-small-en", "services", (), SMALL, "en", "dark", "trouble"),
    ("services-large-th-calm", "services", (), LARGE, "th", "light", "calm"),
    ("dialog-small-th", "problems", ("m",), SMALL, "th", "dark", "trouble"),
    ("help-large-en-light", "problems", ("question_mark",), LARGE, "en", "light", "trouble"),
    ("palette-small-th", "problems", ("colon",), SMALL, "th", "dark", "trouble"),
]


@pytest.mark.parametrize(("name", "first", "keys", "size", "language", "theme", "shown"), LOOKS, ids=[look[0] for look in LOOKS])
async def test_a_screen_looks_as_reviewed(  # noqa: PLR0917  # pytest gives them by name
    name: str, first: str, keys: tuple[str, ...], size: tuple[int, int], language: str, theme: str, shown: str
) -> None:
    what = SHOWN[shown]()
    app = WenyamApp(FixedSource(what), what, language, first)
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        if theme == "light":
            await pilot.press("t")
        await pilot.press(*keys)
        await settled(pilot)
        require_same(app, SNAPSHOTS / f"{name}.svg")
