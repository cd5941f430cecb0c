"""Alerts handed to Debian's real Alertmanager: it shows them, keeps them, and lets them go when they are over."""

import json
import urllib.request
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from wenyam.alerts.contract import NotifyError
from wenyam.alerts.notifiers.webhook import WebhookNotifier, WebhookOptions
from wenyam.model.alerting import Event, Severity
from wenyam.model.instants import after
from wenyam.model.states import State
from wenyam.testing.alert_house import AlertHouse, write_configuration
from wenyam.testing.alerting import HOSTILE, KEY, make_item, make_message, make_surroundings
from wenyam.testing.alertmanager import Alertmanager
from wenyam.testing.ports import free_port

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def alertmanager(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Alertmanager]:
    """Start it once; the test that leaves alerts behind comes last."""
    place = tmp_path_factory.mktemp("alertmanager")
    token, directory = place / "token", place / "server"
    token.write_text("nobody", encoding="utf-8")
    directory.mkdir()
    with Alertmanager(f"http://127.0.0.1:{free_port()}/", token, directory) as server:
        yield server


def channel(port: int) -> WebhookNotifier:
    given = {"url": f"http://127.0.0.1:{port}", "format": "alertmanager", "timeout": "5s"}
    return WebhookNotifier(WebhookOptions.model_validate(given), make_surroundings())


def active(server: Alertmanager) -> list[dict[str, Any]]:
    """Return what Alertmanager itself says is active."""
    address = f"http://127.0.0.1:{server.port}/api/v2/alerts?active=true"
    with urllib.request.urlopen(address, timeout=5) as answer:  # loopback
        return list(json.load(answer))


def names(server: Alertmanager) -> list[tuple[str, str]]:
    return sorted((alert["labels"]["alertname"], alert["labels"]["severity"]) for alert in active(server))


async def test_it_shows_an_outage_of_the_pipeline_and_lets_it_go_afterwards(tmp_path: Path, alertmanager: Alertmanager) -> None:
    device = {"kind": "server", "address": "127.0.0.1", "alive": {"any_of": ["tcp:9"]}}
    url = f"http://127.0.0.1:{alertmanager.port}/"
    hook = {"kind": "webhook", "url": url, "format": "alertmanager", "language": "en"}
    written = write_configuration(tmp_path / "configuration", {"devices": {"db": device}, "channels": {"hook": hook}})
    async with AlertHouse(written) as house:
        house.see("db", State.DOWN, "no answer to tcp:9")
        await house.pass_time(6)
        (alert,) = active(alertmanager)
        assert alert["status"]["state"] == "active"
        assert alert["labels"]["alertname"] == "device:db"
        assert alert["annotations"]["title"] == "✖ DOWN db · Head office"
        house.see("db", State.UP)
        await house.pass_time(2)
        assert house.service.outbox.pending == {}
    assert active(alertmanager) == []


async def test_a_warning_that_became_critical_is_one_alert_and_ends_as_one(alertmanager: Alertmanager) -> None:
    hook = channel(alertmanager.port)
    now = hook._surroundings.clock.now()
    warning = make_item("db")
    mild = replace(warning, severity=Severity.WARNING)
    await hook.send(make_message(severity=Severity.WARNING, items=(mild,), at=now), [], KEY)
    assert names(alertmanager) == [("device:db", "warning")]
    await hook.send(make_message(event=Event.WORSENED, items=(warning,), at=now), [], KEY)
    assert names(alertmanager) == [("device:db", "critical")]
    over = make_item("db", ended=now)
    await hook.send(make_message(event=Event.RECOVERED, items=(over,), at=now), [], KEY)
    assert names(alertmanager) == []


async def test_the_look_at_it_is_red_while_it_is_away_and_green_when_it_is_there(alertmanager: Alertmanager) -> None:
    with pytest.raises(NotifyError):
        await channel(free_port()).probe()
    with pytest.raises(NotifyError):
        await channel(free_port()).send(make_message(), [], KEY)
    assert (await channel(alertmanager.port).probe()).startswith("the Alertmanager at ")


async def test_hostile_names_and_ends_before_their_beginning_are_taken(alertmanager: Alertmanager) -> None:
    hook = channel(alertmanager.port)
    now = hook._surroundings.clock.now()
    items = tuple(make_item(f"box {number}", summary=harm) for number, harm in enumerate(HOSTILE.values()))
    await hook.send(make_message(items=items, at=now), [], KEY)
    assert len(active(alertmanager)) == len(HOSTILE)
    early = make_item("early", ended=after(make_item().since, -5))
    await hook.send(make_message(event=Event.RECOVERED, items=(early,), at=now), [], KEY)
    assert len(active(alertmanager)) == len(HOSTILE)
    await hook.send(make_message(event=Event.TEST, items=(), at=now), [], KEY)
    assert ("wenyam_test", "critical") in names(alertmanager)
