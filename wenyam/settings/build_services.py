"""Services with their members expressions, and groups."""

from typing import Any

from wenyam.model.inventory import AtLeast, Expression, Group, Member, Policy, Service, Text
from wenyam.model.states import Subject
from wenyam.settings.blocks_inventory import GroupBlock, ServiceBlock
from wenyam.settings.known import Known
from wenyam.settings.plans import Owner, Planner
from wenyam.settings.problems import Place
from wenyam.settings.tree import Block, Rows
from wenyam.settings.validation import describe
from wenyam.settings.values import both

_MEMBERS = ("device", "link", "service")
_SHAPE = "{all: […]}, {any: […]} or {at_least: N, of: […]} expected"
_INTERVAL, _TIMEOUT = 60.0, 20.0


def build_services(known: Known, planner: Planner) -> dict[str, Service]:
    """Return every service that is good; problems of the others are noted."""
    good = known.validated("services", ServiceBlock)
    return {name: _service(known, planner, name, written, block) for name, (written, block) in good.items()}


def _service(known: Known, planner: Planner, name: str, written: ServiceBlock, block: Block) -> Service:
    path = f"services.{name}"
    owner = Owner(path, block, _INTERVAL, _TIMEOUT, has_address=False)
    members = None if written.members is None else expression(known, block["members"], block.at("members"), f"{path}.members")
    if written.members is None and not written.probes and not block.dropped:
        known.findings.problem(block.place, f"{path}: has neither members nor probes, so nothing tells whether it is up")
    nothing = Block(block.place)
    return Service(
        name=name,
        label=both(written.label) or Text(name, name),
        owner=known.person(block, "owner", path, written.owner),
        duty_officer=known.person(block, "duty_officer", path, written.duty_officer),
        members=members,
        site=known.site(block, path, written.site, "") or None,
        probes=planner.reads(owner, nothing, "probes"),
        checks=planner.checks(owner, nothing, read=False),
        policy=planner.policy(written, block, path, Policy()),
        criticality=written.criticality,
        personal_data=written.personal_data,
        objective=known.objectives.service if written.objective is None else written.objective,
    )


def expression(known: Known, value: Any, place: Place, path: str) -> Expression | None:
    """Return what a service stands on; a bare list is `all`. None when a part of it is wrong (noted)."""
    if isinstance(value, str):
        subject = known.subject(value, place, path, allowed=_MEMBERS)
        return None if subject is None else Member(subject)
    if isinstance(value, Rows):
        return _counted(known, value, "all", None, path)
    if not isinstance(value, Block):
        known.findings.problem(place, f"{path}: a name or {_SHAPE}, found {describe(value)}")
        return None
    keys = set(value)
    if keys in ({"all"}, {"any"}):
        word = keys.pop()
        return _counted(known, value[word], word, None, path, place=value.at(word))
    if keys == {"at_least", "of"}:
        return _counted(known, value["of"], "at_least", value, path, place=value.at("of"))
    known.findings.problem(value.place, f"{path}: {_SHAPE}")
    return None


def _counted(
    known: Known, items: Any, word: str, at_least: Block | None, path: str, *, place: Place | None = None
) -> Expression | None:
    if not isinstance(items, Rows) or not items:
        known.findings.problem(place or items.place, f"{path}.{word}: a list of members expected, found {describe(items)}")
        return None
    parts = [expression(known, item, where, path) for item, where in zip(items, items.places, strict=True)]
    count = len(parts) if word == "all" else 1
    if at_least is not None:
        count = at_least["at_least"]
        if isinstance(count, bool) or not isinstance(count, int) or count < 1:
            known.findings.problem(
                at_least.at("at_least"), f"{path}.at_least: a whole number from 1 expected, found {describe(count)}"
            )
            return None
        if count > len(parts):
            known.findings.problem(at_least.at("at_least"), f"{path}.at_least: {count} of {len(parts)} members can never be up")
            return None
    good = tuple(part for part in parts if part is not None)
    return AtLeast(count, good, word) if len(good) == len(parts) else None


def service_edges(services: dict[str, Service]) -> dict[str, list[str]]:
    """Return which services each service stands on."""
    return {name: [] if service.members is None else list(_services_in(service.members)) for name, service in services.items()}


def _services_in(part: Expression) -> list[str]:
    if isinstance(part, Member):
        return [part.subject.name] if part.subject.kind == "service" else []
    return [name for item in part.items for name in _services_in(item)]


def build_groups(known: Known) -> dict[str, Group]:
    """Return every group that is good; problems of the others are noted."""
    groups = {}
    for name, (written, block) in known.validated("groups", GroupBlock).items():
        members = subjects(known, block["members"], f"groups.{name}.members", allowed=_MEMBERS)
        objective = known.objectives.group if written.objective is None else written.objective
        groups[name] = Group(name, both(written.label) or Text(name, name), members, objective)
    return groups


def subjects(known: Known, rows: Rows, path: str, *, allowed: tuple[str, ...]) -> tuple[Subject, ...]:
    """Return the subjects a list names, each once."""
    found = [known.subject(text, place, path, allowed=allowed) for text, place in zip(rows, rows.places, strict=True)]
    return tuple(dict.fromkeys(subject for subject in found if subject is not None))
