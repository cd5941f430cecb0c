"""Routes and channels that leave a critical incident without anybody who is told: a warning before the night, not after it."""

from pathlib import Path

import pytest

from wenyam.settings.loader import load_with_warnings

FOLDER = """\
instance: {name: test, site: office}
sites: {office: , branch: }
people: {somchai: {name: Somchai}}
defaults: {owner: somchai, duty_officer: somchai}
devices:
  a: {kind: other, address: 10.0.0.1}
channels:
  hook: {kind: webhook, url: "https://192.0.2.9/hook"}
  small: {kind: webhook, url: "https://192.0.2.9/small", severities: [warning]}
"""
ADVICE = "let a last route without 'match' take what is left, through a channel for critical ones"


def warnings_of(folder: Path, *routes: str) -> list[str]:
    """Return what is said of these routes, each `name: match, channel`."""
    written = [f"    r{number}: {{{route}, steps: [{{to: [duty_officer], channels: [{name}]}}]}}" for number, (route, name) in
               enumerate(each.split(" > ") for each in routes)]  # fmt: skip
    text = FOLDER + ("alerts:\n  routes:\n" + "\n".join(written) + "\n" if routes else "")
    folder.chmod(0o755)
    (folder / "wenyam.yaml").write_text(text, encoding="utf-8")
    (folder / "wenyam.yaml").chmod(0o644)
    return [problem.sentence for problem in load_with_warnings(folder).warnings]


def gap(sites: str, hours: str) -> list[str]:
    return [f"alerts.routes: nobody is told of every critical incident at {sites}, {hours}; {ADVICE}"]


ALL, NIGHTS, DAYS = "match: {}", "match: {hours: 18:00-08:30}", "match: {hours: 08:30-18:00}"
OFFICE, BRANCH = "match: {sites: [office]}", "match: {sites: [branch]}"


@pytest.mark.parametrize(
    "routes",
    [
        (),
        (f"{ALL} > hook",),
        (f"{NIGHTS} > hook", f"{DAYS} > hook"),
        (f"{OFFICE} > hook", f"{BRANCH} > hook"),
        ("match: {kinds: [switch]} > small", f"{ALL} > hook"),
        ("match: {severities: [warning]} > small", f"{ALL} > hook"),
        ("match: {hours: 00:00-00:00} > hook",),
    ],
)
def test_routes_that_take_everything_are_no_matter(tmp_path: Path, routes: tuple[str, ...]) -> None:
    assert warnings_of(tmp_path, *routes) == []


@pytest.mark.parametrize(
    ("routes", "sites", "hours"),
    [
        ((f"{NIGHTS} > hook",), "branch and office", "08:30-18:00"),
        ((f"{DAYS} > hook",), "branch and office", "18:00-08:30"),
        ((f"{OFFICE} > hook",), "branch", "at any time"),
        (("match: {kinds: [switch]} > hook",), "branch and office", "at any time"),
        (("match: {severities: [warning]} > hook",), "branch and office", "at any time"),
        ((f"{ALL} > small",), "branch and office", "at any time"),
        ((f"{NIGHTS} > small", f"{ALL} > hook"), "branch and office", "18:00-08:30"),
    ],
)
def test_what_no_route_tells_anybody_is_a_warning(tmp_path: Path, routes: tuple[str, ...], sites: str, hours: str) -> None:
    assert warnings_of(tmp_path, *routes) == gap(sites, hours)
