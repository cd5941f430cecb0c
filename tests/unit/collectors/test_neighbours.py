"""What recorded devices say of their neighbours: LLDP, CDP, bridge tables, read from the recordings of the package."""

from functools import cache

from wenyam.collectors.neighbours import COLUMNS, parse
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.walk import Column
from wenyam.model.topology import Neighbour, Seen
from wenyam.testing import recording

WANTED = ["1.0.8802", "1.3.6.1.2.1.2", "1.3.6.1.2.1.31", "1.3.6.1.2.1.17", "1.3.6.1.4.1.9.9.23", "1.3.6.1.2.1.4.22"]


@cache
def seen(path: str, device: str = "x") -> Seen:
    tree = recording.load(recording.package_path(path), only=WANTED)
    columns = {key: Column(oids.encode(oid)) for key, oid in COLUMNS.items()}
    for name, tag, content in codec.typed(b"".join(tree.bindings)):
        for column in columns.values():
            if name.startswith(column.prefix):
                column.names.append(name)
                column.values.append(codec.value(tag, content))
    return parse(device, "", columns)


def at(known: Seen, port: str) -> list[Neighbour]:
    return [each for each in known.neighbours if each.port == port]


def test_a_nexus_names_its_ports_though_lldp_numbers_them_by_hardware_address() -> None:
    known = seen("network/switch/cisco-n5000.snmprec.bz2")
    lldp, cdp = at(known, "Ethernet1/21")
    assert lldp == Neighbour("Ethernet1/21", "lldp", "NWPU-CA-5548-02", "Eth1/21", "10.40.1.20", "8c:60:4f:19:1b:dc")
    assert (cdp.protocol, cdp.remote_port) == ("cdp", "Ethernet1/21")
    assert cdp.name.startswith("NWPU-CA-5548-02(")
    assert len(known.arp) == 513


def test_a_catalyst_hears_nine_others_by_cdp_at_four_ports() -> None:
    known = seen("network/switch/cisco-c3560.snmprec.bz2")
    assert len(known.neighbours) == 9
    assert {each.port for each in known.neighbours} == {"Gi0/49", "Gi0/50", "Gi0/51", "Gi0/52"}
    assert known.neighbours[1] == Neighbour("Gi0/50", "cdp", "kexuehuitang", "GigabitEthernet0/1", "10.1.100.141")


def test_a_procurve_tells_hardware_addresses_where_names_belong() -> None:
    known = seen("network/switch/hpe-procurve-516733-b21.snmprec.bz2")
    lldp, cdp = at(known, "8")
    assert lldp.chassis == cdp.chassis == cdp.name == "e8:39:35:1a:ca:99"
    assert sum(map(len, known.stations.values())) > 100
    assert set(known.stations) <= set(known.ports.values())


def test_a_juniper_names_ports_of_others_by_their_description_or_number() -> None:
    known = seen("network/router/juniper-mx960-13-3r9-13.snmprec.bz2")
    assert at(known, "xe-0/2/0")[0].remote_port == "xe-3/0/0"
    assert at(known, "ge-1/1/4")[0].address == "202.117.145.174"


def test_a_device_without_any_of_these_tables_has_no_neighbours() -> None:
    known = seen("UPS/eaton-93e-80.snmprec.bz2")
    assert (known.neighbours, dict(known.stations)) == ((), {})
