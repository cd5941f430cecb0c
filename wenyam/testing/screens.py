"""Looking at the dashboard in tests: its text as a person reads it, and a picture of it to compare with a reviewed one."""

import asyncio
import hashlib
import os
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.pilot import Pilot

from wenyam.tui.app import WenyamApp

REFRESH: Final = "WENYAM_REFRESH_SNAPSHOTS"
"""Set to 1 it has every snapshot written anew; the difference that git shows is the review."""
_UNIQUE: Final = re.compile(r"terminal-\d+-")


def text_of(app: App[Any]) -> str:
    """Return what is on the screen, line by line."""
    return "\n".join(strip.text.rstrip() for strip in app.screen._compositor.render_strips())  # noqa: SLF001  # no public way


async def settled(pilot: Pilot[Any]) -> None:
    """Wait until what was gathered is shown and nothing is left to draw."""
    await pilot.app.workers.wait_for_complete()
    await pilot.pause()


def _drawn(app: App[Any]) -> str:
    return _UNIQUE.sub("terminal-", app.export_screenshot(title="wenyam", simplify=True)) + "\n"


def drawing_digest(app: App[Any]) -> str:
    """Return the SHA-256 (hex) of the screen's picture."""
    return hashlib.sha256(_drawn(app).encode()).hexdigest()


def require_same(app: App[Any], path: Path) -> None:
    """AssertionError unless the screen looks as the snapshot does, colours and all; the new one is left beside it."""
    drawn = _drawn(app)
    beside = path.with_suffix(".new.svg")
    if os.environ.get(REFRESH) == "1":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(drawn, encoding="utf-8")
        beside.unlink(missing_ok=True)
    elif not path.exists() or path.read_text(encoding="utf-8") != drawn:
        beside.write_text(drawn, encoding="utf-8")
        raise AssertionError(f"{beside} differs from {path.name}; look at both, then: {REFRESH}=1 pytest tests/tui")
    else:
        beside.unlink(missing_ok=True)


async def until(app: WenyamApp, pilot: Pilot[None], wanted: Callable[[str], bool], what: str, seconds: float = 20) -> str:
    """Look again and again, as the dashboard does by itself, until a person sees it; return what is on the screen."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        app.gather()
        await settled(pilot)
        if wanted(text_of(app)):
            return text_of(app)
        await asyncio.sleep(0.2)
    raise AssertionError(f"not within {seconds} s: {what}\n{text_of(app)}")
