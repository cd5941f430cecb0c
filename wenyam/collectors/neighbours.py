"""What a device says about its surroundings over SNMP: LLDP-MIB, CISCO-CDP-MIB, BRIDGE-MIB, Q-BRIDGE-MIB and the ARP table."""

import ipaddress
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Final

from wenyam.i18n.clean_text import clean
from wenyam.links.snmp import oids
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.walk import Column
from wenyam.model.topology import Neighbour, Seen

_LLDP: Final = "1.0.8802.1.1.2.1"
_CDP: Final = "1.3.6.1.4.1.9.9.23.1.2.1.1"
COLUMNS: Final = {
    "descr": "1.3.6.1.2.1.2.2.1.2",
    "mac": "1.3.6.1.2.1.2.2.1.6",
    "name": "1.3.6.1.2.1.31.1.1.1.1",
    "local_kind": f"{_LLDP}.3.7.1.2",
    "local_id": f"{_LLDP}.3.7.1.3",
    "local_descr": f"{_LLDP}.3.7.1.4",
    "chassis_kind": f"{_LLDP}.4.1.1.4",
    "chassis": f"{_LLDP}.4.1.1.5",
    "port_kind": f"{_LLDP}.4.1.1.6",
    "port": f"{_LLDP}.4.1.1.7",
    "port_descr": f"{_LLDP}.4.1.1.8",
    "remote_name": f"{_LLDP}.4.1.1.9",
    "managed": f"{_LLDP}.4.2.1.3",
    "cdp_address": f"{_CDP}.4",
    "cdp_name": f"{_CDP}.6",
    "cdp_port": f"{_CDP}.7",
    "bridge_port": "1.3.6.1.2.1.17.1.4.1.2",
    "station": "1.3.6.1.2.1.17.4.3.1.2",
    "vlan_station": "1.3.6.1.2.1.17.7.1.2.2.1.2",
    "arp": "1.3.6.1.2.1.4.22.1.2",
}
SYSTEM_NAME: Final = "1.3.6.1.2.1.1.5.0"
_ROWS: Final = 20_000
_MAC, _IPV4, _IPV6 = 6, 4, 16
_BY_MAC, _BY_NETWORK = 4, 5
"""LldpChassisIdSubtype (IEEE 802.1AB): macAddress, networkAddress."""
_PORT_MAC, _PORT_NAME = 3, 5
"""LldpPortIdSubtype: macAddress, interfaceName."""
_FAMILIES = {1: _IPV4, 2: _IPV6}

Index = tuple[int, ...]
Table = Mapping[Index, Value]


async def read(session: SnmpSession, device: str) -> Seen:
    """Walk the tables, one after the other; raises the CollectError of a device that says nothing at all."""
    system = await session.get_or_absent([SYSTEM_NAME])
    columns = {key: await session.walk(oid, _ROWS) for key, oid in COLUMNS.items()}
    own = system.get(SYSTEM_NAME)
    return parse(device, _text(own) if own is not None else "", columns)


def parse(device: str, name: str, columns: Mapping[str, Column]) -> Seen:
    """Understand what was walked. Pure."""
    tables = {key: _table(column) for key, column in columns.items()}
    names = _names(tables)
    neighbours = (*_lldp(tables, names), *_cdp(tables, names))
    own = (_mac(value) for value in tables["mac"].values())
    return Seen(
        device,
        name,
        dict(_words(tables, names)),
        frozenset(mac for mac in own if mac and int(mac.replace(":", ""), 16)),
        neighbours,
        _stations(tables, names),
        {".".join(map(str, index[1:])): mac for index, value in tables["arp"].items() if (mac := _mac(value))},
    )


def _table(column: Column) -> Table:
    rows = zip(column.indices, column.values, strict=True)
    return {oids.arcs(index): value for index, value in rows if not isinstance(value, Absent)}


def _text(value: Value) -> str:
    return clean(value) if isinstance(value, bytes | str) else ""


def _mac(value: Value | None) -> str:
    return value.hex(":") if isinstance(value, bytes) and len(value) == _MAC else ""


def _names(tables: Mapping[str, Table]) -> dict[int, str]:
    """Return the name of each interface by its number: ifName, else ifDescr."""
    names = {index[0]: _text(value) for index, value in tables["descr"].items() if index}
    names |= {index[0]: text for index, value in tables["name"].items() if index and (text := _text(value))}
    return names


def _words(tables: Mapping[str, Table], names: Mapping[int, str]) -> Iterator[tuple[str, str]]:
    """Yield each word for an interface; its name last, so that it wins over another's description."""
    for index, value in tables["mac"].items():
        if index and _mac(value):
            yield _mac(value), names.get(index[0], "")
    for index, value in tables["descr"].items():
        if index:
            yield _text(value).lower(), names.get(index[0], "")
    for name in names.values():
        yield name.lower(), name


def _local_port(port: int, tables: Mapping[str, Table], names: Mapping[int, str]) -> str:
    """Return our interface behind an LLDP port number, which is an ifIndex on most devices."""
    kind, written = tables["local_kind"].get((port,)), tables["local_id"].get((port,))
    known = set(names.values())
    texts = [_text(written)] if kind == _PORT_NAME and written is not None else []
    texts += [_text(tables["local_descr"].get((port,), b""))]
    return next((text for text in texts if text in known), "") or names.get(port, "") or next(filter(None, texts), str(port))


def _lldp(tables: Mapping[str, Table], names: Mapping[int, str]) -> Iterator[Neighbour]:
    addresses = dict(_managed(tables["managed"]))
    for index in dict.fromkeys((*tables["chassis"], *tables["remote_name"])):
        if len(index) != 3:  # noqa: PLR2004  # time mark, local port, index
            continue
        kind, chassis = tables["chassis_kind"].get(index), tables["chassis"].get(index)
        port = tables["port"].get(index)
        hardware = tables["port_kind"].get(index) == _PORT_MAC
        described = _text(tables["port_descr"].get(index, b""))
        remote = described or _mac(port) if hardware else _text(port) if port is not None else described
        yield Neighbour(
            _local_port(index[1], tables, names),
            "lldp",
            _text(tables["remote_name"].get(index, b"")) or (_text(chassis) if chassis is not None and kind != _BY_MAC else ""),
            remote,
            addresses.get(index[1:], ""),
            _mac(chassis) if kind == _BY_MAC else "",
        )


def _managed(table: Table) -> Iterator[tuple[Index, str]]:
    """Yield each neighbour's address, which stands in the index behind its family and length."""
    for index in table:
        if len(index) > 5 and _FAMILIES.get(index[3]) == index[4] == len(index) - 5:  # noqa: PLR2004  # where the address begins
            yield index[1:3], _address(bytes(index[5:]) if max(index[5:]) <= 0xFF else b"")  # noqa: PLR2004  # a byte


def _address(packed: Value | None) -> str:
    if isinstance(packed, bytes) and len(packed) in (_IPV4, _IPV6) and any(packed):
        return str(ipaddress.ip_address(packed))
    return ""


def _cdp(tables: Mapping[str, Table], names: Mapping[int, str]) -> Iterator[Neighbour]:
    for index, value in tables["cdp_name"].items():
        if len(index) == 2:  # noqa: PLR2004  # interface, index
            written = tables["cdp_port"].get(index, b"")
            port = _hardware(written) or _text(written)
            address = _address(tables["cdp_address"].get(index))
            hardware = _hardware(value)
            yield Neighbour(names.get(index[0], str(index[0])), "cdp", hardware or _text(value), port, address, hardware)


def _hardware(value: Value) -> str:
    """Return a hardware address where a text belongs (ProCurve); a name of six letters is a name."""
    try:
        return "" if isinstance(value, bytes) and value.decode("ascii").isprintable() else _mac(value)
    except UnicodeDecodeError:
        return _mac(value)


def _stations(tables: Mapping[str, Table], names: Mapping[int, str]) -> dict[str, frozenset[str]]:
    numbers = {index[0]: value for index, value in tables["bridge_port"].items() if index and isinstance(value, int)}
    found: defaultdict[str, set[str]] = defaultdict(set)
    rows = [(index, value) for index, value in tables["station"].items() if len(index) == _MAC]
    rows += [(index[1:], value) for index, value in tables["vlan_station"].items() if len(index) == _MAC + 1]
    for mac, port in rows:
        if isinstance(port, int) and port > 0 and max(mac) <= 0xFF:  # noqa: PLR2004  # a byte
            name = names.get(numbers.get(port, port), "")
            if name:
                found[name].add(bytes(mac).hex(":"))
    return {port: frozenset(macs) for port, macs in found.items()}
