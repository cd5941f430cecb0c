"""What a plan must not be: round in a circle, without a way back, decided by one alone, with two writers."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from wenyam import plugins
from wenyam.model.recovery import PLANNED, Mode, PlanStep, UndoKind
from wenyam.settings.backup_rules import Part
from wenyam.settings.blocks_dr import PlanBlock, PlanObjectivesBlock
from wenyam.settings.blocks_instance import Role
from wenyam.settings.dr_rows import StepRow
from wenyam.settings.graph import cycles
from wenyam.settings.known import Known
from wenyam.settings.tree import Block, Rows

ROLE = "role:"
_FENCE, _APPROVE, _WRITERS = "fence", "approve", "promote_"
_BRING_USERS = frozenset({"restore_backup", "start_service", "switch_address", "switch_dns"})
"""Kinds of steps after which users may write at the other site."""
_REAL = tuple(mode for mode in Mode if mode.is_real)


def job_name(plan: str) -> str:
    """Return the name of the job under which a plan is watched."""
    return f"dr-{plan}"


def judge_plan(known: Known, part: Part, written: PlanBlock) -> None:
    """Note what the head of a plan names and nobody knows, and a committee that can never agree."""
    for key, name in (("main_site", written.main_site), ("dr_site", written.dr_site)):
        known.refers(part.block, key, part.path, "sites", name)
    if written.main_site == written.dr_site:
        known.findings.problem(part.at("dr_site"), f"{part.path}.dr_site: is the main site; name another one")
    _judge_names(known, part, "services", "service", known.section("services"))
    committee = part.within("committee")
    _judge_names(known, committee, "members", "person", known.section("people"))
    members, quorum = set(written.committee.members), written.committee.quorum
    if quorum > len(members):
        sentence = f"{committee.path}.quorum: {quorum} must sign, but the committee has only {len(members)}"
        known.findings.problem(committee.at("quorum"), sentence)
    for name in sorted(members):
        person = known.section("people").get(name)
        if isinstance(person, Block) and not person.get("keys"):
            known.findings.warning(committee.at("members"), f"{committee.path}.members: '{name}' has no key to sign with")
    name = part.path.rpartition(".")[2]
    if job_name(name) in known.section("backups"):
        sentence = f"{part.path}: there is a backup '{job_name(name)}', under which this plan would be watched; rename one"
        known.findings.problem(part.block.place, sentence)
    for key in ("drill", "real"):
        _judge_rights(known, part.within("rights"), key)


def _judge_rights(known: Known, part: Part, key: str) -> None:
    people, roles = known.section("people"), get_args(Role)
    rows = part.block.get(key)
    for text, place in zip(rows, rows.places, strict=True) if isinstance(rows, Rows) else ():
        if not isinstance(text, str):
            continue
        if text.startswith(ROLE):
            known.findings.refers(place, f"{part.path}.{key}", "role", text.removeprefix(ROLE), roles)
        else:
            known.findings.refers(place, f"{part.path}.{key}", "person", text, people)


def _judge_names(known: Known, part: Part, key: str, what: str, names: Mapping[str, Any]) -> None:
    rows = part.block.get(key)
    for text, place in zip(rows, rows.places, strict=True) if isinstance(rows, Rows) else ():
        if isinstance(text, str):
            known.findings.refers(place, f"{part.path}.{key}", what, text, names)


def judge_rows(known: Known, part: Part, rows: Sequence[StepRow]) -> bool:
    """Note steps of one name and steps nobody wrote; tell whether every `after` is understood."""
    seen: set[str] = set()
    for row in rows:
        if row.written.id in seen:
            known.findings.problem(row.part.at("id"), f"{row.part.path}: there is a step '{row.written.id}' already")
        seen.add(row.written.id)
    # A step that was not understood may be meant, so its name counts as known.
    names = seen | set(_written_ids(part.block.get("steps")))
    found = [
        known.findings.refers(row.part.at("after"), f"{row.part.path}.after", "step", name, names)
        for row in rows
        for name in row.written.after or ()
    ]
    return all(found)


def _written_ids(value: Any) -> Iterator[str]:
    if isinstance(value, Rows):
        for row in value:
            yield from _written_ids(row)
    elif isinstance(value, Block):
        if isinstance(value.get("id"), str):
            yield value["id"]
        for key in ("steps", "parallel"):
            yield from _written_ids(value.get(key))


def judge_steps(
    known: Known, part: Part, rows: Sequence[StepRow], steps: Sequence[PlanStep], objectives: PlanObjectivesBlock
) -> None:
    """Note what is wrong between the steps of a plan, each of which is understood."""
    for row, step in zip(rows, steps, strict=True):
        _judge_undo(known, row, step)
    if not _goes_round(known, rows, {step.id: step.after for step in steps}):
        _judge_fences(known, rows, {step.id: step for step in steps})
        _warn_without_approval(known, part, steps)
        _warn_unmeasured(known, part, steps, objectives)


def _goes_round(known: Known, rows: Sequence[StepRow], edges: Mapping[str, Sequence[str]]) -> bool:
    parts = {row.written.id: row.part for row in rows}
    found = list(cycles(edges))
    for cycle in found:
        part, way = parts[cycle[0]], " -> ".join([*cycle, cycle[0]])
        known.findings.problem(part.at("after"), f"{part.path}.after: goes round in a circle: {way}")
    return bool(found)


def _judge_undo(known: Known, row: StepRow, step: PlanStep) -> None:
    kind: Any = plugins.load(plugins.STEPS, step.action.kind)
    path, given = row.part.path, step.undo.kind
    if kind.changes and given is UndoKind.NOTHING and "undo" not in row.part.block.dropped:
        sentence = (
            f"{path}: '{step.action.kind}' changes something, so say how it is taken back: "
            "undo: itself, undo: {do: …, with: …} or undo: {impossible: why}"
        )
        known.findings.problem(row.part.block.place, sentence)
    if given is UndoKind.ITSELF and (why := _no_way_back(kind, step)):
        known.findings.problem(row.part.at("undo"), f"{path}.undo: '{step.action.kind}' is not taken back by itself: {why}")
    if given is UndoKind.IMPOSSIBLE and Mode.DRILL in step.modes:
        sentence = f"{path}.undo: a drill is cleaned up after, and this cannot be; leave the step out of 'drill' if you can"
        known.findings.warning(row.part.at("undo"), sentence)


def _no_way_back(kind: Any, step: PlanStep) -> str:
    """Return why a step cannot take itself back with its options; empty when it can, or when its kind does not say."""
    made = kind(step.action.options)
    return str(made.no_way_back()) if hasattr(made, "no_way_back") else ""


def _judge_fences(known: Known, rows: Sequence[StepRow], steps: Mapping[str, PlanStep]) -> None:
    """Note what lets a second writer begin before the first is proven to be fenced: a promotion is refused, the rest is told."""
    for row in rows:
        step = steps[row.written.id]
        promotes = step.action.kind.startswith(_WRITERS)
        if not promotes and step.action.kind not in _BRING_USERS:
            continue
        fences = [steps[name] for name in _all_before(step.id, steps) if steps[name].action.kind == _FENCE]
        bare = [mode.value for mode in _REAL if mode in step.modes and not any(mode in each.modes for each in fences)]
        if bare:
            note = known.findings.problem if promotes else known.findings.warning
            sentence = f"{row.part.path}: no step 'fence' comes before it in {', '.join(bare)}, so both sites could write at once"
            note(row.part.block.place, sentence)


def _all_before(name: str, steps: Mapping[str, PlanStep]) -> set[str]:
    found: set[str] = set()
    waiting = list(steps[name].after)
    while waiting:
        each = waiting.pop()
        if each not in found:
            found.add(each)
            waiting += steps[each].after
    return found


def _warn_without_approval(known: Known, part: Part, steps: Sequence[PlanStep]) -> None:
    bare = [mode.value for mode in _REAL if not any(step.action.kind == _APPROVE and mode in step.modes for step in steps)]
    if bare:
        sentence = f"{part.path}: no step 'approve' in {', '.join(bare)}; the committee's decision is a recorded act"
        known.findings.warning(part.at("steps"), sentence)


def _warn_unmeasured(known: Known, part: Part, steps: Sequence[PlanStep], objectives: PlanObjectivesBlock) -> None:
    """Warn of a promise that no step of a mode measures: a run of that mode cannot pass."""
    promises = (
        ("recovery_time", objectives.recovery_time, _shows_service, "'test_service' or 'user_test'"),
        (
            "recovery_point",
            objectives.recovery_point,
            _shows_newest_data,
            "'restore_backup', 'promote_…' or 'sql' with newest_data",
        ),
    )
    for key, target, shows, kinds in promises:
        modes = () if target is None else (Mode.DRILL, *_REAL)
        bare = [mode.value for mode in modes if not any(mode in step.modes and shows(step, mode) for step in steps)]
        if bare:
            sentence = f"{part.path}.objectives.{key}: no step measures it in {', '.join(bare)}, so that cannot pass; add {kinds}"
            known.findings.warning(part.within("objectives").at(key), f"{sentence}, or promise 'none'")


def _shows_service(step: PlanStep, _mode: Mode) -> bool:
    return step.action.kind in ("test_service", "user_test")


def _shows_newest_data(step: PlanStep, mode: Mode) -> bool:
    kind: Any = plugins.load(plugins.STEPS, step.action.kind)
    shows = getattr(kind(step.action.options), "shows_newest_data", False)
    return bool(shows or (mode in PLANNED and getattr(kind, "proves_all", False)))
