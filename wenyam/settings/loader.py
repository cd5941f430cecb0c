"""From a folder of files to one Configuration, or to every problem at once."""

from dataclasses import dataclass
from pathlib import Path
from stat import S_IMODE
from typing import Any

from wenyam.errors import ConfigurationError
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Device, Inventory
from wenyam.settings.blocks_instance import DefaultsBlock, ObjectivesBlock
from wenyam.settings.build_alerts import build_alerts
from wenyam.settings.build_backups import build_backups
from wenyam.settings.build_devices import DeviceBuilder, build_links
from wenyam.settings.build_dr import RecoveryBuilder
from wenyam.settings.build_guarding import build_guarding
from wenyam.settings.build_incidents import build_incidents
from wenyam.settings.build_oncall import build_oncall
from wenyam.settings.build_receive import build_receive
from wenyam.settings.build_rest import (
    build_credentials,
    build_instance,
    build_people,
    build_sites,
    build_windows,
    build_witnesses,
)
from wenyam.settings.build_services import build_groups, build_services, service_edges
from wenyam.settings.build_status_page import build_status_page
from wenyam.settings.graph import cycles
from wenyam.settings.kinds import read_kinds
from wenyam.settings.known import Known
from wenyam.settings.plans import Planner
from wenyam.settings.problems import BrokenConfigurationError, Findings, Problem
from wenyam.settings.sources import read_folder
from wenyam.settings.values import time_zone

_USUAL_ZONE = "Asia/Bangkok"


@dataclass(frozen=True, slots=True)
class Loaded:
    """A good configuration, and what in it may not be meant."""

    configuration: Configuration
    warnings: tuple[Problem, ...] = ()


def load(folder: Path) -> Configuration:
    """Return the configuration of a folder; BrokenConfigurationError with every problem otherwise."""
    return load_with_warnings(folder).configuration


def load_with_warnings(folder: Path) -> Loaded:
    """Return the configuration and its warnings; BrokenConfigurationError with every problem otherwise."""
    try:
        return _load(folder.absolute())
    except OSError as error:  # the working directory is gone, or a disk fails
        raise ConfigurationError(f"{error.filename or folder}: {error.strerror or error}") from error


def _load(folder: Path) -> Loaded:
    findings = Findings()
    sources = read_folder(folder, findings)
    findings.whole = sources.understood
    known = Known(findings, sources.sections, {"folder": str(folder), "time_zone": _USUAL_ZONE})
    configuration = _build(known, folder, sources.digest)
    for problem in sources.loose:
        (findings.problems if known.programs else findings.warnings).add(problem)
    if configuration is None or findings.problems:
        raise BrokenConfigurationError(str(folder), findings.problems)
    return Loaded(configuration, tuple(sorted(findings.warnings)))


def _build(known: Known, folder: Path, digest: str) -> Configuration | None:
    _settle_first(known)
    instance = build_instance(known, folder)
    kinds = read_kinds(known.section("kinds"), known.findings, known.context)
    planner = Planner(known)
    for kind in known.section("kinds"):
        if kind in kinds:
            planner.judge_kind(kind, kinds[kind].interval, kinds[kind].reads, kinds[kind].checks)
    devices = DeviceBuilder(known, kinds, planner).build()
    services = build_services(known, planner)
    groups = build_groups(known)
    inventory = Inventory(
        sites=build_sites(known),
        people=build_people(known),
        credentials=known.credentials,
        devices=devices,
        links=build_links(known, planner),
        services=services,
        groups=groups,
        windows=build_windows(known, groups),
        witnesses=build_witnesses(known),
    )
    backup = build_backups(known, planner.options)
    alerts = build_alerts(known, planner.options)
    guarding = build_guarding(known)
    oncall = build_oncall(known)
    incidents = build_incidents(known, inventory, oncall.holidays)
    receive = build_receive(known)
    status_page = build_status_page(known)
    recovery = RecoveryBuilder(known, planner.options)
    plans = recovery.build()
    _judge_cycles(known, "devices", "parents", {name: device.parents for name, device in devices.items()})
    _judge_cycles(known, "services", "members", service_edges(services))
    _warn_of_shared_addresses(known, devices)
    _warn_of_credentials(known)
    if instance is None:
        return None
    configuration = Configuration(
        instance,
        inventory,
        str(folder),
        digest,
        backup=backup,
        alerts=alerts,
        incidents=incidents,
        guarding=guarding,
        oncall=oncall,
        receive=receive,
        status_page=status_page,
        recovery=plans,
    )
    recovery.judge(configuration)
    return configuration


def _settle_first(known: Known) -> None:
    """Settle what every other part refers to: the time zone, the instance's site, defaults, objectives, credentials."""
    instance = known.section("instance")
    zone, site = instance.get("time_zone"), instance.get("site")
    if isinstance(zone, str):
        try:
            known.context["time_zone"] = time_zone(zone)
        except ValueError:
            known.context["time_zone"] = _USUAL_ZONE  # the instance's own model says what is wrong
    known.instance_site = site if isinstance(site, str) else ""
    known.defaults = _small(known, "defaults", DefaultsBlock)
    known.objectives = _small(known, "objectives", ObjectivesBlock)
    for key in ("owner", "duty_officer"):
        name = getattr(known.defaults, key)
        if name is not None:
            known.refers(known.section("defaults"), key, "defaults", "people", name)
    known.credentials = build_credentials(known)


def _small(known: Known, section: str, model: type[Any]) -> Any:
    block = known.section(section)
    return known.valid(model, block, block.place, section) or model()


def _judge_cycles(known: Known, section: str, key: str, edges: dict[str, Any]) -> None:
    written = known.section(section)
    for cycle in cycles(edges):
        way = " -> ".join([*cycle, cycle[0]])
        known.findings.problem(written[cycle[0]].at(key), f"{section}.{cycle[0]}.{key}: goes round in a circle: {way}")


def _warn_of_shared_addresses(known: Known, devices: dict[str, Device]) -> None:
    seen: dict[str, str] = {}
    section = known.section("devices")
    for name, device in devices.items():
        for address in device.addresses:
            first = seen.setdefault(address, name)
            blocks = (section[name], section[first])
            if first != name and not any(block.get("shared_address") for block in blocks):
                place = section[name].at("address" if "address" in section[name] else "addresses")
                sentence = (
                    f"devices.{name}: {address} is also the address of {first}; if that is meant, say 'shared_address: true'"
                )
                known.findings.warning(place, sentence)


def _warn_of_credentials(known: Known) -> None:
    section = known.section("credentials")
    for name, credential in known.credentials.items():
        if name not in known.used_credentials:
            known.findings.warning(section.at(name), f"credentials.{name}: nothing uses it")
        for field, reference in credential.secrets.items():
            if reference.scheme == "file":
                trouble = _trouble_with(Path(reference.location))
                if trouble:
                    known.findings.warning(section[name].at(field), f"credentials.{name}.{field}: {trouble}")


def _trouble_with(path: Path) -> str:
    """Say what will keep a secret from being read; its content is not looked at."""
    try:
        mode = path.stat().st_mode
    except PermissionError:
        return ""
    except OSError as error:
        return f"{path}: {(error.strerror or 'cannot be read').lower()}"
    return f"{path}: mode {S_IMODE(mode):04o} lets others read it; run: chmod 0600 {path}" if mode & 0o077 else ""
