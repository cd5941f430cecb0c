"""How old the equipment is, to the day, and which versions it runs, as the control socket tells."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from wenyam.links.control import ControlServer, Request
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.inventory import AliveRule, Device
from wenyam.operations.equipment import Version, aged, facts_now, undated, versions
from wenyam.operations.status import socket_path
from wenyam.settings.loader import load

ZONE = "Asia/Bangkok"
CONFIGURATION = """
instance: {{name: w, site: s, state_directory: {folder}, run_directory: {folder}, exporter: {{enabled: false}}}}
sites: {{s: {{label: {{th: ก, en: S}}}}}}
people: {{p: {{name: {{th: ก, en: P}}, roles: [operator]}}}}
defaults: {{owner: p, duty_officer: p}}
credentials: {{read: {{kind: snmp-community, community: "env:X"}}}}
devices:
  a: {{kind: switch, address: 192.0.2.1, credentials: {{snmp: read}}}}
  b: {{kind: switch, address: 192.0.2.2, credentials: {{snmp: read}}}}
  silent: {{kind: other, address: 192.0.2.3}}
"""


def day(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE)))


def device(name: str, since: str | None, retired: str | None = None) -> Device:
    made = Device(name, "server", ("192.0.2.1",), "office", "o", "d", AliveRule(()), in_service=day(since) if since else None)
    return replace(made, retired=day(retired) if retired else None)


DEVICES = [
    device("young", "2022-01-01"),
    device("on-the-day", "2021-10-01"),
    device("a-day-more", "2021-09-30"),
    device("seven", "2019-10-01"),
    device("old", "2012-02-29"),
    device("gone", "2010-01-01", "2020-01-01"),
    device("unknown", None),
]


def test_more_than_five_and_more_than_seven_years_are_counted_to_the_day() -> None:
    found = aged(DEVICES, day("2026-10-01"), ZONE)
    assert [(each.device.name, each.years, each.rule) for each in found] == [
        ("old", 14, "age_replace"),
        ("seven", 7, "age_risk"),
        ("a-day-more", 5, "age_risk"),
    ]
    assert [each.rule for each in aged(DEVICES, day("2026-10-02"), ZONE)] == [
        "age_replace",
        "age_replace",
        "age_risk",
        "age_risk",
    ]
    assert undated(DEVICES, day("2026-10-01")) == ["unknown"]


def test_versions_are_grouped_by_maker() -> None:
    facts = {
        "a": {"vendor": "Cisco", "os_version": "15.2"},
        "b": {"vendor": "Cisco", "os_version": "12.2"},
        "c": {"vendor": "Cisco", "os_version": "12.2"},
        "d": {"vendor": "Cisco"},
    }
    assert versions(facts) == [Version("Cisco", "12.2", ("b", "c")), Version("Cisco", "15.2", ("a",))]


@contextmanager
def answering(configuration: Configuration) -> Iterator[None]:
    """Serve the control socket as the watcher does, with facts of ours."""

    async def answer(_user: int, request: Request) -> dict[str, object]:
        if request.get("name") == "b":
            return {"error": "The command was not understood: there is no device or service 'b'."}
        facts = {"os_version": "12.2\x1b[31m", "vendor": "Cisco", "model": ""}
        return {"version": 1, "jobs": {"icmp": {"facts": {}}, "snmp": {"facts": facts}}}

    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = ControlServer(socket_path(configuration), "root", answer)
    asyncio.run_coroutine_threadsafe(server.start(), loop).result(5)
    try:
        yield
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(5)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(5)
        loop.close()


def test_facts_come_from_the_watcher_and_its_silence_is_no_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "public")
    (tmp_path / "etc").mkdir(mode=0o700)
    (tmp_path / "etc" / "wenyam.yaml").write_text(CONFIGURATION.format(folder=tmp_path), encoding="utf-8")
    configuration = load(tmp_path / "etc")
    assert facts_now(configuration) is None
    with answering(configuration):
        found = facts_now(configuration)
    assert found is not None
    assert found["a"] == {"os_version": "12.2", "vendor": "Cisco"}
    assert "b" not in found
