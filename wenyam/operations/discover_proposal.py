"""What was found in a network, put as a proposal for the configuration. Pure; every text in it is a stranger's."""

import json
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from wenyam.collectors.snmp_library import GENERIC, Library

_NO_NAME: Final = re.compile("[^a-z0-9]+")
_LONGEST_NAME: Final = 40
_SWITCHES, _ROUTES, _HOSTS = 2, 4, 64
"""Bits of sysServices (RFC 3418): datalink, internet, applications."""
_UPS_PARTS: Final = frozenset({"ups", "xups", "mge-ups"})
_TELLING: Final = (("firewall", "firewall_"), ("storage", "volume_"), ("storage", "raid_"), ("ups", "ups_"))
_SERVERS: Final = frozenset(
    {"linux", "windows", "bsd", "ibm-aix", "vmware-esxi"}
    | {"hpe-ilo", "hpe-proliant", "dell-idrac", "dell-omsa", "cisco-cimc", "lenovo-xcc", "ibm-imm", "huawei-ibmc"}
)
_TICKS_APART: Final = 6_000
"""Two answers of one device are at most a minute of its clock apart."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one address said."""

    address: str
    credential: str
    name: str
    description: str
    object_id: str
    uptime: int
    services: int
    answered: tuple[str, ...] = ()
    """Objects it has that tell it from others with the same sysObjectID."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """One device for the configuration."""

    name: str
    kind: str
    addresses: tuple[str, ...]
    credential: str
    profile: str
    vendor: str
    said: str
    """sysDescr, as a comment."""


def propose(found: Sequence[Found], library: Library, taken: Iterable[str]) -> list[Proposal]:
    """Name, sort and join what was found; `taken` are names the configuration has already."""
    names = set(taken)
    made = []
    for group in _devices(found):
        first = group[0]
        profile = library.choose(first.object_id, first.description, first.answered)
        vendor = library.named(profile).vendor
        name = _free(_plain(first.name) or _plain(f"{vendor or 'device'}-{first.address}".replace(".", "-")), names)
        names.add(name)
        kind = kind_of(profile, library, first.services)
        addresses = tuple(each.address for each in group)
        made.append(Proposal(name, kind, addresses, first.credential, profile, vendor, first.description))
    return made


def _devices(found: Sequence[Found]) -> list[list[Found]]:
    """Join addresses at which one device answers: same name, same description, same clock."""
    groups: list[list[Found]] = []
    for each in found:
        group = next((known for known in groups if _is_same(known[0], each)), None)
        if group is None:
            groups.append([each])
        else:
            group.append(each)
    return groups


def _is_same(one: Found, other: Found) -> bool:
    alike = replace(one, address="", uptime=0) == replace(other, address="", uptime=0)
    return alike and bool(one.name) and abs(one.uptime - other.uptime) <= _TICKS_APART


def kind_of(profile: str, library: Library, services: int) -> str:
    """Guess the kind: what its profile measures, else which layers it says it serves."""
    told = "" if profile == GENERIC else _kind_by_profile(profile, library)
    if told:
        return told
    if services & _SWITCHES:
        return "switch"
    if services & _HOSTS:
        return "server"
    return "router" if services & _ROUTES else "other"


def _kind_by_profile(profile: str, library: Library) -> str:
    known = library.named(profile)
    if "pdu" in profile:
        return "pdu"
    if profile in _SERVERS:
        return "server"
    if _UPS_PARTS & set(known.include):
        return "ups"
    samples = {entry.sample for entry in known.samples}
    samples |= {entry.sample for table in known.tables.values() for entry in table.samples}
    return next((kind for kind, prefix in _TELLING if any(sample.startswith(prefix) for sample in samples)), "")


def _plain(text: str) -> str:
    """Return a name as the configuration takes it: small letters, digits and hyphens, without the domain."""
    host = text if re.fullmatch(r"[0-9.:a-fA-F-]*[0-9.:]+", text) else text.split(".", maxsplit=1)[0]
    return _NO_NAME.sub("-", host.lower()).strip("-")[:_LONGEST_NAME].strip("-")


def _free(name: str, taken: Collection[str]) -> str:
    if name not in taken:
        return name
    return next(made for number in range(2, len(taken) + 3) if (made := f"{name}-{number}") not in taken)


def yaml(proposals: Sequence[Proposal], head: str) -> str:
    """Write a file for the configuration folder; texts of devices stand in comments and are one line each."""
    lines = [
        f"# {head}",
        "# Read it before you rely on it: kinds are guessed, and owners, parents and sites are yours to name.",
        "devices:",
    ]
    for each in proposals:
        place = (
            f"address: {each.addresses[0]}"
            if len(each.addresses) == 1
            else f"addresses: [{', '.join(map(_quoted, each.addresses))}]"
        )
        if len(each.addresses) == 1 and ":" in each.addresses[0]:
            place = f"address: {_quoted(each.addresses[0])}"
        lines += [
            f"  # {each.vendor or 'unknown maker'}, profile {each.profile}: {each.said}".rstrip(),
            f"  {each.name}:",
            f"    kind: {each.kind}",
            f"    {place}",
            f"    credentials: {{snmp: {each.credential}}}",
        ]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text)
