"""The effective configuration as plain data: defaults merged in, secrets only by where they are kept."""

import dataclasses
import datetime as dt
import io
from collections.abc import Callable, Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel
from ruamel.yaml import YAML

from wenyam.model.backup import BackupPlan
from wenyam.model.incidents import IncidentRules, Limit
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, to_iso
from wenyam.model.inventory import AliveProbe, AtLeast, Member, SecretReference
from wenyam.model.oncall import OnCallPlan
from wenyam.model.recovery import RecoveryPlans
from wenyam.model.states import Subject

_INSTANTS = frozenset({"in_service", "retired", "valid_from", "valid_until", "starts", "ends", "approved_at"})


def effective(configuration: Configuration) -> dict[str, Any]:
    """Return the whole configuration as plain data; times in UTC, durations in seconds."""
    inventory = plain(configuration.inventory) | _backups(configuration.backup)
    return {
        "folder": configuration.folder,
        "digest": configuration.digest,
        "instance": plain(configuration.instance),
        **{section: entries for section, entries in inventory.items() if entries},
        **_oncall(configuration.oncall),
        "incidents": _incidents(configuration.incidents),
        **{section: entries for section, entries in plain(configuration.guarding).items() if entries},
        **_recovery(configuration.recovery),
    }


def _recovery(plans: RecoveryPlans) -> dict[str, Any]:
    said = plans.plans or plans.sister or plans.received
    return {"dr": {key: value for key, value in plain(plans).items() if value}} if said else {}


def _backups(plan: BackupPlan) -> dict[str, Any]:
    """Return what is said about backups under the sections in which it is written."""
    places = {"spool": plan.spool, "scratch": plan.scratch, "scratch_user": plan.scratch_user}
    settings = {**places, "envelope_maximum_age": plan.envelope_maximum_age}
    return {
        "backup": {key: value for key, value in settings.items() if value is not None} if plan.jobs or plan.repositories else {},
        "repositories": plain(plan.repositories),
        "backups": plain(plan.jobs),
    }


def _incidents(rules: IncidentRules) -> dict[str, Any]:
    """Return the limits of every step; the sites whose power is somebody else's stand under `sites`."""
    return {name: limits for name, limits in plain(rules).items() if name not in ("hosted", "time_zone", "holidays")}


def _oncall(plan: OnCallPlan) -> dict[str, Any]:
    """Return who is on duty as it is written; the zone stands under `instance`."""
    said = {key: part for key, part in plain(plan).items() if part and key != "time_zone"}
    return {"oncall": said} if said else {}


def plain(value: Any) -> Any:
    """Return any part of the model as lists, dicts, texts and numbers; what is None is left out."""
    for kinds, write in _WRITERS:
        if isinstance(value, kinds):
            return write(value)
    return _fields(value) if dataclasses.is_dataclass(value) else value


def _fields(value: Any) -> dict[str, Any]:
    shown = {}
    for field in dataclasses.fields(value):
        content = getattr(value, field.name)
        if content is None or content in ((), {}):
            continue
        shown[field.name] = to_iso(Instant(content)) if field.name in _INSTANTS else plain(content)
    return shown


def _expression(value: AtLeast) -> dict[str, Any]:
    items = [plain(item) for item in value.items]
    return {"at_least": value.count, "of": items} if value.word == "at_least" else {value.word: items}


_WRITERS: tuple[tuple[Any, Callable[[Any], Any]], ...] = (
    (BaseModel, lambda value: value.model_dump(mode="json", exclude_none=True)),
    (Member, lambda value: str(value.subject)),
    (AtLeast, _expression),
    ((Subject, SecretReference, AliveProbe, Limit), str),
    (Mapping, lambda value: {str(key): plain(item) for key, item in value.items()}),
    ((list, tuple), lambda value: [plain(item) for item in value]),
    (frozenset, lambda value: sorted(plain(item) for item in value)),
    (Enum, lambda value: value.value),
    (dt.date, lambda value: value.isoformat()),
    (dt.time, lambda value: f"{value:%H:%M}"),
)


def as_yaml(data: Mapping[str, Any]) -> str:
    """Write plain data as YAML for people."""
    writer = YAML(typ="safe", pure=True)
    writer.default_flow_style = False
    writer.allow_unicode = True
    writer.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # its stub says None
    writer.width = 120
    out = io.StringIO()
    writer.dump(dict(data), out)
    return out.getvalue()
