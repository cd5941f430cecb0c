"""The instance, sites, people, credentials, windows and witnesses out of what was written."""

from collections.abc import Mapping
from pathlib import Path
from typing import get_args

from pydantic import TypeAdapter, ValidationError

from wenyam.model.instance import AvailabilityRules, ExporterSettings, Instance, Retention
from wenyam.model.inventory import Credential, Group, Person, PlannedWindow, SecretReference, SigningKey, Site, Text, Witness
from wenyam.model.states import Subject
from wenyam.settings import schedule
from wenyam.settings.blocks import Written
from wenyam.settings.blocks_credentials import AnyCredential
from wenyam.settings.blocks_instance import InstanceBlock, PersonBlock, SiteBlock
from wenyam.settings.blocks_inventory import WindowBlock, WitnessBlock
from wenyam.settings.known import Known
from wenyam.settings.problems import Place
from wenyam.settings.tree import Block, Rows
from wenyam.settings.validation import describe
from wenyam.settings.values import AbsolutePath, both, is_host_name

CREDENTIAL_MODELS: Mapping[str, type[Written]] = {
    get_args(model.model_fields["kind"].annotation)[0]: model for model in get_args(AnyCredential)
}
_WINDOW_SUBJECTS = ("device", "link", "service", "group")
_FEWEST_WITNESSES = 2


def build_instance(known: Known, folder: Path) -> Instance | None:
    """Return the instance's settings; None when they have problems (noted)."""
    block = known.section("instance")
    if "instance" not in known.sections:
        if known.findings.whole:
            known.findings.problem(block.place, "section 'instance' is missing")
        return None
    written = known.valid(InstanceBlock, block, block.place, "instance")
    if written is None:
        return None
    known.refers(block, "site", "instance", "sites", written.site)
    host, port = written.exporter.host_and_port
    web_config = None if written.exporter.web_config is None else str(folder / written.exporter.web_config)
    availability = written.availability
    return Instance(
        name=written.name,
        site=written.site,
        state_directory=written.state_directory,
        run_directory=written.run_directory,
        language=written.language,
        exporter=ExporterSettings(written.exporter.enabled, host, port, web_config),
        availability=AvailabilityRules(
            availability.count_unreachable, availability.exclude_planned, availability.minimum_coverage, written.time_zone
        ),
        retention=Retention(written.retention.rollups, written.retention.facts),
        ballast_bytes=written.ballast,
        heartbeat=written.heartbeat,
        heartbeat_gap=written.heartbeat_gap,
        parallel_reads=written.parallel_reads,
        credential_retry=written.credential_retry,
        operators_group=written.operators_group,
        approve_own_windows=written.approve_own_windows,
        corrected_by=tuple(written.corrected_by),
        on_time_objective=known.objectives.scheduled_work,
        tools=_tools(known),
    )


def _tools(known: Known) -> dict[str, str]:
    section = known.section("tools")
    known.programs |= bool(section)
    tools = {}
    for name, path in section.items():
        known.require_name(name, section.at(name), "tools")
        try:
            tools[name] = TypeAdapter(AbsolutePath).validate_python(path)
        except ValidationError as error:
            reason = error.errors()[0].get("ctx", {}).get("error", f"a path expected, found {describe(path)}")
            known.findings.problem(section.at(name), f"tools.{name}: {reason}")
    return tools


def build_sites(known: Known) -> dict[str, Site]:
    """Return every site that is good."""
    return {
        name: Site(name, both(written.label) or Text(name, name), written.parallel_reads, written.hosting_centre)
        for name, (written, _) in known.validated("sites", SiteBlock).items()
    }


def build_people(known: Known) -> dict[str, Person]:
    """Return everybody who is well described."""
    people, users = {}, dict[str, str]()
    for name, (written, block) in known.validated("people", PersonBlock).items():
        keys = tuple(SigningKey(key.public, key.valid_from, key.valid_until) for key in written.keys)
        if written.os_user is not None and users.setdefault(written.os_user, name) != name:
            known.findings.problem(
                block.at("os_user"), f"people.{name}.os_user: '{written.os_user}' is already {users[written.os_user]}"
            )
        label = both(written.name) or Text(name, name)
        people[name] = Person(
            name, label, written.os_user, keys, written.line_id, written.mail, written.telephone, tuple(written.roles)
        )
    return people


def build_credentials(known: Known) -> dict[str, Credential]:
    """Return every credential that is good: settings in the clear, secrets by reference."""
    section = known.section("credentials")
    credentials = {}
    for name, block in section.items():
        place, path = section.at(name), f"credentials.{name}"
        known.require_name(name, place, "credentials")
        written = _credential(known, block, place, path)
        if written is not None:
            values = {key: value for key, value in written if key != "kind" and value not in (None, "none")}
            secrets = {key: value for key, value in values.items() if isinstance(value, SecretReference)}
            settings = {key: str(value) for key, value in values.items() if key not in secrets}
            credentials[name] = Credential(name, str(block["kind"]), settings, secrets)
    return credentials


def _credential(known: Known, block: object, place: Place, path: str) -> Written | None:
    if not isinstance(block, Block):
        known.findings.problem(place, f"{path}: a block of keys expected")
        return None
    kind = block.get("kind")
    if not isinstance(kind, str):
        known.findings.problem(block.at("kind"), f"{path}: 'kind' is missing; there are {', '.join(CREDENTIAL_MODELS)}")
        return None
    if not known.findings.refers(block.at("kind"), f"{path}.kind", "kind of credential", kind, CREDENTIAL_MODELS):
        return None
    model = CREDENTIAL_MODELS.get(kind)
    return None if model is None else known.valid(model, block, place, path)


def build_witnesses(known: Known) -> dict[str, Witness]:
    """Return every witness; fewer than two prove nothing."""
    witnesses = {}
    for name, (written, block) in known.validated("witnesses", WitnessBlock).items():
        if written.behind is not None:
            known.refers(block, "behind", f"witnesses.{name}", "devices", written.behind)
        if is_host_name(written.address):
            known.findings.problem(block.at("address"), f"witnesses.{name}.address: '{written.address}' must be an IP address")
        witnesses[name] = Witness(name, written.address, written.behind, written.interface)
    if 0 < len(witnesses) < _FEWEST_WITNESSES:
        place = known.section("witnesses").place
        known.findings.warning(place, "witnesses: one alone proves nothing; name at least two on different paths")
    return witnesses


def build_windows(known: Known, groups: Mapping[str, Group]) -> dict[str, PlannedWindow]:
    """Return every planned window that is whole and was approved in time."""
    windows = {}
    for name, (written, block) in known.validated("windows", WindowBlock).items():
        path = f"windows.{name}"
        found = _window_subjects(known, block["subjects"], f"{path}.subjects", groups)
        approved = _approved(known, written, block, path)
        if _when_is_whole(known, written, block, path) and approved and written.approved_at is not None:
            windows[name] = PlannedWindow(
                name, found, written.schedule, written.starts, written.ends, written.duration, written.reason,
                written.approved_by or "", written.approved_at, written.change or "",
            )  # fmt: skip
    return windows


def _window_subjects(known: Known, rows: Rows, path: str, groups: Mapping[str, Group]) -> tuple[Subject, ...]:
    found: dict[Subject, None] = {}
    for text, place in zip(rows, rows.places, strict=True):
        group = groups.get(text.removeprefix("group:")) if text.startswith("group:") else None
        if group is not None:
            found.update(dict.fromkeys(group.members))
            continue
        subject = known.subject(text, place, path, allowed=_WINDOW_SUBJECTS)
        if subject is not None and not text.startswith("group:"):
            found[subject] = None
    return tuple(found)


def _when_is_whole(known: Known, written: WindowBlock, block: Block, path: str) -> bool:
    if block.dropped & {"starts", "ends", "schedule", "duration"}:
        return False
    single = (written.starts, written.ends)
    recurring = (written.schedule, written.duration)
    if all(single) and not any(recurring):
        if written.starts is not None and written.ends is not None and written.ends <= written.starts:
            known.findings.problem(block.at("ends"), f"{path}.ends: it ends before it starts")
            return False
        return True
    if all(recurring) and not any(single) and written.schedule is not None:
        return _schedule_is_good(known, written.schedule, block.at("schedule"), path)
    known.findings.problem(block.place, f"{path}: either 'starts' and 'ends', or 'schedule' and 'duration'")
    return False


def _schedule_is_good(known: Known, text: str, place: Place, path: str) -> bool:
    try:
        schedule.parse(text, known.context["time_zone"])
    except ValueError as error:
        known.findings.problem(place, f"{path}.schedule: {error}")
        return False
    return True


def _approved(known: Known, written: WindowBlock, block: Block, path: str) -> bool:
    if not written.approved_by or written.approved_at is None:
        missing = "approved_by" if not written.approved_by else "approved_at"
        if missing in block.dropped:
            return False
        known.findings.problem(block.at(missing), f"{path}: '{missing}' is missing; nobody has approved this window")
        return False
    known.refers(block, "approved_by", path, "people", written.approved_by)
    if written.starts is not None and written.approved_at > written.starts:
        known.findings.problem(
            block.at("approved_at"), f"{path}.approved_at: it was approved after it began, so it is not planned"
        )
        return False
    return True
