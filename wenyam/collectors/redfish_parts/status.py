"""Health and names of Redfish resources (schema Resource: Status, State, Health; ComputerSystem: PowerState)."""

from typing import Final

from wenyam.collectors.json_values import Object, mapping, text
from wenyam.model.names import STATUS_ABSENT, STATUS_DEGRADED, STATUS_FAILED, STATUS_OK

_HEALTH: Final = {"OK": STATUS_OK, "Warning": STATUS_DEGRADED, "Critical": STATUS_FAILED}
_STATES: Final = {"Absent": STATUS_ABSENT, "Degraded": STATUS_DEGRADED, "UnavailableOffline": STATUS_FAILED}
"""What a state says where no health is told."""
_SILENT: Final = frozenset({"Absent", "Disabled", "StandbyOffline", "UnavailableOffline"})
_POWER: Final = {"On": 1, "PoweringOn": 2, "PoweringOff": 2, "Paused": 2, "Off": 3}


def status_of(resource: Object) -> int | None:
    """Return a resource's status on our scale, the worse of its own health and its parts'; None when it tells neither."""
    status = mapping(resource.get("Status"))
    state = text(status.get("State"))
    if state == "Absent":
        return STATUS_ABSENT
    told = [_HEALTH[word] for word in (text(status.get("Health")), text(status.get("HealthRollup"))) if word in _HEALTH]
    return max(told) if told else _STATES.get(state)


def measures(resource: Object) -> bool:
    """Tell whether a sensor is there and at work; the number of another one means nothing."""
    return text(mapping(resource.get("Status")).get("State")) not in _SILENT


def power_of(resource: Object) -> int | None:
    """Return the power state as `power_state` writes it; None when it is not told, 0 for a word nobody knows."""
    word = text(resource.get("PowerState"))
    return _POWER.get(word, 0) if word else None


def name_of(resource: Object, *keys: str) -> str:
    """Return the first name a resource tells under these keys, else its Name, Id or MemberId."""
    for key in (*keys, "Name", "Id", "MemberId"):
        found = text(resource.get(key))
        if found:
            return found
    return "unnamed"


def indicator_of(resource: Object) -> str:
    """Return whether the light that marks it is on: `LocationIndicatorActive`, before that `IndicatorLED`."""
    active = resource.get("LocationIndicatorActive")
    if isinstance(active, bool):
        return "lit" if active else "off"
    return text(resource.get("IndicatorLED")).lower()
