"""From what each device sees to cables, proposed parents and changes. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.model.inventory import Device
from wenyam.model.topology import Cable, Change, End, Neighbour, Seen

_SERIAL = re.compile(r"\([^)]*\)$")
"""NX-OS writes its serial number behind the name it tells by CDP."""
_NUMBERS = re.compile("[0-9a-fA-F.:]+")
"""An address, whose first number is no name."""
_MOST_AT_AN_EDGE = 4
"""Hardware addresses at a port behind which no other switch is believed."""
_BRIDGE = "bridge table"


@dataclass(frozen=True, slots=True)
class Map:
    """Cables, and who hangs below whom by them."""

    cables: tuple[Cable, ...]
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Proposed parents of devices; only where they differ from the configuration's."""


class _Directory:
    """Who is who: by address, by name, by hardware address."""

    def __init__(self, devices: Mapping[str, Device], seen: Sequence[Seen]) -> None:
        self._seen = {each.device: each for each in seen}
        self._by: dict[str, str] = {}
        for each in seen:
            self._by.update(dict.fromkeys(each.macs, each.device))
            self._by.update({mac: name for name, device in devices.items() for mac in _spoken_with(device, each)})
        for each in seen:
            if each.name:
                self._by[_plain(each.name)] = each.device
        for name, device in devices.items():
            self._by.update(dict.fromkeys((*device.addresses, name.lower()), name))

    def device(self, *words: str) -> str | None:
        """Return the device that any of these words means."""
        found = (self._by.get(word) or self._by.get(_plain(word)) for word in words if word)
        return next(filter(None, found), None)

    def port(self, device: str, word: str) -> str:
        """Return a device's own name for one of its ports."""
        known = self._seen.get(device)
        if known is None or not word:
            return word
        short = {_short(name): name for name in set(known.ports.values())}
        return known.ports.get(word.lower()) or short.get(_short(word)) or word


def _short(port: str) -> str:
    """Write an interface so that `GigabitEthernet0/1`, `Gi0/1` and `gi0/1` are the same."""
    letters = re.match("[A-Za-z-]*", port)
    word = letters[0] if letters is not None else ""
    return f"{word[:2].lower()}{port[len(word) :]}"


def _spoken_with(device: Device, seen: Seen) -> list[str]:
    return [seen.arp[address] for address in device.addresses if address in seen.arp]


def _plain(name: str) -> str:
    if _NUMBERS.fullmatch(name):
        return name
    return _SERIAL.sub("", name.strip()).strip().lower().split(".")[0]


def build(devices: Mapping[str, Device], seen: Sequence[Seen], roots: Iterable[str] = (), remembered: Sequence[Seen] = ()) -> Map:
    """Join what both ends say of a cable, add what only the bridge tables know, and propose parents.

    `remembered` tells names of devices that could not be read this time, so that they are no strangers to the others.
    """
    read = {each.device for each in seen}
    directory = _Directory(devices, [*(each for each in remembered if each.device not in read), *seen])
    found: defaultdict[tuple[End, End], set[str]] = defaultdict(set)
    for each in seen:
        for neighbour in each.neighbours:
            ends = sorted((End(each.device, neighbour.port), _far(neighbour, each, directory)))
            found[ends[0], ends[1]].add(neighbour.protocol)
    cables = _without_halves(_once([Cable(one, other, "+".join(sorted(how))) for (one, other), how in found.items()]))
    cables += _by_bridge_tables(seen, directory, cables)
    return Map(tuple(sorted(cables)), _parents(devices, cables, roots))


def _far(neighbour: Neighbour, seen: Seen, directory: _Directory) -> End:
    device = directory.device(neighbour.address, neighbour.chassis, neighbour.name)
    if device is None or device == seen.device:
        name = neighbour.name or neighbour.chassis or neighbour.address or "somebody"
        return End(name, neighbour.remote_port, known=False)
    return End(device, directory.port(device, neighbour.remote_port))


def _once(cables: list[Cable]) -> list[Cable]:
    """Join what LLDP and CDP say of one stranger at one port, whose interface they may name differently."""
    joined: dict[tuple[End, str], Cable] = {}
    for cable in cables:
        near, far = (cable.one, cable.other) if cable.one.known else (cable.other, cable.one)
        key = (near, "" if far.known else _plain(far.device))
        before = joined.get(key) if not far.known else None
        if before is None:
            joined[key if not far.known else (near, str(far))] = cable
        else:
            joined[key] = Cable(before.one, before.other, "+".join(sorted({*before.by.split("+"), *cable.by.split("+")})))
    return list(joined.values())


def _without_halves(cables: list[Cable]) -> list[Cable]:
    """Leave out a cable of which one end names no port when the same two ends are known whole."""
    whole = {(end.device, end.port, other.device) for cable in cables for end, other in _both(cable) if other.port}
    return [
        cable
        for cable in cables
        if all(end.port or (other.device, other.port, end.device) not in whole for end, other in _both(cable))
    ]


def _both(cable: Cable) -> tuple[tuple[End, End], tuple[End, End]]:
    return (cable.one, cable.other), (cable.other, cable.one)


def _by_bridge_tables(seen: Sequence[Seen], directory: _Directory, cables: Sequence[Cable]) -> list[Cable]:
    """Find machines that speak neither LLDP nor CDP: at the port where the fewest others were learnt, if only one such is."""
    taken = {(end.device, end.port) for cable in cables for end in (cable.one, cable.other)}
    cabled = {end.device for cable in cables for end in (cable.one, cable.other)}
    places: defaultdict[str, list[tuple[int, End]]] = defaultdict(list)
    for each in seen:
        for port, macs in each.stations.items():
            if (each.device, port) in taken or len(macs) > _MOST_AT_AN_EDGE:
                continue
            for device in {directory.device(mac) for mac in macs} - {None, each.device}:
                if device not in cabled:
                    places[str(device)].append((len(macs), End(each.device, port)))
    found = []
    for device, candidates in places.items():
        fewest = min(count for count, _ in candidates)
        best = [end for count, end in candidates if count == fewest]
        if len(best) == 1:
            one, other = sorted((best[0], End(device, "")))
            found.append(Cable(one, other, _BRIDGE))
    return found


def _parents(devices: Mapping[str, Device], cables: Sequence[Cable], roots: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Walk outward from the roots: whoever is nearer to them is a parent. Says only what the configuration does not."""
    near: defaultdict[str, set[str]] = defaultdict(set)
    for cable in cables:
        if cable.one.known and cable.other.known:
            near[cable.one.device].add(cable.other.device)
            near[cable.other.device].add(cable.one.device)
    distance = dict.fromkeys((name for name in roots if name in devices), 0) or _first(devices, near)
    border = list(distance)
    while border:
        border = [next_one for name in border for next_one in sorted(near[name]) if _reach(distance, name, next_one)]
    proposed = {
        name: tuple(sorted(other for other in near[name] if distance.get(other, far) < far)) for name, far in distance.items()
    }
    return {name: above for name, above in sorted(proposed.items()) if above and set(above) != set(devices[name].parents)}


def _reach(distance: dict[str, int], name: str, other: str) -> bool:
    if other in distance:
        return False
    distance[other] = distance[name] + 1
    return True


def _first(devices: Mapping[str, Device], near: Mapping[str, set[str]]) -> dict[str, int]:
    """Return where to begin when nobody said: parents that have none themselves, else the device with most cables."""
    named = {parent for device in devices.values() for parent in device.parents}
    tops = [name for name in sorted(named) if name in near and name in devices and not devices[name].parents]
    busiest = sorted((name for name in near if name in devices), key=lambda name: (-len(near[name]), name))[:1]
    return dict.fromkeys(tops or busiest, 0)


def changes(before: Iterable[Cable], now: Iterable[Cable], looked_at: Iterable[str]) -> list[Change]:
    """Compare the ports of devices that could be read this time; of the others nothing can be said."""
    read = set(looked_at)
    old, new = _plugged(before, read), _plugged(now, read)
    return [
        Change(device, port, ", ".join(sorted(old.get((device, port), ()))), ", ".join(sorted(new.get((device, port), ()))))
        for device, port in sorted({*old, *new})
        if old.get((device, port)) != new.get((device, port))
    ]


def _plugged(cables: Iterable[Cable], read: set[str]) -> dict[tuple[str, str], set[str]]:
    found: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for cable in cables:
        for end, other in _both(cable):
            if end.known and end.port and end.device in read:
                found[end.device, end.port].add(str(other))
    return dict(found)


def kept(before: Iterable[Cable], now: Iterable[Cable], looked_at: Iterable[str]) -> list[Cable]:
    """Return the map to remember: what is seen now, and of devices that could not be read what was known of them."""
    read, present = set(looked_at), list(now)
    return sorted({*present, *(cable for cable in before if not read & {cable.one.device, cable.other.device})})
