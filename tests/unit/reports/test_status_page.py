"""The status page on paper: valid, harmless whatever it holds, readable without colours; and what it may not say."""

import base64
import hashlib
import re
from contextlib import closing
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from wenyam.availability.buckets import Buckets
from wenyam.errors import StoreError
from wenyam.incidents import announcements
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import PlannedWindow, Text
from wenyam.model.states import State, StateChange, StateRecord, Subject
from wenyam.model.status_page import StatusPagePlan
from wenyam.reports import status_page_data, status_page_html
from wenyam.reports.status_page import Day, DayLook, StatusPage
from wenyam.reports.status_page_loop import publish
from wenyam.reports.status_page_style import DARK, LIGHT, Colours
from wenyam.settings.loader import load
from wenyam.store.interface import Transition
from wenyam.store.sqlite import open_writer
from wenyam.testing import status_pages
from wenyam.testing.clock import FakeClock
from wenyam.testing.status_pages import DAY, HOSTILE, page

VOID = {"meta", "br", "img", "link", "input"}
LANGUAGES = pytest.mark.parametrize("language", ["th", "en"])


class Read(HTMLParser):
    """Reads a page strictly: every element is closed where it was opened."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.texts: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        if tag not in VOID and not self.get_starttag_text().rstrip().endswith("/>"):  # type: ignore[union-attr]  # there is one here
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if "style" not in self.open:
            self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str]]:
        return [attributes for name, attributes in self.elements if name == tag]


def read(language: str = "en", **changed: object) -> Read:
    return Read(status_page_html.write(page(**changed), language))


@LANGUAGES
def test_there_is_no_script_no_handler_no_address_and_nothing_to_load(language: str) -> None:
    found = read(language)
    assert {tag for tag, _ in found.elements}.isdisjoint({"script", "img", "link", "iframe", "object", "form", "base", "embed"})
    attributes = [(name, value) for _, each in found.elements for name, value in each.items()]
    assert [name for name, _ in attributes if name.startswith("on") or name == "style"] == []
    assert sorted({value for name, value in attributes if name in ("href", "src", "action")}) == [
        "#main", "en.html" if language == "th" else "index.html",
    ]  # fmt: skip
    text = status_page_html.write(page(), language)
    assert "://" not in text
    assert "url(" not in text
    assert "@import" not in text


@LANGUAGES
def test_the_policy_allows_this_style_sheet_and_nothing_else(language: str) -> None:
    text = status_page_html.write(page(), language)
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert policy is not None
    assert style is not None
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert policy[1] == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert text.count("<style>") == 1


@LANGUAGES
def test_hostile_names_are_only_text(language: str) -> None:
    found = read(language)
    assert "<script>alert(1)</script>" in found.text
    assert not {"\x1b", "\u202e"} & set(status_page_html.write(page(), language))
    assert found.all("title")[0] == {}
    assert len(status_page_html.write(page(title=Text(HOSTILE, HOSTILE)), language)) > 1000


@LANGUAGES
def test_it_has_landmarks_headings_and_a_language(language: str) -> None:
    found = read(language)
    assert found.all("html")[0]["lang"] == language
    assert [len(found.all(tag)) for tag in ("header", "main", "footer", "nav", "h1")] == [1, 1, 1, 1, 1]
    headings = [int(tag[1]) for tag, _ in found.elements if re.fullmatch(r"h[1-6]", tag)]
    assert all(later <= earlier + 1 for earlier, later in pairwise(headings))
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = [attributes["aria-labelledby"] for _, attributes in found.elements if "aria-labelledby" in attributes]
    assert set(named) <= set(ids)
    assert all(each.get("aria-label") or each.get("aria-hidden") == "true" for each in found.all("svg"))


def test_what_is_in_the_other_language_says_so() -> None:
    thai = read("th")
    assert {"lang": "en"} in thai.all("p")
    assert "Use paper forms" not in thai.text
    (link,) = [each for each in thai.all("a") if each["href"] != "#main"]
    assert (link["lang"], link["hreflang"]) == ("en", "en")


def test_a_state_is_said_by_symbol_word_and_colour_and_the_days_by_shape() -> None:
    found = read()
    for said in ("● Working", "✖ Not working", "? Not known", "◆ planned work goes on", "✖ 1 of 4 services do not work"):
        assert said in found.text
    bars = found.all("rect")
    shapes = {each["class"]: (each["y"], each["height"]) for each in bars}
    assert len(set(shapes.values())) == len(DayLook) == len(shapes)
    summaries = [each["aria-label"] for each in found.all("svg") if "aria-label" in each]
    assert "Last 90 days: not working on 2 of them, 1 h 12 min in all" in summaries
    assert "Last 90 days: no outage" in summaries
    assert "18 Nov 2026: not working for 1 h" in found.text


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_every_colour_can_be_read_on_both_grounds(colours: Colours) -> None:
    for ground in (colours.ground, colours.card):
        assert [text for text in colours.texts if _contrast(text, ground) < 4.5] == []
    assert all(_contrast(mark, colours.card) >= 3 for mark in (colours.up, colours.down, colours.planned, colours.unknown))


def _contrast(first: str, second: str) -> float:
    """Return the contrast ratio of WCAG 2.2."""
    darker, lighter = sorted((_luminance(first), _luminance(second)))
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_its_age_and_when_it_stops_being_true_stand_in_words() -> None:
    found = read()
    assert "Written 18 Nov 2026 18:06:40 · the next one is due by 18 Nov 2026 18:08:40" in found.text
    assert "If it is later than that, this page is out of date" in found.text
    assert ".old{animation:old 0s linear 120s forwards}" in status_page_html.write(page(), "en")


@pytest.mark.parametrize(
    ("buckets", "look"),
    [
        (Buckets(), DayLook.EMPTY),
        (Buckets(up=DAY), DayLook.UP),
        (Buckets(up=DAY - 1, down=1), DayLook.DOWN),
        (Buckets(up=DAY - 1, unreachable=1), DayLook.DOWN),
        (Buckets(up=DAY - 5, planned=5), DayLook.PLANNED),
        (Buckets(planned=5, unknown=DAY), DayLook.PLANNED),
        (Buckets(up=DAY - 60_000, unknown=60_000), DayLook.UP),
        (Buckets(up=1, unknown=DAY - 1), DayLook.UNKNOWN),
    ],
)
def test_the_worst_of_a_day_decides_how_it_looks_and_no_unknown_day_is_green(buckets: Buckets, look: DayLook) -> None:
    assert Day(status_pages.days({})[0].date, buckets).look is look


def test_a_page_without_anything_still_says_so() -> None:
    found = read(services=(), work=(), announcements=(), contact=None, head=None, languages=("en",))
    assert "No service is configured" in found.text
    assert "No work is planned." in found.text
    assert "Announcements" not in found.text
    assert found.all("nav") == []


def plan(directory: Path, **more: object) -> StatusPagePlan:
    return replace(StatusPagePlan(str(directory)), **more)  # type: ignore[arg-type]  # checked where it is used


CONFIGURATION = """
instance: {name: watch-1, site: office, language: th, time_zone: Asia/Bangkok, state_directory: STATE, run_directory: STATE}
sites: {office: }
people: {somchai: {name: Somchai, roles: [operator]}, malee: {name: Malee, roles: [superior]}}
defaults: {owner: somchai, duty_officer: somchai}
devices:
  db-1: {kind: database, address: 192.0.2.1, label: {th: เครื่องฐานข้อมูล, en: Database machine}}
  web-1: {kind: server, address: 192.0.2.11}
services:
  erp: {label: {th: ระบบ ERP, en: ERP}, members: {all: [db-1]}}
  portal: {label: Portal, members: {all: ["service:erp", web-1]}}
  website: {label: Website, members: {all: [web-1]}}
"""
DB, WEB = Subject.parse("db-1"), Subject.parse("web-1")
OVERALL = {name: Subject.parse(f"service:{name}/overall") for name in ("erp", "portal", "website")}
MIDNIGHT = status_page_data.day_edges(status_pages.NOW, 1, "Asia/Bangkok")[0]
"""Of 18 November 2026; the page is gathered at 18:06."""


def changed(subject: Subject, previous: State, state: State, at: Instant) -> Transition:
    return Transition(StateRecord(subject, state, since=at, soft_state=state), StateChange(subject, previous, state, at, at))


@pytest.fixture
def site(tmp_path: Path) -> Configuration:
    """Two days: the database was down for two hours yesterday, one of them planned, and is down since noon; work goes on."""
    state, folder = tmp_path / "state", tmp_path / "configuration"
    state.mkdir()
    folder.mkdir(mode=0o700)
    (folder / "wenyam.yaml").write_text(CONFIGURATION.replace("STATE", str(state)), encoding="utf-8")
    born = after(MIDNIGHT, -2 * 86_400)
    with closing(open_writer(state, FakeClock(born), "watch-1", ballast_bytes=0)) as writer:
        services = [Subject.parse(f"service:{name}") for name in OVERALL]
        writer.register(dict.fromkeys((DB, WEB, *services), born), born)
        writer.apply([changed(each, State.UNKNOWN, State.UP, born) for each in (DB, WEB)])
        for hours, earlier, later in ((-10, State.UP, State.DOWN), (-8, State.DOWN, State.UP), (12, State.UP, State.DOWN)):
            writer.apply([changed(DB, earlier, later, after(MIDNIGHT, hours * 3600))])
        noon = after(MIDNIGHT, 12 * 3600)
        writer.apply([changed(OVERALL[name], State.UNKNOWN, State.DOWN, noon) for name in ("erp", "portal")])
        writer.apply([changed(OVERALL["website"], State.UNKNOWN, State.UP, born)])
        writer.enter_windows([window("yesterday", -10, -9, "patches"), window("present", 18, 20, "new disks in db-1")], born)
        told = announcements.announced(
            "A1", noon, "somchai", Text("ระบบล่ม", "ERP is down"), after(noon, 86_400), services=["erp"]
        )
        writer.append(told)
        writer.append(announcements.announced("A0", born, "somchai", Text("เก่า", "old"), noon))
        writer.heartbeat(status_pages.NOW)
    return load(folder)


def window(name: str, begins: float, ends: float, reason: str) -> PlannedWindow:
    starts, over, approved = (after(MIDNIGHT, hours * 3600) for hours in (begins, ends, -48))
    return PlannedWindow(
        name=name, subjects=(DB, Subject.parse("service:erp")), schedule=None, starts=starts, ends=over, duration=None,
        reason=reason, approved_by="malee", approved_at=approved,
    )  # fmt: skip


def gathered(site: Configuration, **more: object) -> StatusPage:
    plan = replace(StatusPagePlan("/nowhere"), **more)  # type: ignore[arg-type]  # checked where it is used
    return status_page_data.gather(site, plan, status_pages.NOW)


def test_days_states_and_figures_come_from_the_store(site: Configuration) -> None:
    found = {each.name: each for each in gathered(site).services}
    erp = found["erp"]
    assert (erp.state, erp.since, len(erp.days)) == (State.DOWN, after(MIDNIGHT, 12 * 3600), 90)
    assert [day.look for day in erp.days[-4:]] == [DayLook.EMPTY, DayLook.UP, DayLook.DOWN, DayLook.DOWN]
    yesterday, today = erp.days[-2:]
    assert (yesterday.lost, yesterday.buckets.planned) == (3_600_000, 3_600_000)
    assert today.lost == status_pages.NOW - after(MIDNIGHT, 12 * 3600) - (status_pages.NOW - after(MIDNIGHT, 18 * 3600))
    assert found["portal"].days[-2].lost > 0
    assert found["website"].state is State.UP
    assert found["website"].availability == 1.0


def test_no_device_is_named_unless_that_is_allowed(site: Configuration) -> None:
    for language in ("th", "en"):
        text = status_page_html.write(gathered(site), language)
        assert [word for word in ("db-1", "Database machine", "เครื่องฐานข้อมูล", "192.0.2.1", "web-1") if word in text] == []
    allowed = Read(status_page_html.write(gathered(site, device_names=True), "en"))
    assert "Because of: Database machine" in allowed.text
    assert "new disks in db-1" in allowed.text


def test_planned_work_shows_what_stands_on_it_and_announcements_are_the_open_ones(site: Configuration) -> None:
    found = gathered(site)
    assert [(each.services, each.now) for each in found.work] == [(("erp", "portal"), True)]
    assert {each.name for each in found.services if each.in_work} == {"erp", "portal"}
    assert [each.name for each in found.announcements] == ["A1"]
    text = Read(status_page_html.write(found, "en")).text
    assert "May be interrupted: ERP, Portal" in text
    assert "ERP is down About: ERP" in text


def test_only_the_services_that_are_wanted_are_shown_in_their_order(site: Configuration) -> None:
    found = gathered(site, services=("website", "erp"), days=7)
    assert [each.name for each in found.services] == ["website", "erp"]
    assert {len(each.days) for each in found.services} == {7}
    assert found.work[0].services == ("erp",)


def test_the_head_of_the_chain_is_shown_where_that_is_wanted(site: Configuration) -> None:
    assert gathered(site).head is None
    head = gathered(site, chain_head=True).head
    assert head is not None
    assert head.digest in status_page_html.write(gathered(site, chain_head=True), "en")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("new disks in DB-1", True), ("Database Machine gets disks", True), ("เปลี่ยนดิสก์เครื่องฐานข้อมูล", True),
        ("192.0.2.1 moves", True), ("192.0.2.111 moves", False), ("new disks", False), ("xdb-1", False), ("db-11", False),
    ],
)  # fmt: skip
def test_a_reason_that_names_a_device_is_known(site: Configuration, text: str, names: bool) -> None:  # noqa: FBT001  # a row
    assert status_page_data.names_a_device(site.inventory, text) is names


def test_both_files_are_replaced_as_a_whole_and_anybody_may_read_them(site: Configuration, tmp_path: Path) -> None:
    place = tmp_path / "www"
    place.mkdir()
    (place / "index.html").write_text("old", encoding="utf-8")
    publish(site, StatusPagePlan(str(place)), status_pages.NOW)
    assert sorted(path.name for path in place.iterdir()) == ["en.html", "index.html"]
    assert {path.stat().st_mode & 0o777 for path in place.iterdir()} == {0o644}
    assert 'lang="th"' in (place / "index.html").read_text(encoding="utf-8")
    publish(site, StatusPagePlan(str(place), languages=("en", "th")), status_pages.NOW)
    assert sorted(path.name for path in place.iterdir()) == ["en.html", "index.html", "th.html"]
    with pytest.raises(StoreError, match="No such file or directory"):
        publish(site, StatusPagePlan(str(tmp_path / "gone")), status_pages.NOW)
