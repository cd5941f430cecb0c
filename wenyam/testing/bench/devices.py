"""The two devices of the benchmark: A with 48 interfaces and 6 columns, B with 8 interfaces and 12; both with a system group."""

from dataclasses import dataclass

from wenyam.links.snmp import codec, oids
from wenyam.testing import recording
from wenyam.testing.recording import Tree

TICK = b"\xab\xcd\xef\x01"
"""Stands in every counter of the recording; the agent puts the present moment there, so that counters count."""
UPTIME = b"\x3a\xbc\xde\x02"
"""Stands in sysUpTime; the agent puts hundredths of a second there."""

_IF, _IFX = "1.3.6.1.2.1.2.2.1", "1.3.6.1.2.1.31.1.1.1"
SYSTEM_DESCRIPTION, SYSTEM_OBJECT, SYSTEM_UPTIME, SYSTEM_NAME = (f"1.3.6.1.2.1.1.{number}.0" for number in (1, 2, 3, 5))
NAME_COLUMN = f"{_IFX}.1"


@dataclass(frozen=True, slots=True)
class PolledColumn:
    """A column both programs read: its name in the MIB, where it is, its type, and whether it counts."""

    name: str
    oid: str
    tag: int
    counts: bool = False


_SIX = (
    PolledColumn("ifAdminStatus", f"{_IF}.7", codec.INTEGER),
    PolledColumn("ifOperStatus", f"{_IF}.8", codec.INTEGER),
    PolledColumn("ifInErrors", f"{_IF}.14", codec.COUNTER32),
    PolledColumn("ifOutErrors", f"{_IF}.20", codec.COUNTER32),
    PolledColumn("ifHCInOctets", f"{_IFX}.6", codec.COUNTER64, counts=True),
    PolledColumn("ifHCOutOctets", f"{_IFX}.10", codec.COUNTER64, counts=True),
)
_TWELVE = (
    *_SIX,
    PolledColumn("ifLastChange", f"{_IF}.9", codec.TIME_TICKS),
    PolledColumn("ifInDiscards", f"{_IF}.13", codec.COUNTER32),
    PolledColumn("ifOutDiscards", f"{_IF}.19", codec.COUNTER32),
    PolledColumn("ifHCInUcastPkts", f"{_IFX}.7", codec.COUNTER64, counts=True),
    PolledColumn("ifHCOutUcastPkts", f"{_IFX}.11", codec.COUNTER64, counts=True),
    PolledColumn("ifHighSpeed", f"{_IFX}.15", codec.GAUGE32),
)
_UP, _ERRORS, _MEGABITS = b"\x01", b"\x11", b"\x03\xe8"


@dataclass(frozen=True, slots=True)
class BenchDevice:
    """A kind of device: how many interfaces, which columns."""

    letter: str
    interfaces: int
    columns: tuple[PolledColumn, ...]

    @property
    def values(self) -> int:
        """Values of one poll in steady state: every column of every interface, and sysObjectID, sysUpTime, sysName."""
        return self.interfaces * len(self.columns) + 3

    def tree(self) -> Tree:
        """Make the recording."""
        found = dict(_system(self.letter))
        for row in range(1, self.interfaces + 1):
            found |= dict([_binding(f"{NAME_COLUMN}.{row}", codec.OCTETS, b"GigabitEthernet0/%d" % row)])
            for column in self.columns:
                found |= dict([_binding(f"{column.oid}.{row}", column.tag, _content(column, row))])
        ordered = sorted(found, key=oids.arcs)
        return Tree(ordered, [found[name] for name in ordered])


DEVICES = {"A": BenchDevice("A", 48, _SIX), "B": BenchDevice("B", 8, _TWELVE)}


def addresses(count: int) -> list[str]:
    """Name this many loopback addresses: 127.50.0.1 and on."""
    return [f"127.50.{number // 250}.{number % 250 + 1}" for number in range(count)]


def _content(column: PolledColumn, row: int) -> bytes:
    if column.counts:
        return bytes((1, row)) + TICK + b"\x55"
    if column.tag == codec.COUNTER32:
        return _ERRORS
    if column.tag == codec.GAUGE32:
        return _MEGABITS
    return _UP


def _system(letter: str) -> list[tuple[bytes, bytes]]:
    return [
        _binding(SYSTEM_DESCRIPTION, codec.OCTETS, b"Benchmark device %s" % letter.encode()),
        _binding(SYSTEM_OBJECT, codec.OBJECT_ID, oids.encode("1.3.6.1.4.1.8072.9999.9999")),
        _binding(SYSTEM_UPTIME, codec.TIME_TICKS, UPTIME),
        _binding(SYSTEM_NAME, codec.OCTETS, b"bench-%s" % letter.lower().encode()),
    ]


def _binding(oid: str, tag: int, content: bytes) -> tuple[bytes, bytes]:
    name = oids.encode(oid)
    return name, recording.binding(name, tag, content)
