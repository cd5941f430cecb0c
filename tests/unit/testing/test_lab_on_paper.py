"""The lab as it stands on paper: nothing is started here."""

import ipaddress
import socket
from pathlib import Path

import pytest

from wenyam.testing.lab import ground
from wenyam.testing.lab.errors import LabAddressTakenError, UnknownFaultError
from wenyam.testing.lab.faults import FAULTS, Fault, find, silenced
from wenyam.testing.lab.plan import DEVICES, MAIN, PLACES, RECOVERY, all_addresses, behind
from wenyam.testing.lab.status import fault_rows, table
from wenyam.testing.recording import package_path


def test_there_are_about_25_devices_at_two_sites() -> None:
    assert 24 <= len(DEVICES) <= 30
    assert {device.site for device in DEVICES.values()} == {MAIN, RECOVERY}


def test_every_device_has_an_address_of_its_own_inside_127_and_a_server_behind_it() -> None:
    addresses = [device.address for device in DEVICES.values()]
    assert len(set(addresses)) == len(addresses)
    assert all(ipaddress.ip_address(address) in ipaddress.ip_network("127.0.0.0/8") for address in addresses)
    assert all(device.servers for device in DEVICES.values())
    sites = {device.site: set[str]() for device in DEVICES.values()}
    for device in DEVICES.values():
        sites[device.site].add(".".join(device.address.split(".")[:2]))
    assert sites == {MAIN: {"127.20"}, RECOVERY: {"127.30"}}


def test_every_parent_is_a_device_and_all_paths_begin_at_the_core() -> None:
    assert set(behind("core-1")) == set(DEVICES)
    assert behind("web-1") == ("web-1",)
    assert {"dr-core", "dr-firewall", "dr-web"} < set(behind("router-1"))


@pytest.mark.parametrize("name", [device.recording for device in DEVICES.values() if device.recording])
def test_every_recording_is_in_snmpsim_data(name: str) -> None:
    assert package_path(name).stat().st_size > 0


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_every_fault_says_what_it_does_and_can_hit_its_own_default(fault: Fault) -> None:
    assert fault.hits(PLACES[fault.default])
    assert fault.sentence.endswith(".")
    assert fault.expectation.endswith(".")


def test_the_faults_of_the_requirement_are_all_there() -> None:
    assert set(FAULTS) >= {
        "host-off", "agent-killed", "agent-frozen", "parent-cut", "nginx-stopped", "database-broken", "credential-rotated",
        "hostile-agent", "slow-agent", "certificate-expired", "disk-full", "on-battery", "own-network-lost",
        "sshd-stopped", "vault-stopped", "database-stopped", "configuration-cut", "configuration-paged",
    }  # fmt: skip


def test_an_unknown_fault_names_those_there_are() -> None:
    with pytest.raises(UnknownFaultError, match=r"'flood'; there are: host-off, parent-cut"):
        find("flood", None)


def test_a_fault_that_cannot_hit_a_device_names_those_it_can() -> None:
    with pytest.raises(UnknownFaultError, match=r"on-battery cannot hit 'web-1'; it can hit: ups-1, dr-ups"):
        find("on-battery", "web-1")


def test_the_addresses_of_all_active_faults_vanish_together() -> None:
    assert silenced([]) == []
    assert silenced(["host-off web-1", "agent-killed web-2"]) == ["127.20.2.30"]
    assert set(silenced(["host-off web-1", "parent-cut dr-core"])) == {
        "127.20.2.30", "127.30.0.2", "127.30.0.21", "127.30.1.1", "127.30.2.30", "127.30.2.11",
    }  # fmt: skip
    assert set(silenced(["own-network-lost everything"])) == set(all_addresses())


def test_a_listener_is_seen_and_refused() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.93.4.5", 0))
        port = stranger.getsockname()[1]
        assert ("127.93.4.5", port) in ground.listeners()
        with pytest.raises(LabAddressTakenError, match=f"127.93.4.5 port {port}"):
            ground.refuse_strangers(["127.93.4.5"])
    ground.refuse_strangers(["127.93.4.5"])


def test_a_port_held_by_this_machine_at_every_address_is_shifted() -> None:
    assert ground.shifted({"ssh": 22, "snmp": 161}, {22}) == {"ssh": 20_022, "snmp": 161}


def test_a_listener_of_ipv6_at_every_address_counts_as_everywhere() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as server:
        server.bind(("::", 0))
        server.listen()
        assert ("::", server.getsockname()[1]) in ground.listeners()


def test_the_table_of_faults_has_one_line_each() -> None:
    assert len(table(fault_rows()).splitlines()) == len(FAULTS) + 1


def test_the_page_about_the_lab_names_every_fault_and_the_device_it_hits() -> None:
    page = (Path(__file__).resolve().parents[3] / "docs" / "howto" / "lab.md").read_text(encoding="utf-8")
    listed = {line.split("|")[1].strip(" `"): line.split("|")[2].strip() for line in page.splitlines() if line.startswith("| `")}
    assert listed == {fault.name: fault.default for fault in FAULTS.values()}
    assert f"{len(DEVICES)} devices" in page
    assert f"{sum(len(device.servers) for device in DEVICES.values())} real servers" in page
