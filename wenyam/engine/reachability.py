"""Who is to blame when a device is silent: itself, or a parent on every path to it. Pure."""

from collections.abc import Callable, Iterable

from wenyam.model.inventory import Device
from wenyam.model.states import State, StateRecord, Subject

RecordOf = Callable[[Subject], StateRecord | None]

_GONE = (State.DOWN, State.UNREACHABLE)


def blocking_parent(device: Device, record_of: RecordOf) -> Subject | None:
    """Return the root cause when every parent is DOWN or UNREACHABLE; None when a path is left or there is no parent."""
    causes: list[Subject] = []
    for name in device.parents:
        parent = Subject.parse(f"device:{name}")
        record = record_of(parent)
        if record is None or record.state not in _GONE:
            return None
        causes.append(record.cause or parent)
    return causes[0] if causes else None


def unsettled(subjects: Iterable[Subject], record_of: RecordOf) -> list[Subject]:
    """Return the parents whose soft state says trouble that is not hard yet."""
    found = []
    for subject in subjects:
        record = record_of(subject)
        if record is not None and not record.settled:
            found.append(record.subject)
    return found


def ancestors_first(devices: Iterable[Device]) -> list[Device]:
    """Order devices so that every parent comes before its children; settings refuses cycles beforehand."""
    by_name = {device.name: device for device in devices}
    ordered: dict[str, Device] = {}

    def place(device: Device) -> None:
        for parent in device.parents:
            if parent in by_name and parent not in ordered:
                place(by_name[parent])
        ordered.setdefault(device.name, device)

    for device in by_name.values():
        place(device)
    return list(ordered.values())
