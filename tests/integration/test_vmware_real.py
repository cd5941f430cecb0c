"""The VMware collector through the real pyVmomi and real HTTPS, to a server that answers what pyVmomi writes of made objects."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from wenyam.collectors.contract import Target
from wenyam.collectors.vmware import VmwareCollector, VmwareOptions, snapshot_times, tools_status
from wenyam.errors import (
    CertificateError,
    CollectError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MalformedReplyError,
    NoAnswerError,
)
from wenyam.links.pools import Links
from wenyam.links.tls import client_context
from wenyam.model.inventory import Credential
from wenyam.model.samples import Reading
from wenyam.testing.certificates import TestAuthority
from wenyam.testing.collecting import make_context, make_credential, rows, value
from wenyam.testing.receivers import Reply
from wenyam.testing.vsphere_service import VsphereService

pytestmark = pytest.mark.real
HERE = Target("vcenter", "127.0.0.1")
GIBIBYTE = 1 << 30
LONG_AGO = datetime.now(UTC) - timedelta(days=40)


@pytest.fixture
def service(authority: TestAuthority) -> Iterator[VsphereService]:
    with VsphereService(authority) as running:
        running.objects = _inventory()
        yield running


def _host(number: int, *, connected: bool = True) -> tuple[Any, dict[str, Any]]:
    hardware = vim.host.Summary.HardwareSummary(
        vendor="Example Works", model="EW-2000", uuid="x", memorySize=256 * GIBIBYTE, cpuModel="x", cpuMhz=2000, numCpuPkgs=2,
        numCpuCores=32, numCpuThreads=64, numNics=2, numHBAs=1,
    )  # fmt: skip
    usage = vim.host.Summary.QuickStats(overallCpuUsage=16_000, overallMemoryUsage=65_536, uptime=864_000)
    product = vim.AboutInfo(
        name="VMware ESXi", fullName="x", vendor="x", version="8.0.2", build="1", osType="vmnix-x86", productLineId="embeddedEsx",
        apiType="HostAgent", apiVersion="8.0.2",
    )  # fmt: skip
    state = vim.HostSystem.ConnectionState.connected if connected else vim.HostSystem.ConnectionState.notResponding
    return vim.HostSystem(f"host-{number}"), {
        "name": f"esx{number}",
        "overallStatus": vim.ManagedEntity.Status.green,
        "summary.runtime.connectionState": state,
        "summary.quickStats": usage,
        "summary.hardware": hardware,
        "summary.config.product": product,
    }


def _machine(number: int, name: str, power: str = "poweredOn", **more: Any) -> tuple[Any, dict[str, Any]]:
    usage = vim.vm.Summary.QuickStats(
        overallCpuUsage=2000, hostMemoryUsage=4096, uptimeSeconds=3600, guestHeartbeatStatus=vim.ManagedEntity.Status.green
    )
    storage = vim.vm.Summary.StorageSummary(committed=50 * GIBIBYTE, uncommitted=0, unshared=0, timestamp=LONG_AGO)
    return vim.VirtualMachine(f"vm-{number}"), {
        "name": name,
        "config.template": False,
        "runtime.powerState": vim.VirtualMachine.PowerState(power),
        "runtime.connectionState": vim.VirtualMachine.ConnectionState.connected,
        "runtime.host": vim.HostSystem("host-1"),
        "runtime.maxCpuUsage": 8000,
        "summary.quickStats": usage,
        "summary.config.memorySizeMB": 8192,
        "summary.storage": storage,
        "guest.toolsRunningStatus": "guestToolsRunning",
        "guest.toolsVersionStatus2": "guestToolsCurrent",
        **more,
    }


def _snapshots() -> Any:
    def made(number: int, when: datetime, *children: Any) -> Any:
        return vim.vm.SnapshotTree(
            snapshot=vim.vm.Snapshot(f"snapshot-{number}"), vm=vim.VirtualMachine("vm-1"), name="x", description="",
            createTime=when, state=vim.VirtualMachine.PowerState.poweredOff, quiesced=False, childSnapshotList=list(children),
        )  # fmt: skip

    tree = made(1, LONG_AGO, made(2, LONG_AGO + timedelta(days=1)), made(3, LONG_AGO + timedelta(days=2)))
    return vim.vm.SnapshotInfo(currentSnapshot=vim.vm.Snapshot("snapshot-3"), rootSnapshotList=[tree])


def _store(number: int, name: str, *, accessible: bool) -> tuple[Any, dict[str, Any]]:
    summary = vim.Datastore.Summary(
        name=name, url="x", capacity=1000 * GIBIBYTE, freeSpace=250 * GIBIBYTE, accessible=accessible, type="VMFS"
    )
    state = vim.ManagedEntity.Status.green
    return vim.Datastore(f"datastore-{number}"), {"name": name, "overallStatus": state, "summary": summary}


def _inventory() -> list[tuple[Any, dict[str, Any]]]:
    alarm = vim.alarm.AlarmState(
        key="x", entity=vim.VirtualMachine("vm-1"), alarm=vim.alarm.Alarm("alarm-7"), overallStatus=vim.ManagedEntity.Status.red,
        time=LONG_AGO, acknowledged=False,
    )  # fmt: skip
    return [
        _host(1),
        _machine(1, "erp-app", snapshot=_snapshots()),
        _machine(2, "twin"),
        _machine(3, "twin", "poweredOff"),
        _machine(4, "asleep", "suspended"),
        _machine(5, "golden", "poweredOff", **{"config.template": True}),
        _machine(6, "lost", **{"runtime.connectionState": vim.VirtualMachine.ConnectionState.orphaned}),
        _store(1, "vmfs-1", accessible=True),
        _store(2, "nfs-1", accessible=False),
        (vim.Folder("group-d1"), {"triggeredAlarmState": vim.alarm.AlarmState.Array([alarm])}),
        (vim.alarm.Alarm("alarm-7"), {"info.name": "Virtual machine CPU usage"}),
    ]


async def _read(service: VsphereService, links: Links, credential: Credential, seconds: float = 20.0, **options: Any) -> Reading:
    trust = {} if "fingerprint" in options else {"authority": service.authority}
    made = VmwareOptions.model_validate({"port": service.port, **trust, **options})
    return await VmwareCollector(made).collect(HERE, make_context(links, seconds, credential))


async def test_a_lone_host_tells_its_machines_its_datastores_and_its_own_resources(
    service: VsphereService, links: Links, login: Credential
) -> None:
    reading = await _read(service, links, login)
    assert reading.complete
    assert not reading.refused
    assert rows(reading, "virtual_machine_state") == {"erp-app": 1, "twin (vm-2)": 1, "twin (vm-3)": 3, "asleep": 2, "lost": 0}
    assert rows(reading, "virtual_machine_snapshots")["erp-app"] == 3
    since = (datetime.now(UTC) - LONG_AGO).total_seconds()
    assert value(reading, "virtual_machine_snapshot_age_seconds", {"vm": "erp-app"}) == pytest.approx(since, abs=60)
    assert rows(reading, "virtual_machine_cpu_utilization_ratio") == {"erp-app": 0.25, "twin (vm-2)": 0.25}
    assert rows(reading, "virtual_machine_memory_used_bytes") == {"erp-app": 4 * GIBIBYTE, "twin (vm-2)": 4 * GIBIBYTE}
    assert value(reading, "virtual_machine_memory_total_bytes", {"vm": "twin (vm-3)"}) == 8 * GIBIBYTE
    assert rows(reading, "virtual_machine_agent_status") == {"erp-app": 1, "twin (vm-2)": 1}
    assert value(reading, "virtual_machine_info", {"vm": "erp-app", "host": "esx1"}) == 1
    assert rows(reading, "component_status") == {"host esx1": 1, "alarm Virtual machine CPU usage: erp-app": 3}
    assert rows(reading, "volume_status") == {"vmfs-1": 1, "nfs-1": 3}
    assert rows(reading, "filesystem_utilization_ratio") == {"storage vmfs-1": 0.75}
    assert value(reading, "cpu_utilization_ratio", {"cpu": "all"}) == 0.25
    assert value(reading, "memory_utilization_ratio") == 0.25
    assert value(reading, "system_uptime_seconds") == 864_000
    assert (reading.facts["name"], reading.facts["os_version"]) == ("esx1", "8.0.2")
    assert "not proven here" in reading.facts["evidence"]
    assert service.methods[-1] == "Logout"


async def test_a_vcenter_tells_each_host_and_reads_page_after_page(
    service: VsphereService, links: Links, login: Credential
) -> None:
    service.page_size = 2
    service.objects.append(_host(2, connected=False))
    reading = await _read(service, links, login)
    assert {name: state for name, state in rows(reading, "component_status").items() if name.startswith("host")} == {
        "host esx1": 1,
        "host esx2": 3,
    }
    assert rows(reading, "cpu_utilization_ratio") == {}
    assert len(rows(reading, "virtual_machine_state")) == 5
    assert reading.facts["model"] == "VirtualCenter"


async def test_a_wrong_password_is_tried_once_and_shown_nowhere(service: VsphereService, links: Links, tmp_path: Path) -> None:
    wrong = make_credential(tmp_path, "http-basic", "watch", password="canary-wrong")
    with pytest.raises(CredentialsRefusedError, match="test-login") as refused:
        await _read(service, links, wrong)
    assert service.methods == ["RetrieveServiceContent", "Login"]
    assert "canary" not in str(refused.value) + repr(refused.value) + repr(refused.value.__cause__)
    right = make_credential(tmp_path, "http-basic", "watch", password="s3cret")
    assert (await _read(service, links, right)).complete


async def test_a_login_that_sees_nothing_is_an_error(service: VsphereService, links: Links, login: Credential) -> None:
    service.objects = []
    with pytest.raises(CollectError, match="sees no host"):
        await _read(service, links, login)


async def test_a_certificate_is_checked_or_pinned_and_no_other_reading_is_touched_by_it(
    service: VsphereService, links: Links, login: Credential, authority: TestAuthority
) -> None:
    from cryptography import x509  # noqa: PLC0415  # one test reads a certificate
    from cryptography.hazmat.primitives.hashes import SHA256  # noqa: PLC0415  # the same

    chain = x509.load_pem_x509_certificates((authority.directory / "vsphere.pem").read_bytes())
    assert (await _read(service, links, login, fingerprint=chain[0].fingerprint(SHA256()).hex(":"))).complete
    service.heard.clear()
    with pytest.raises(CertificateError, match="pinned is"):
        await _read(service, links, login, fingerprint="0" * 64)
    with pytest.raises(CertificateError, match=r"not trusted|self-signed"):
        await _read(service, links, login, authority=None)
    assert service.heard == []
    assert client_context(None).check_hostname


@pytest.mark.parametrize(
    ("method", "reply", "error"),
    [
        ("RetrieveServiceContent", Reply(200, b"<html>"), MalformedReplyError),
        ("RetrieveServiceContent", Reply(404, b""), MalformedReplyError),
        ("RetrievePropertiesEx", Reply(500, b"{}"), MalformedReplyError),
        ("RetrievePropertiesEx", Reply(200, b"<x/>" * 100, cut=True), CollectError),
        ("Login", Reply(hang_up=True), CollectError),
        ("Login", Reply(stall=30.0), NoAnswerError),
    ],
)
async def test_nonsense_and_silence_are_errors_until_they_end(  # noqa: PLR0917  # fixtures and the three of a case
    service: VsphereService, links: Links, login: Credential, method: str, reply: Reply, error: type[CollectError]
) -> None:
    service.odd[method] = reply
    with pytest.raises(error):
        await _read(service, links, login, 3.0)
    service.odd.clear()
    assert (await _read(service, links, login)).complete


async def test_a_closed_port_is_refused(service: VsphereService, links: Links, login: Credential) -> None:
    with pytest.raises(ConnectionRefusedByDeviceError):
        await _read(service, links, login, port=1)
    with pytest.raises(ConnectionRefusedByDeviceError):
        await VmwareCollector(VmwareOptions(port=1)).probe(HERE, make_context(links))


@pytest.mark.parametrize(
    ("running", "version", "state"),
    [
        ("guestToolsRunning", "guestToolsUnmanaged", 1),
        ("guestToolsRunning", "guestToolsSupportedOld", 2),
        ("guestToolsRunning", "guestToolsBlacklisted", 3),
        ("guestToolsNotRunning", "guestToolsCurrent", 3),
        ("guestToolsNotRunning", "guestToolsNotInstalled", 4),
        (None, None, 0),
    ],
)
def test_the_state_of_the_tools(running: str | None, version: str | None, state: int) -> None:
    assert tools_status({"guest.toolsRunningStatus": running, "guest.toolsVersionStatus2": version}) == state


def test_a_machine_without_snapshots_has_none() -> None:
    assert snapshot_times(None) == []


def test_without_the_library_the_sentence_says_what_to_install() -> None:
    script = (
        "import sys\nsys.modules['pyVmomi'] = None\n"
        "from wenyam.errors import MissingLibraryError\nfrom wenyam.links.vsphere import _library\n"
        "try:\n    _library()\nexcept MissingLibraryError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert "pip install 'wenyam[vmware]'" in done.stdout
