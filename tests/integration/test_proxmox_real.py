"""The Proxmox collector over real HTTPS on the documented answers of its API: values, every fault red and then green."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from wenyam.collectors.contract import Target
from wenyam.collectors.proxmox import ProxmoxCollector, ProxmoxOptions
from wenyam.errors import CertificateError, CollectError, CredentialsRefusedError, NoAnswerError, SecretError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential
from wenyam.model.samples import Reading
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.collecting import CLOCK, make_context, make_credential, rows, value
from wenyam.testing.proxmox_service import ProxmoxService
from wenyam.testing.receivers import Reply

pytestmark = pytest.mark.real
ANSWERS = Path(__file__).parents[1] / "cases" / "proxmox" / "cluster.json"
HERE = Target("pve1", "127.0.0.1")
TOKEN = "watch@pve!wenyam=01234567-89ab-cdef-0123-456789abcdef"
GIBIBYTE = 1 << 30


@pytest.fixture
def service(authority: TestAuthority) -> Iterator[ProxmoxService]:
    with ProxmoxService(ANSWERS, authority, TOKEN) as running:
        running.odd["/nodes/pve1/qemu/102/agent/info"] = Reply(
            500, b'{"data":null,"message":"QEMU guest agent is not running\\n"}'
        )
        yield running


@pytest.fixture
def token(tmp_path: Path) -> Credential:
    return make_credential(tmp_path, "token", "", token=TOKEN)


async def _read(
    service: ProxmoxService, links: Links, credential: Credential | None, seconds: float = 20.0, **options: Any
) -> Reading:
    trust = {} if "fingerprint" in options else {"authority": service.authority}
    made = ProxmoxOptions.model_validate({"port": service.port, **trust, **options})
    return await ProxmoxCollector(made).collect(HERE, make_context(links, seconds, credential))


async def test_a_node_tells_its_guests_their_agents_and_its_own_resources(
    service: ProxmoxService, links: Links, token: Credential
) -> None:
    reading = await _read(service, links, token)
    assert reading.failures == ()
    assert not reading.refused
    assert rows(reading, "virtual_machine_state") == {
        "erp-app": 1,
        "erp-db": 1,
        "test (qemu/103)": 3,
        "test (qemu/104)": 2,
        "proxy": 1,
    }
    assert rows(reading, "virtual_machine_agent_status") == {"erp-app": 1, "erp-db": 3, "test (qemu/104)": 4}
    assert rows(reading, "virtual_machine_snapshots") == {
        "erp-app": 2, "erp-db": 0, "test (qemu/103)": 0, "test (qemu/104)": 0, "proxy": 0,
    }  # fmt: skip
    age = value(reading, "virtual_machine_snapshot_age_seconds", {"vm": "erp-app"})
    assert age == pytest.approx(CLOCK.now() / 1000 - 1_700_000_000, abs=60)
    assert value(reading, "virtual_machine_cpu_utilization_ratio", {"vm": "erp-app"}) == 0.5
    assert value(reading, "virtual_machine_memory_used_bytes", {"vm": "erp-app"}) == 6 * GIBIBYTE
    assert value(reading, "virtual_machine_memory_total_bytes", {"vm": "test (qemu/103)"}) == GIBIBYTE
    assert "test (qemu/103)" not in rows(reading, "virtual_machine_uptime_seconds")
    assert value(reading, "virtual_machine_info", {"vm": "proxy", "host": "pve1"}) == 1
    assert value(reading, "cpu_utilization_ratio", {"cpu": "all"}) == 0.21
    assert value(reading, "memory_utilization_ratio") == 0.25
    assert rows(reading, "load_average") == {"1m": 1.5, "5m": 1.25, "15m": 1}
    assert rows(reading, "filesystem_utilization_ratio") == {"/": 0.25, "storage local": 0.2}
    assert rows(reading, "volume_status") == {"local": 1, "nas": 3}
    assert rows(reading, "component_status") == {"cluster quorum": 1}
    assert rows(reading, "ha_member_status") == {"pve1": 1, "pve2": 3}
    assert value(reading, "system_uptime_seconds") == 864_000
    assert (reading.facts["os_version"], reading.facts["cluster"]) == ("8.2.4", "room")
    assert "not proven here" in reading.facts["evidence"]


async def test_truth_may_be_written_either_way_and_memory_taken_from_the_host_is_told_first(
    service: ProxmoxService, links: Links, token: Credential
) -> None:
    for each in [*service.answers["/cluster/status"], *service.answers["/cluster/resources"]]:
        each.update({key: bool(each[key]) for key in ("quorate", "online", "local", "template") if key in each})
        each.update({"memhost": 7 * GIBIBYTE} if each.get("name") == "erp-app" else {})
    reading = await _read(service, links, token)
    assert rows(reading, "component_status") == {"cluster quorum": 1}
    assert rows(reading, "ha_member_status") == {"pve1": 1, "pve2": 3}
    assert "golden" not in rows(reading, "virtual_machine_state")
    assert value(reading, "virtual_machine_memory_used_bytes", {"vm": "erp-app"}) == 7 * GIBIBYTE


async def test_the_whole_cluster_is_read_where_only_one_of_its_nodes_is_a_device(
    service: ProxmoxService, links: Links, token: Credential
) -> None:
    reading = await _read(service, links, token, guests="cluster")
    assert rows(reading, "virtual_machine_state")["away"] == 0
    assert rows(reading, "volume_status") == {"local": 1, "nas": 3, "local (pve2)": 0}


async def test_a_cluster_without_quorum_is_red_until_it_has_one(service: ProxmoxService, links: Links, token: Credential) -> None:
    service.answers["/cluster/status"][0]["quorate"] = 0
    assert rows(await _read(service, links, token), "component_status") == {"cluster quorum": 3}
    service.answers["/cluster/status"][0]["quorate"] = 1
    assert rows(await _read(service, links, token), "component_status") == {"cluster quorum": 1}


async def test_a_node_alone_has_no_quorum_to_lose(service: ProxmoxService, links: Links, token: Credential) -> None:
    del service.answers["/cluster/status"][0]
    reading = await _read(service, links, token)
    assert rows(reading, "component_status") == rows(reading, "ha_member_status") == {}
    assert reading.complete


async def test_a_wrong_token_is_tried_once_and_shown_nowhere(service: ProxmoxService, links: Links, tmp_path: Path) -> None:
    wrong = make_credential(tmp_path, "token", "", token="watch@pve!wenyam=canary-wrong")
    with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
        await _read(service, links, wrong)
    assert len(service.heard) == 1
    assert "canary" not in str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    with pytest.raises(SecretError, match="token"):
        await _read(service, links, None)
    right = make_credential(tmp_path, "token", "", token=TOKEN)
    assert (await _read(service, links, right)).complete


async def test_a_token_without_rights_is_an_error_and_never_an_empty_room(
    service: ProxmoxService, links: Links, token: Credential
) -> None:
    service.answers["/cluster/resources"] = []
    with pytest.raises(CollectError, match=r"sees no node 'pve1'.*PVEAuditor"):
        await _read(service, links, token)
    with pytest.raises(CollectError, match="sees no node 'pve9'"):
        await _read(service, links, token, node="pve9")


@pytest.mark.parametrize(
    ("path", "reply", "words", "lacking"),
    [
        ("/nodes/pve1/status", Reply(403, b'{"data":null}'), "HTTP status 403", "filesystem_utilization_ratio"),
        ("/nodes/pve1/status", Reply(596, b""), "HTTP status 596", "memory_utilization_ratio"),
        ("/nodes/pve1/qemu/101/snapshot", Reply(500, b""), "HTTP status 500", "virtual_machine_snapshots"),
        ("/nodes/pve1/qemu/101/snapshot", Reply(200, b"<html>"), "no valid JSON", "virtual_machine_snapshot_age_seconds"),
        ("/nodes/pve1/qemu/101/agent/info", Reply(403, b""), "HTTP status 403", "virtual_machine_agent_status"),
        ("/nodes/pve1/qemu/101/status/current", Reply(stall=30.0), "within 0.5 s", "virtual_machine_state"),
    ],
)
async def test_a_part_that_fails_leaves_the_others(  # noqa: PLR0917  # fixtures and the three of a case
    service: ProxmoxService, links: Links, token: Credential, path: str, reply: Reply, words: str, lacking: str
) -> None:
    service.odd[path] = reply
    reading = await _read(service, links, token, request_timeout=0.5)
    assert [words in failure.sentence for failure in reading.failures] == [True]
    assert lacking in reading.partial
    is_asked = not path.endswith("/status/current")  # that its process runs does not make a machine one that runs
    assert rows(reading, "virtual_machine_state").get("erp-app") == (1 if is_asked else None)
    assert rows(reading, "virtual_machine_agent_status")["erp-db"] == 3
    del service.odd[path]
    whole = await _read(service, links, token)
    assert whole.complete
    assert not whole.partial


async def test_a_silent_node_is_silence_and_a_strange_certificate_stops_the_token(
    service: ProxmoxService, links: Links, token: Credential
) -> None:
    with pytest.raises(CertificateError, match="pinned is"):
        await _read(service, links, token, fingerprint="0" * 64)
    assert service.heard == []
    service.odd["/cluster/status"] = Reply(stall=30.0)
    with pytest.raises(NoAnswerError):
        await _read(service, links, token, seconds=0.5)


ODD: list[Any] = [None, True, "", "x", "../../etc", [], {}, -5, 1e999, 10**400, float("nan"), "101"]


async def test_no_value_of_another_type_breaks_a_reading(service: ProxmoxService, links: Links, token: Credential) -> None:
    chance = random.Random("proxmox")
    whole = json.dumps(service.answers)
    for _ in range(25):
        service.answers = json.loads(whole)
        for holder, key in chance.sample(list(_leaves(service.answers)), 15):
            holder[key] = chance.choice(ODD)
        try:
            await _read(service, links, token)
        except CollectError:
            continue
    assert all(".." not in heard.path for heard in service.heard)


def _leaves(inside: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in the answers that holds a value."""
    for key, held in list(inside.items() if isinstance(inside, dict) else enumerate(inside)):
        yield inside, key
        if isinstance(held, dict | list):
            yield from _leaves(held)
