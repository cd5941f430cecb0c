"""One record set of a zone file changed as a person would: its lines, and the serial number. Pure; comments and order stay."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import dns.exception
import dns.name
import dns.rdataset
import dns.rdatatype
import dns.zone

from wenyam.dr.contract import StepError
from wenyam.links.dns_update import RecordSet

SERIALS: Final = 1 << 32
_SOA: Final = re.compile(r"(?P<head>\bSOA\s+\S+\s+\S+\s*\(?(?:\s|;[^\n]*\n)*)(?P<serial>\d+)", re.IGNORECASE)
_RECORD: Final = re.compile(
    r"(?P<owner>\S*)(?P<head>(?:\s+\d+[smhdwSMHDW]?)?(?:\s+IN)?(?:\s+\d+[smhdwSMHDW]?)?\s+(?P<kind>[A-Za-z]+)\s+)"
    r"(?P<value>[^\s;]+)(?P<tail>\s*(?:;.*)?)"
)


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is one record of one value."""

    number: int
    owner: str
    head: str
    tail: str


def newer(serial: int, than: int) -> bool:
    """Tell whether a serial number is newer (RFC 1982)."""
    return 0 < (serial - than) % SERIALS < SERIALS // 2


def changed(text: str, wanted: RecordSet, *, served: int) -> str:
    """Return the file with these records of name and type and no others, and a serial newer than its own and `served`.

    Read back as a zone, nothing else may differ; StepError when a person has to edit this file.
    """
    before = _parsed(text, wanted.zone)
    serial = _serial(before)
    following = ((served if newer(served, serial) else serial) + 1) % SERIALS or 1
    lines = text.split("\n")
    found = list(_lines(lines, wanted))
    if found:
        first = found[0]
        lines[first.number] = "\n".join(f"{first.owner}{first.head}{value}{first.tail}" for value in wanted.values)
        for other in found[1:]:
            lines[other.number] = ""
    else:
        lines[-1:] = [
            lines[-1],
            *(f"{_absolute(wanted.name)} {wanted.ttl} IN {wanted.kind} {value}" for value in wanted.values),
            "",
        ]
    new = _SOA.sub(lambda soa: f"{soa['head']}{following}", "\n".join(lines), count=1)
    _require_only(before, _parsed(new, wanted.zone), wanted, following)
    return new


def values_of(text: str, zone: str, name: str, kind: str) -> tuple[str, ...]:
    """Return the values of a record set as the file has it."""
    found = _parsed(text, zone).get_rdataset(_name(name), kind)
    return () if found is None else tuple(sorted(str(value).rstrip(".") for value in found))


def _lines(lines: Sequence[str], wanted: RecordSet) -> Iterator[Line]:
    """Yield the lines of a record set; a line that begins with a space belongs to the owner above it."""
    origin = owner = _absolute(wanted.zone)
    for number, line in enumerate(lines):
        if line.upper().startswith("$ORIGIN"):
            origin = _below(line.split()[1], origin)
            continue
        first = line.split(";", 1)[0]
        if first[:1].strip():
            owner = _below(first.split()[0], origin)
        found = _RECORD.fullmatch(line)
        if found and found["kind"].upper() == wanted.kind and owner.lower() == _absolute(wanted.name).lower():
            yield Line(number, found["owner"], found["head"], found["tail"])


def _below(name: str, origin: str) -> str:
    if name == "@":
        return origin
    return name if name.endswith(".") else f"{name}.{origin}".rstrip(".") + "."


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _name(name: str) -> dns.name.Name:
    return dns.name.from_text(_absolute(name))


def _parsed(text: str, zone: str) -> dns.zone.Zone:
    try:
        return dns.zone.from_text(text, origin=_absolute(zone), relativize=False)
    except (dns.exception.DNSException, ValueError, KeyError) as error:
        raise StepError(f"the file of zone {zone} cannot be read: {str(error) or type(error).__name__}") from error


def _serial(zone: dns.zone.Zone) -> int:
    found = None if zone.origin is None else zone.get_rdataset(zone.origin, "SOA")
    if found is None:
        raise StepError("the zone file has no SOA")
    return int(found[0].serial)


def _require_only(before: dns.zone.Zone, after: dns.zone.Zone, wanted: RecordSet, serial: int) -> None:
    """Compare both zones record set by record set."""
    found = after.get_rdataset(_name(wanted.name), wanted.kind)
    there = set() if found is None else {str(value).rstrip(".") for value in found}
    others = [dict(_others(zone, wanted)) for zone in (before, after)]
    if there != {value.rstrip(".") for value in wanted.values} or others[0] != others[1] or _serial(after) != serial:
        raise StepError(
            f"the records of {wanted.name} cannot be changed in this zone file without touching others",
            hint="Write them on lines of their own, name first, or use a dynamic update.",
        )


def _others(zone: dns.zone.Zone, wanted: RecordSet) -> Iterator[tuple[tuple[str, str], dns.rdataset.Rdataset]]:
    """Yield every record set but the one that is changed and the SOA."""
    mine = (str(_name(wanted.name)).lower(), wanted.kind)
    for owner, rdataset in zone.iterate_rdatasets():
        key = (str(owner).lower(), dns.rdatatype.to_text(rdataset.rdtype))
        if key != mine and key[1] != "SOA":
            yield key, rdataset
