"""From a notification to what it means by the profiles. Pure; every text in it is a stranger's."""

import re
from collections.abc import Mapping, Sequence

from wenyam.alerts.receive_told import KEY_LENGTH, NAME_LENGTH, TEXT_LENGTH, Told
from wenyam.collectors.snmp_traps import FIELD, TrapEntry
from wenyam.i18n.clean_text import clean
from wenyam.links.traps_messages import Notification, Value
from wenyam.model.inventory import Device
from wenyam.model.receiving import TRAP_CHECK, Received, ReceivedKind
from wenyam.model.states import CheckResult, State, Subject, SubjectKind

NOT_TOLD = "not told"
_SHOWN = 12
"""Varbinds that a row shows."""
_VALUE_LENGTH = 120
_LOWEST_PRINTABLE = 0x20
_ADDED = "1.3.6.1.6.3.18.1."
"""SNMP-COMMUNITY-MIB: a version 1 trap's community and address, which pysnmp adds."""


Interfaces = Mapping[str, Sequence[str]]
"""Names of a device's interfaces by number, from its latest reading."""


def understand(
    heard: Notification, entries: Mapping[str, TrapEntry], device: Device | None, interfaces: Interfaces | None = None
) -> Told:
    """Return the row of a notification, and the state it moves when a profile knows it and the device is ours."""
    entry = entries.get(heard.oid)
    kind = ReceivedKind.TRAP if heard.inform is None else ReceivedKind.INFORM
    name = None if device is None else device.name
    if entry is None:
        text = _listed(heard.varbinds)
        return Told(Received(heard.at, heard.source, name, kind, clean(heard.oid, NAME_LENGTH), text))
    words = _words(heard.varbinds, entry)
    if (
        device is not None
        and entry.interface is not None
        and (found := _interface(words, entry.interface, device, interfaces or {}))
    ):
        words[entry.interface] = found
    text = clean(FIELD.sub(lambda found: words.get(found[1], NOT_TOLD), entry.text), TEXT_LENGTH)
    row = Received(heard.at, heard.source, name, kind, entry.name, text)
    state = _state(heard.varbinds, entry)
    if device is None or state is None:
        return Told(row)
    key = next((words[word] for word in entry.key if word in words), "")
    if entry.key and not key:
        return Told(row)  # of several, nobody knows which
    if entry.marked and key not in device.marked_interfaces:
        return Told(row)
    return Told(row, _subject(device, entry, key), CheckResult(state, text))


def _interface(words: Mapping[str, str], word: str, device: Device, interfaces: Interfaces) -> str:
    """Return an interface's name: as told; the marked one when none was told, or when the reading knows it under both."""
    told, names = words.get(word, ""), interfaces.get(words.get("index", ""), ())
    if not names or (told and told not in names):  # numbers may be given anew at a restart; a name that came counts
        return told
    return next((name for name in names if name in device.marked_interfaces), told or names[0])


def _subject(device: Device, entry: TrapEntry, key: str) -> Subject:
    which = f":{clean(key, KEY_LENGTH)}" if key else ""
    return Subject(SubjectKind.DEVICE, device.name, f"{TRAP_CHECK}{entry.check}{which}")


def expiry_of(check: str, entries: Sequence[TrapEntry]) -> float | None:
    """Return the seconds after which a state of this name is over without another word; None: never."""
    name = check.removeprefix(TRAP_CHECK).partition(":")[0]
    found = [entry.expires for entry in entries if entry.check == name and entry.expires is not None]
    return max(found, default=None)


def _found(varbinds: Sequence[tuple[str, Value]], columns: Sequence[str]) -> tuple[str, Value] | None:
    """Return the first of these columns that came, with the index behind it."""
    for column in columns:
        for oid, value in varbinds:
            if value is not None and f"{oid}.".startswith(f"{column}."):
                return oid[len(column) + 1 :], value
    return None


def _words(varbinds: Sequence[tuple[str, Value]], entry: TrapEntry) -> dict[str, str]:
    words: dict[str, str] = {}
    for word, columns in entry.varbinds.items():
        found = _found(varbinds, columns)
        if found is not None:
            text = shown(found[1])
            if word in entry.without:
                text = re.sub(entry.without[word], "", text).strip()
            words[word] = entry.words.get(word, {}).get(text, text)
            if word in entry.key:
                words.setdefault("index", clean(found[0], _VALUE_LENGTH) or NOT_TOLD)
    return {word: text for word, text in words.items() if text}


def _state(varbinds: Sequence[tuple[str, Value]], entry: TrapEntry) -> State | None:
    if entry.state is not None:
        return State(entry.state)
    found = _found(varbinds, entry.varbinds[entry.by or ""])
    written = None if found is None else entry.map.get(shown(found[1]))
    return None if written is None else State(written)


def _listed(varbinds: Sequence[tuple[str, Value]]) -> str:
    """Write what came with a trap that nobody knows."""
    items = [f"{oid} = {shown(value)}" for oid, value in varbinds if not oid.startswith(_ADDED)]
    more = [f"and {len(items) - _SHOWN} more"] if len(items) > _SHOWN else []
    return clean("; ".join([*items[:_SHOWN], *more]), TEXT_LENGTH)


def shown(value: Value) -> str:
    """Return a value as clean text: octets that are no text as hexadecimal, nothing as `not told`, never as 0."""
    if value is None:
        return NOT_TOLD
    if isinstance(value, bytes):
        try:
            text = value.decode("utf-8")
        except UnicodeDecodeError:
            return clean(f"0x{value.hex()}", _VALUE_LENGTH)
        binary = any(ord(character) < _LOWEST_PRINTABLE and not character.isspace() for character in text.rstrip("\0"))
        return clean(f"0x{value.hex()}" if binary and "\x1b" not in text else text, _VALUE_LENGTH)
    return clean(str(value), _VALUE_LENGTH)
