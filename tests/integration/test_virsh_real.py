"""Virtual machines through the real virsh on libvirt's test driver, on this machine and over a real OpenSSH server."""

import socket
from pathlib import Path

import pytest
from pydantic import ValidationError

from wenyam.collectors.contract import Target
from wenyam.collectors.virsh import VirshCollector, VirshOptions
from wenyam.errors import CommandFailedError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.testing.collecting import CLOCK, make_context, make_links, value
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
HERE = Target("kvm-1", "127.0.0.1")
MACHINE = """<domain type='test'><name>{name}</name><uuid>6695eb01-f6a4-8304-79aa-97f2502e193{number}</uuid><memory>1024</memory>
<vcpu>1</vcpu><os><type>hvm</type></os>{more}</domain>"""
SNAPSHOT = """<test:domainsnapshot><name>before patch</name><state>shutoff</state><creationTime>1700000000</creationTime>
<active>1</active>{machine}</test:domainsnapshot>"""


def _node(path: Path) -> str:
    """Write a host with four machines; the first has a snapshot of 2023-11-14."""
    inner = MACHINE.format(name="erp app&apos;s", number=1, more="")
    snapshot = SNAPSHOT.format(machine=inner)
    machines = [MACHINE.format(name="erp app&apos;s", number=1, more="<test:runstate>1</test:runstate>" + snapshot)]
    for number, (name, state) in enumerate([("-paused", 3), ("12", 5), ("crashed", 6)], start=2):
        machines.append(MACHINE.format(name=name, number=number, more=f"<test:runstate>{state}</test:runstate>"))
    space = "http://libvirt.org/schemas/domain/test/1.0"
    path.write_text(f"<node xmlns:test='{space}'>{''.join(machines)}</node>", encoding="utf-8")
    return f"test://{path}"


async def test_the_default_test_host_has_one_running_machine(links: Links) -> None:
    options = VirshOptions(uri="test:///default", local=True)
    reading = await VirshCollector(options).collect(HERE, make_context(links))
    assert reading.complete
    assert value(reading, "virtual_machine_state", {"vm": "test"}) == 1
    assert value(reading, "virtual_machine_memory_total_bytes", {"vm": "test"}) == 8 << 30
    assert value(reading, "virtual_machine_memory_used_bytes", {"vm": "test"}) == 2 << 30
    assert value(reading, "virtual_machine_agent_status", {"vm": "test"}) == 4
    assert value(reading, "virtual_machine_snapshots", {"vm": "test"}) == 0
    assert value(reading, "virtual_machine_info", {"vm": "test", "host": socket.gethostname()}) == 1
    assert await VirshCollector(options).probe(HERE, make_context(links)) < 10


async def test_the_share_of_the_processors_needs_two_readings(links: Links) -> None:
    collector = VirshCollector(VirshOptions(uri="test:///default", local=True))
    context = make_context(links)
    first = await collector.collect(HERE, context)
    assert value(first, "virtual_machine_cpu_utilization_ratio", {"vm": "test"}) is None
    before = context.memory["processor_seconds"]
    before |= {identity: (seconds - 100, at - 100) for identity, (seconds, at) in before.items()}  # as if 100 s ago
    second = await collector.collect(HERE, context)
    busy = value(second, "virtual_machine_cpu_utilization_ratio", {"vm": "test"})
    assert busy == pytest.approx(0.5, abs=0.02)  # two processors, busy for one second in each


async def test_an_agents_channel_of_which_nothing_is_told_is_unknown(links: Links, tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    uri = _node(path)
    channel = (
        "<devices><channel type='unix'><target type='virtio' name='org.qemu.guest_agent.0'/></channel></devices><test:runstate>1<"
    )
    path.write_text(path.read_text(encoding="utf-8").replace("<test:runstate>1<", channel), encoding="utf-8")
    reading = await VirshCollector(VirshOptions(uri=uri, local=True)).collect(HERE, make_context(links))
    assert reading.complete
    assert value(reading, "virtual_machine_agent_status", {"vm": "erp app's"}) == 0
    assert value(reading, "virtual_machine_agent_status", {"vm": "12"}) is None
    assert value(reading, "virtual_machine_memory_used_bytes", {"vm": "12"}) is None
    assert value(reading, "virtual_machine_memory_total_bytes", {"vm": "12"}) == 1 << 20


async def test_every_state_and_the_age_of_the_oldest_snapshot_are_read(links: Links, tmp_path: Path) -> None:
    options = VirshOptions(uri=_node(tmp_path / "node.xml"), local=True)
    reading = await VirshCollector(options).collect(HERE, make_context(links))
    states = {name: value(reading, "virtual_machine_state", {"vm": name}) for name in ("erp app's", "-paused", "12", "crashed")}
    assert states == {"erp app's": 1, "-paused": 2, "12": 3, "crashed": 4}
    age = value(reading, "virtual_machine_snapshot_age_seconds", {"vm": "erp app's"})
    assert age == pytest.approx(CLOCK.now() / 1000 - 1_700_000_000, abs=60)
    assert value(reading, "virtual_machine_snapshots", {"vm": "erp app's"}) == 1
    assert value(reading, "virtual_machine_snapshots", {"vm": "12"}) == 0


async def test_a_machine_without_snapshots_hides_those_of_the_next_one_from_nobody(links: Links, tmp_path: Path) -> None:
    path = tmp_path / "node.xml"
    bare = MACHINE.format(name="first", number=0, more="")
    uri = _node(path)
    path.write_text(path.read_text(encoding="utf-8").replace("<domain", bare + "<domain", 1), encoding="utf-8")
    reading = await VirshCollector(VirshOptions(uri=uri, local=True)).collect(HERE, make_context(links))
    assert value(reading, "virtual_machine_snapshots", {"vm": "first"}) == 0
    assert value(reading, "virtual_machine_snapshots", {"vm": "erp app's"}) == 1


async def test_the_same_is_read_over_ssh(tmp_path: Path) -> None:
    with Sshd() as server:
        links = make_links(server.known_hosts)
        login = Credential(
            "key", "ssh-key", {"username": server.username}, {"key": SecretReference("file", str(server.client_key))}
        )
        options = VirshOptions(uri=_node(tmp_path / "node.xml"), port=server.port)
        reading = await VirshCollector(options).collect(HERE, make_context(links, credential=login))
        assert value(reading, "virtual_machine_state", {"vm": "12"}) == 3
        await links.close()


@pytest.mark.parametrize("uri", ["test:///nosuch.xml", "qemu:///system"])
async def test_a_hypervisor_that_is_not_there_is_named(links: Links, uri: str) -> None:
    with pytest.raises(CommandFailedError, match="failed to connect"):
        await VirshCollector(VirshOptions(uri=uri, local=True)).collect(HERE, make_context(links))


@pytest.mark.parametrize("uri", ["", "system", "qemu:///system; id", "qemu:// /x", "$(id)://x", "-c://x"])
def test_what_is_no_uri_is_refused(uri: str) -> None:
    with pytest.raises(ValidationError, match="no libvirt URI"):
        VirshOptions(uri=uri)
