"""The shipped dashboards on paper: the files are the description, and no query asks for a name that does not exist."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from wenyam.model.names import SAMPLES
from wenyam.testing.grafana.asking import filled, queries
from wenyam.testing.grafana.dashboards import DASHBOARDS
from wenyam.testing.grafana.parts import Dashboard, Panel, Words
from wenyam.testing.grafana.writing import COLUMNS, dashboard_json, dashboard_text

REPOSITORY = Path(__file__).parents[3]
FOLDER = REPOSITORY / "config/grafana"
METRICS = (REPOSITORY / "docs/reference/metrics.md").read_text(encoding="utf-8")
RULES = (REPOSITORY / "config/prometheus/wenyam-recording.rules.yaml").read_text(encoding="utf-8")
KNOWN = set(re.findall(r"`(wenyam_\w+)`", METRICS)) | set(re.findall(r"record: (\S+)", RULES)) | {"up", "scrape_duration_seconds"}
SERIES = re.compile(r"\b(?:\w+:)?wenyam_\w+(?::\w+)?|\bscrape_\w+")
UNITS = {
    "short", "none", "percentunit", "s", "bytes", "Bps", "pps", "celsius", "volt", "amp", "watt", "hertz", "rotrpm",
    "dateTimeFromNow", "dateTimeAsIso", "humidity",
}  # fmt: skip
"""Ids of Grafana's value formats that are used here (packages/grafana-data, valueFormats)."""
HOUR = 3600.0
THAI = re.compile(r"[\u0e00-\u0e7f]")
every_dashboard = pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda dashboard: dashboard.uid)


@every_dashboard
def test_the_file_is_what_the_description_says(dashboard: Dashboard) -> None:
    written = (FOLDER / "dashboards" / f"{dashboard.uid}.json").read_text(encoding="utf-8")
    assert written == dashboard_text(dashboard), "run: python -m wenyam.testing.grafana"


def test_every_file_has_a_description_and_every_uid_is_used_once() -> None:
    uids = [dashboard.uid for dashboard in DASHBOARDS]
    assert len(set(uids)) == len(uids)
    assert {path.stem for path in (FOLDER / "dashboards").iterdir()} == set(uids)
    assert all(re.fullmatch(r"wenyam-[a-z]{2,30}", uid) for uid in uids)


@every_dashboard
def test_every_query_asks_for_names_and_labels_that_exist(dashboard: Dashboard) -> None:
    asked = [query.expression for _, query in queries(dashboard)] + [variable.series for variable in dashboard.variables]
    for expression in asked:
        names = _names(expression)
        assert names, expression
        assert [name for name in names if name not in KNOWN] == []
        assert [label for name, label in _labels(expression) if not _has(name, label)] == [], expression
        assert not re.search(r"\$[a-z_]", filled(dashboard, expression)), expression


def _names(expression: str) -> list[str]:
    """Return every name asked for; of a pattern over names, each one it is written of."""
    patterns = re.findall(r'__name__=~"(wenyam_)\(([\w|]+)\)(\w*)"', expression)
    spelled = [f"{before}{word}{behind}" for before, words, behind in patterns for word in words.split("|")]
    return SERIES.findall(re.sub(r'"[^"]*"', '""', expression)) + spelled


def _labels(expression: str) -> list[tuple[str, str]]:
    selectors = re.findall(r"(wenyam_\w+)\{([^}]*)\}", expression)
    return [(name, label) for name, inside in selectors for label in re.findall(r"(\w+)(?:=~|!~|!=|=)", inside)]


def _has(name: str, label: str) -> bool:
    """Tell whether a series may carry a label: its own, or one of those every subject brings."""
    definition = SAMPLES.get(name.removeprefix("wenyam_"))
    own = definition.labels if definition is not None else ()
    return label in {"site", "device", "kind", "service", "job", "monitor", "link", *own}


def test_a_name_that_does_not_exist_would_be_seen() -> None:
    made_up = 'rate(wenyam_no_such_thing_total{device="x"}[5m]) + {__name__=~"wenyam_(disk|cheese)_status"}'
    assert [name for name in _names(made_up) if name not in KNOWN] == ["wenyam_no_such_thing_total", "wenyam_cheese_status"]
    assert not _has("wenyam_up", "mount")


@every_dashboard
def test_everything_is_said_in_both_languages(dashboard: Dashboard) -> None:
    words = [dashboard.title, dashboard.about, *(row.title for row in dashboard.rows)]
    words += [said for panel in dashboard.panels for said in (panel.title, panel.about)]
    words += [variable.label for variable in dashboard.variables]
    assert [said for said in words if not _in_both(said)] == []


def _in_both(said: Words) -> bool:
    return bool(THAI.search(said.thai)) and bool(said.english) and not THAI.search(said.english)


@every_dashboard
def test_every_panel_has_a_known_unit_a_runbook_that_exists_and_a_place_of_its_own(dashboard: Dashboard) -> None:
    taken: set[tuple[int, int]] = set()
    written = dashboard_json(dashboard)
    for panel in written["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken
        assert place["x"] + place["w"] <= COLUMNS
        taken |= cells
    assert len({panel["id"] for panel in written["panels"]}) == len(written["panels"])
    for panel in dashboard.panels:
        assert {panel.unit, *(query.unit or "short" for query in panel.queries)} <= UNITS
        assert (REPOSITORY / "docs" / panel.runbook).is_file(), panel.title.english
    assert all((REPOSITORY / "docs" / page).is_file() for page in dashboard.runbooks)


@every_dashboard
def test_a_number_that_stands_for_a_state_is_shown_with_a_symbol(dashboard: Dashboard) -> None:
    for panel in dashboard.panels:
        meanings = panel.meanings + tuple(each for query in panel.queries for each in query.meanings)
        assert all(re.match(r"[●✖▲◌?◆] ", meaning.text) for meaning in meanings)
        assert len({meaning.text for meaning in panel.meanings}) == len(panel.meanings)


@every_dashboard
def test_every_panel_asks_the_source_that_was_chosen_and_names_no_address(dashboard: Dashboard) -> None:
    written = dashboard_json(dashboard)
    names = [variable["name"] for variable in written["templating"]["list"]]
    assert (names[0], names[-1]) == ("datasource", "docs")
    sources = [panel["datasource"] for panel in written["panels"] if panel["type"] != "row"]
    assert all(source == {"type": "prometheus", "uid": "${datasource}"} for source in sources)
    assert "://" not in dashboard_text(dashboard)
    led = {link["url"] for panel in written["panels"] for link in _data_links(panel)}
    uids = {each.uid for each in DASHBOARDS}
    assert {match[1] for url in led if (match := re.match(r"/d/([\w-]+)\?", url))} <= uids


def _data_links(panel: dict[str, Any]) -> list[dict[str, str]]:
    return list(panel.get("fieldConfig", {}).get("defaults", {}).get("links", []))


@every_dashboard
def test_two_queries_of_a_panel_can_be_told_apart(dashboard: Dashboard) -> None:
    def legends(panel: Panel) -> list[str]:
        return [query.legend for query in panel.queries]

    assert all(len(set(legends(panel))) == len(panel.queries) for panel in dashboard.panels)
    assert all(panel.queries for panel in dashboard.panels)


def test_the_files_are_json_that_says_the_same_after_a_round_trip() -> None:
    for path in (FOLDER / "dashboards").iterdir():
        assert json.loads(path.read_text(encoding="utf-8"))["uid"] == path.stem


@every_dashboard
def test_an_age_in_the_future_is_never_green(dashboard: Dashboard) -> None:
    for panel, query in queries(dashboard):
        levels = query.levels or panel.levels
        if query.expression.startswith("time() - ") and levels:
            reached = [level.colour for level in levels if level.value is None or level.value <= -HOUR]
            assert reached[-1] == "red", panel.title.english
