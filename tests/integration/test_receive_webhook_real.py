"""Alerts of a real Alertmanager and a real Prometheus become states; everything else is refused with a sentence."""

import asyncio
import io
import json
import ssl
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from wenyam.errors import SecretError
from wenyam.links.web_config import WebConfigError
from wenyam.model.inventory import SecretReference
from wenyam.model.receiving import ReceivedKind, ReceivePlan, Share, WebhookPlan
from wenyam.testing.alertmanager import Alertmanager
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.prometheus import Prometheus
from wenyam.testing.receiving import TOKEN, Receiving, device, kept, receiving

pytestmark = pytest.mark.real

WEBHOOK, ALERTS = "/api/v1/webhook", "/api/v2/alerts"
DEVICES = (device("web", "192.0.2.10"), device("db", "192.0.2.11"))
BEARER = {"Authorization": f"Bearer {TOKEN}"}


def plan(directory: Path, limit: int = 1000, **more: Any) -> ReceivePlan:
    token = kept(directory, "token", TOKEN)
    return ReceivePlan(webhook=WebhookPlan(token, port=0, **({"share": Share(1000, 1000)} | more)), state_limit=limit)


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Receiving]:
    async with receiving(tmp_path, plan(tmp_path), DEVICES) as running:
        yield running


def at(world: Receiving, route: str, scheme: str = "http") -> str:
    address = world.receiver.webhook_address
    assert address is not None
    return f"{scheme}://127.0.0.1:{address[1]}{route}"


async def post(
    world: Receiving, body: Any, route: str = WEBHOOK, headers: Mapping[str, str] = BEARER, method: str = "POST"
) -> tuple[int, str]:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, at(world, route), data=io.BytesIO(content), headers=headers) as answer,
    ):
        return answer.status, (await answer.text()).strip()


def firing(name: str = "HighLoad", **labels: str) -> dict[str, Any]:
    return {"status": "firing", "labels": {"alertname": name, **labels}, "annotations": {"summary": f"{name} it is"}}


async def test_an_alert_of_a_real_alertmanager_is_a_state_until_it_is_resolved(world: Receiving, tmp_path: Path) -> None:
    directory = tmp_path / "alertmanager"
    directory.mkdir()
    labels = {"alertname": "DiskFull", "instance": "192.0.2.10:9100", "severity": "critical", "mountpoint": "/srv"}
    outside = {"alertname": "CertificateEnds", "instance": "elsewhere.example:443", "severity": "warning"}
    notes = {"summary": "/srv of web is full"}
    with Alertmanager(at(world, WEBHOOK), tmp_path / "token", directory) as manager:
        await asyncio.to_thread(manager.give, [{"labels": labels, "annotations": notes}, {"labels": outside}])
        await world.until_state("device:web/alert:DiskFull:mountpoint=/srv", "crit: /srv of web is full")
        (name,) = [record.subject for record in world.watcher.board.records() if record.subject.kind == "external"]
        assert str(name).startswith("external:CertificateEnds:instance=elsewhere.example:443")
        assert world.summary(str(name)).startswith("warn: CertificateEnds instance=elsewhere.example:443")
        over = (datetime.now(UTC) - timedelta(seconds=1)).isoformat()
        await asyncio.to_thread(manager.give, [{"labels": labels, "annotations": notes, "endsAt": over}])
        await world.until_state("device:web/alert:DiskFull:mountpoint=/srv", "ok")
    rows = [row for row in await world.rows() if row.name == "DiskFull"]
    assert [(row.kind, row.device, row.text) for row in rows] == [
        (ReceivedKind.WEBHOOK, "web", "firing: /srv of web is full"),
        (ReceivedKind.WEBHOOK, "web", "resolved: /srv of web is full"),
    ]


async def test_a_real_prometheus_needs_no_alertmanager_in_between(world: Receiving, tmp_path: Path) -> None:
    rules, directory = tmp_path / "rules", tmp_path / "prometheus"
    rules.mkdir()
    directory.mkdir()
    (rules / "wenyam-alerts.rules.yaml").write_text(
        "groups:\n- name: all\n  rules:\n  - alert: TargetGone\n    expr: up == 0\n    labels: {device: db, severity: page}\n"
        "    annotations: {summary: nobody scrapes the database}\n",
        encoding="utf-8",
    )
    address = world.receiver.webhook_address
    assert address is not None
    more = (
        "alerting:\n  alertmanagers:\n"
        f"  - {{static_configs: [{{targets: ['127.0.0.1:{address[1]}']}}], authorization: {{credentials: {TOKEN}}}}}\n"
    )
    with Prometheus(("127.0.0.1", 1), rules, directory, more):
        await world.until_state("device:db/alert:TargetGone", "crit: nobody scrapes the database")
        await asyncio.sleep(0)
    assert [row.text for row in await world.rows()] == ["firing: nobody scrapes the database"], "repeats make no rows"


async def test_whoever_does_not_bring_the_token_is_refused_before_anything_is_read(world: Receiving) -> None:
    for header in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}, {"Authorization": TOKEN}):
        status, sentence = await post(world, [firing()], headers=header)
        assert (status, sentence) == (401, "The token of receive.webhook, please.")
    assert world.receiver._listener is not None
    assert dict(world.receiver._listener.tally.drain()) == {("127.0.0.1", "wrong token"): 4}
    assert await world.rows() == []


@pytest.mark.parametrize(
    ("body", "status", "sentence"),
    [
        (b"{", 400, "This is no JSON."),
        (b"\xff\xfe", 400, "This is no JSON."),
        (b"[" * 200_000, 400, "This is no JSON."),
        (b"[" + b" " * (1 << 20) + b"]", 413, "More than 1048576 bytes in one request are not taken."),
        ({"alerts": 7}, 400, "These are no alerts: a list of alerts expected, or an object with 'alerts'."),
        ([7], 400, "These are no alerts: alert 1: an object expected."),
        ([{"labels": {}}], 400, "These are no alerts: alert 1: it has no labels."),
        ([{"labels": {"alertname": 7}}], 400, "These are no alerts: alert 1: labels: an object of at most 64 texts expected."),
        ([firing() | {"status": "maybe"}], 400, "These are no alerts: alert 1: its status is neither firing nor resolved."),
        (
            [firing(), firing() | {"endsAt": "soon"}],
            400,
            "These are no alerts: alert 2: endsAt: no time of the form 2026-11-26T20:00:00Z.",
        ),
        ([firing()] * 1001, 400, "These are no alerts: 1001 alerts in one request; at most 1000 are taken."),
    ],
)
async def test_a_bad_body_is_told_why(world: Receiving, body: Any, status: int, sentence: str) -> None:
    assert await post(world, body) == (status, sentence)
    assert await post(world, [firing()]) == (200, "Taken.")


async def test_other_pages_methods_and_encodings_are_refused(world: Receiving) -> None:
    assert (await post(world, [], "/metrics"))[0] == 404
    assert (await post(world, [], WEBHOOK, method="GET"))[0] == 405
    assert (await post(world, b"x", headers={**BEARER, "Content-Encoding": "gzip"}))[0] in (400, 415)


async def test_who_sends_too_often_is_told_to_wait(tmp_path: Path) -> None:
    async with receiving(tmp_path, plan(tmp_path, share=Share(0.001, 3)), DEVICES) as world:
        answers = [(await post(world, [firing()], ALERTS))[0] for _ in range(5)]
        assert answers == [200, 200, 200, 429, 429]
        await world.receiver._summarise()
        assert [row.text for row in await world.rows() if row.kind is ReceivedKind.SUMMARY] == [
            "127.0.0.1: 2 further were not read: requests beyond its share"
        ]


async def test_names_that_mean_something_to_us_move_nothing_of_ours(world: Receiving) -> None:
    """An alert called like our own liveness, or with the signs we separate names by, stays an alert."""
    hostile = "x\x1b[31m/alive\n[@click=app.quit]=cmd|'/C calc'!A0\u202e" + "y" * 9000
    for name in ("alive", "management", hostile):
        assert await post(world, [firing(name, device="web", severity="critical", extra=hostile)]) == (200, "Taken.")
    subjects = sorted(str(record.subject) for record in world.watcher.board.records() if "alert:" in str(record.subject))
    assert [subject.startswith("device:web/alert:") for subject in subjects] == [True, True, True]
    assert all(subject.isprintable() and len(subject) < 200 for subject in subjects)
    assert world.summary("device:web") == ""
    assert all(row.text.isprintable() and len(row.text) < 600 for row in await world.rows())


async def test_a_storm_of_alerts_is_one_fault_and_no_thousand(tmp_path: Path) -> None:
    async with receiving(tmp_path, plan(tmp_path, limit=20), DEVICES) as world:
        assert await post(world, [firing(f"Alert{number}") for number in range(500)]) == (200, "Taken.")
        assert len([record for record in world.watcher.board.records() if record.subject.kind == "external"]) == 20
        assert world.summary("monitor:receive/storm") == "crit: others told of more than 20 states; 480 further are rows only"
        assert len(await world.rows()) == 500
        over = [firing("Alert3") | {"status": "resolved"}]
        assert await post(world, over) == (200, "Taken.")
        assert [record.state for record in world.watcher.board.records() if "Alert3:" in record.subject.name] == ["ok"]


async def test_a_watchdog_alert_and_the_end_of_what_nobody_reported_move_nothing(world: Receiving) -> None:
    assert await post(world, [firing("Watchdog", severity="none"), firing() | {"status": "resolved"}]) == (200, "Taken.")
    assert not [record for record in world.watcher.board.records() if record.subject.kind == "external"]


async def test_alerts_survive_restart_and_reload(tmp_path: Path) -> None:
    async with receiving(tmp_path, plan(tmp_path), DEVICES) as world:
        await post(world, [firing("Outside"), firing("Inside", device="db")])
        before = {str(record.subject): record.state for record in world.watcher.board.records() if "alert" in str(record.subject)}
        await world.watcher.configure(world.watcher.configuration)
    async with receiving(tmp_path, plan(tmp_path), DEVICES) as world:
        after = {str(record.subject): record.state for record in world.watcher.board.records() if "alert" in str(record.subject)}
    assert (len(before), after) == (2, before)


async def test_tls_by_web_config_and_no_users_in_it(tmp_path: Path) -> None:
    authority = TestAuthority(tmp_path / "ca")
    certificate, key = authority.issue("wenyam", "127.0.0.1")
    key.chmod(0o600)
    config = tmp_path / "web.yaml"
    config.write_text(f"tls_server_config: {{cert_file: {certificate}, key_file: {key}}}\n", encoding="utf-8")
    async with receiving(tmp_path, plan(tmp_path, web_config=str(config)), DEVICES) as world:
        trust = ssl.create_default_context(cafile=str(authority.certificate))
        async with (
            aiohttp.ClientSession() as session,
            session.post(at(world, WEBHOOK, "https"), json=[firing()], headers=BEARER, ssl=trust) as answer,
        ):
            assert answer.status == 200
    hashed = "$2b$04$" + "a" * 53
    config.write_text(f"basic_auth_users: {{somchai: {hashed}}}\n", encoding="utf-8")
    with pytest.raises(WebConfigError, match="basic_auth_users cannot be used here"):
        async with receiving(tmp_path, plan(tmp_path, web_config=str(config)), DEVICES):
            pass


async def test_without_its_token_it_does_not_start(tmp_path: Path) -> None:
    absent = ReceivePlan(webhook=WebhookPlan(SecretReference("file", str(tmp_path / "absent")), port=0))
    with pytest.raises(SecretError, match="No such file"):
        async with receiving(tmp_path, absent, DEVICES):
            pass
