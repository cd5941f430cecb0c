"""The status page in a real headless Chromium, wide and narrow, and written by a real watcher through fault and repair."""

import asyncio
import fcntl
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.links.control import ask
from wenyam.model.instants import after
from wenyam.reports import status_page_html
from wenyam.testing import status_pages
from wenyam.testing.chromium import DESKTOP, PHONE, Chromium, colours
from wenyam.testing.ports import free_port
from wenyam.testing.watcher import RunningWatcher

pytestmark = pytest.mark.real

CLOCK = SystemClock()
SOON = 20.0
UNTIL_OLD = """(async () => {
  const old = document.querySelector('.old');
  while (getComputedStyle(old).visibility !== 'visible') await new Promise(later => setTimeout(later, 50));
  return old.offsetHeight;
})()"""
CONFIGURATION = """\
instance: {{name: pages, site: head, state_directory: {place}/state, run_directory: {place}/run, ballast: 1MiB,
           exporter: {{enabled: false}}, language: en}}
sites: {{head: }}
people: {{anan: {{name: Anan}}}}
defaults: {{owner: anan, duty_officer: anan}}
devices:
  db-7: {{kind: server, address: 127.0.0.1,
          alive: {{any_of: ["tcp:{port}"], interval: 500ms, timeout: 300ms, after: 2, recheck: 200ms}}}}
services: {{erp: {{label: {{th: ระบบ ERP, en: ERP & <b>more</b>}}, members: [db-7]}}}}
status_page: {{directory: {place}/www, every: 2s}}
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Chromium]:
    with Chromium() as running:
        yield running


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the page that holds everything, in both languages, and one that is old after a second."""
    folder = tmp_path_factory.mktemp("pages")
    page = status_pages.page()
    for language in page.languages:
        (folder / page.file_of(language)).write_text(status_page_html.write(page, language), encoding="utf-8")
    soon_old = status_pages.page(due=after(status_pages.NOW, 1))
    (folder / "old.html").write_text(status_page_html.write(soon_old, "en"), encoding="utf-8")
    return folder


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("file", ["index.html", "en.html"])
async def test_chromium_shows_it_without_script_requests_complaints_or_sideways_scrolling(
    browser: Chromium, made: Path, file: str, size: tuple[int, int]
) -> None:
    async with browser.page(made / file, size) as page:
        assert page.requested == [(made / file).as_uri()]
        assert page.complaints == []
        assert await page.ask("document.scripts.length") == 0
        assert await page.ask("document.querySelectorAll('article').length") == 4
        assert await page.ask("document.querySelectorAll('svg[role=img]').length") == 4
        wide, seen = await page.ask("[document.documentElement.scrollWidth, document.documentElement.clientWidth]")
        assert wide <= seen == size[0]
        assert await page.ask("getComputedStyle(document.querySelector('.old')).visibility") == "hidden"
        assert await page.ask("getComputedStyle(document.querySelector('.down')).color") == "rgb(179, 20, 27)"


async def test_the_picture_is_not_blank_and_shows_what_works_and_what_does_not(browser: Chromium, made: Path) -> None:
    async with browser.page(made / "index.html", PHONE) as page:
        picture = await page.picture(1100)
    found = await asyncio.to_thread(colours, picture)
    assert len(found) > 50
    assert all(found.get(colour, 0) > 100 for colour in [(0x14, 0x6C, 0x2E), (0xB3, 0x14, 0x1B), (0xFF, 0xFF, 0xFF)])


async def test_a_voice_that_reads_aloud_hears_landmarks_states_and_the_days_in_words(browser: Chromium, made: Path) -> None:
    async with browser.page(made / "en.html") as page:
        roles = await page.roles()
    assert {"banner", "main", "contentinfo", "navigation"} <= {role for role, _ in roles}
    assert [name for role, name in roles if role == "heading"][:2] == ["Status of information systems", "Announcements"]
    images = [name for role, name in roles if role in ("image", "img")]
    assert "Last 90 days: not working on 2 of them, 1 h 12 min in all" in images
    assert "Not working" in " ".join(name for role, name in roles if role == "StaticText")


async def test_an_open_page_says_that_it_is_old_without_a_script(browser: Chromium, made: Path) -> None:
    async with browser.page(made / "old.html") as page, asyncio.timeout(SOON):
        assert await page.ask(UNTIL_OLD) > 10


class Watched:
    """A watcher that writes a page about one service on one door."""

    def __init__(self, place: Path) -> None:
        self.place, self.port = place, free_port()
        folder = place / "configuration"
        folder.mkdir(mode=0o755)
        for directory in ("state", "www"):
            (place / directory).mkdir()
        text = CONFIGURATION.format(place=place, port=self.port)
        (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
        self.watcher = RunningWatcher(folder, place / "run", place / "log")

    def page(self, name: str = "en.html") -> str:
        path = self.place / "www" / name
        return path.read_text(encoding="utf-8") if path.exists() else ""

    def wait(self, what: Callable[[], bool], sentence: str) -> None:
        self.watcher.wait_for(lambda _rows: what(), SOON, sentence)


def test_the_watcher_writes_it_through_fault_and_repair_and_says_when_it_cannot(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    door = socket.create_server(("127.0.0.1", watched.port), backlog=64)
    with watched.watcher as watcher:
        watched.wait(lambda: "All 1 services work" in watched.page(), "the page says that all is well")
        assert "ERP &amp; &lt;b&gt;more&lt;/b&gt;" in watched.page()
        assert 'lang="th"' in watched.page("index.html")
        door.close()
        watched.wait(lambda: "1 of 1 services do not work" in watched.page(), "the page says that it is down")
        assert "db-7" not in watched.page()
        until = after(CLOCK.now(), 600)
        ask(tmp_path / "run" / "control.sock", {"action": "announce", "en": "Back at ten", "until": until, "services": ["erp"]})
        watched.wait(lambda: "Back at ten" in watched.page(), "the announcement is shown")
        (tmp_path / "www").rename(tmp_path / "elsewhere")
        watcher.wait_state("monitor:status-page/written", "crit", SOON)
        (tmp_path / "elsewhere").rename(tmp_path / "www")
        watcher.wait_state("monitor:status-page/written", "ok", SOON)
        door = socket.create_server(("127.0.0.1", watched.port), backlog=64)
        watched.wait(lambda: "All 1 services work" in watched.page(), "the page says that it is up again")
    assert "Of 1 of 1 services nothing is known" in watched.page()
    assert "All 1 services work" not in watched.page()
    door.close()


def test_a_store_that_takes_nothing_leaves_no_old_state_on_a_page_that_is_written_now(tmp_path: Path) -> None:
    watched = Watched(tmp_path)
    door = socket.create_server(("127.0.0.1", watched.port), backlog=64)
    with watched.watcher as watcher:
        watched.wait(lambda: "All 1 services work" in watched.page(), "the page says that all is well")
        with (tmp_path / "state" / "write.lock").open("rb+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            door.close()
            watcher.wait_state("service:erp/overall", "down", SOON)
            watched.wait(lambda: "1 of 1 services do not work" in watched.page(), "the page says what the watcher knows")
