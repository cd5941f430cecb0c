"""Every screen in both sizes, languages and themes, in trouble and calm: its text and the hash of its picture, as reviewed.

A file for each screen holds sixteen looks; `WENYAM_REFRESH_SNAPSHOTS=1` writes them anew, and the difference is the review. The
whole pictures of chosen looks lie beside it (`snapshots/`).
"""

import os
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from wenyam.testing.pictures import FixedSource
from wenyam.testing.pictures_everything import troubled, well
from wenyam.testing.screens import REFRESH, drawing_digest, settled, text_of
from wenyam.tui.app import WenyamApp
from wenyam.tui.screens import SCREENS

pytestmark = pytest.mark.long
LOOKS = Path(__file__).parent / "looks"
SIZES = ((80, 24), (160, 48))
INNER = {
    "device": ("problems", ("enter",)),
    "incident": ("incidents", ("enter",)),
    "job": ("backups", ("enter",)),
    "plan": ("recovery", ("enter",)),
}
"""Screens that are reached from another one."""
VIEWS = {**{entry.name: (entry.name, ()) for entry in SCREENS}, **INNER}


@pytest.mark.parametrize("view", VIEWS)
async def test_a_screen_looks_as_reviewed_in_every_way(view: str) -> None:
    drawn = "".join([look async for look in looks(*VIEWS[view], calm=view not in INNER)])
    path = LOOKS / f"{view}.txt"
    if os.environ.get(REFRESH) == "1":
        path.parent.mkdir(exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == drawn, f"look at the difference, then: {REFRESH}=1 pytest {__file__}"


async def looks(first: str, keys: tuple[str, ...], *, calm: bool) -> AsyncIterator[str]:
    for name, shown in (("trouble", troubled()), ("calm", well()))[: 2 if calm else 1]:
        for size in SIZES:
            app = WenyamApp(FixedSource(shown), shown, "en", first)
            async with app.run_test(size=size) as pilot:
                await settled(pilot)
                await pilot.press(*keys)
                for language in ("en", "th"):
                    for theme in ("dark", "light"):
                        await settled(pilot)
                        yield look_of(app, f"{name} {size[0]}x{size[1]} {language} {theme}", told=theme == "dark")
                        await pilot.press("t")
                    await pilot.press("l")


def look_of(app: WenyamApp, title: str, *, told: bool) -> str:
    """Return the hash of what is drawn, colours and all; the text only once, for both themes have the same."""
    text = f"\n{text_of(app)}\n" if told else ""
    return f"=== {title} sha256:{drawing_digest(app)}{text}\n"
