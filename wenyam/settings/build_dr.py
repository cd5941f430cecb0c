"""Plans for the DR site, out of what was written."""

from collections.abc import Iterator
from typing import Any

from wenyam import plugins
from wenyam.model.instance import Configuration
from wenyam.model.recovery import (
    EVERY_MODE,
    Action,
    Committee,
    Mode,
    PlanStep,
    RecoveryPlan,
    RecoveryPlans,
    Rights,
    Undo,
    UndoKind,
)
from wenyam.settings import dr_rules
from wenyam.settings.backup_rules import Part
from wenyam.settings.blocks_dr import USUAL_LIMIT, USUAL_LIMITS, PlanBlock, PlanStepBlock, RecoveryBlock, UndoBlock
from wenyam.settings.build_services import subjects
from wenyam.settings.build_sister import build_received, build_sister
from wenyam.settings.dr_rows import StepRow, step_rows
from wenyam.settings.dr_versions import digest_of, substance_of
from wenyam.settings.known import Known
from wenyam.settings.plugin_options import PluginOptions
from wenyam.settings.problems import Place
from wenyam.settings.tree import Block, Rows

_PLANS, _STEPS = "plans", "steps"
_TOUCHED = ("device", "service")


class RecoveryBuilder:
    """Builds the plans, and asks each step afterwards what it does not know."""

    def __init__(self, known: Known, options: PluginOptions) -> None:
        """Take what the parts know of each other, and who judges options."""
        self._known = known
        self._options = options
        self._asked: list[tuple[Place, str, Action]] = []

    def build(self) -> RecoveryPlans:
        """Return every plan that is good; problems of the rest are noted."""
        known, section = self._known, self._known.section("dr")
        written = known.valid(RecoveryBlock, section.without({_PLANS}), section.place, "dr") or RecoveryBlock()
        if written.site is not None:
            known.refers(section, "site", "dr", "sites", written.site)
        plans = section.get(_PLANS)
        if plans is not None and not isinstance(plans, Block):
            known.valid(RecoveryBlock, section, section.place, "dr")
            plans = None
        found = {name: self._plan(name, block, plans.at(name)) for name, block in plans.items()} if plans else {}
        # A plan starts programs on other machines, so who may write it matters as for programs of our own.
        known.programs |= bool(found)
        return RecoveryPlans(
            {name: plan for name, plan in found.items() if plan is not None},
            written.site or known.instance_site,
            build_sister(known, section, written.sister),
            build_received(written.received),
        )

    def judge(self, configuration: Configuration) -> None:
        """Note what the steps name and the configuration does not know."""
        for place, path, action in self._asked:
            kind: Any = plugins.load(plugins.STEPS, action.kind)
            for sentence in kind(action.options).unknown(configuration):
                if self._known.findings.whole:
                    self._known.findings.problem(place, f"{path}.with: {sentence}")

    def _plan(self, name: str, block: Any, place: Place) -> RecoveryPlan | None:
        known, path = self._known, f"dr.{_PLANS}.{name}"
        known.require_name(name, place, f"dr.{_PLANS}")
        content = Block(place) if block is None else block
        head = content.without({_STEPS}) if isinstance(content, Block) else content
        written = known.valid(PlanBlock, head, place, path)
        if written is None or not isinstance(content, Block):
            return None
        part = Part(path, content)
        dr_rules.judge_plan(known, part, written)
        rows = step_rows(known, part)
        steps = tuple(step for step in map(self._step, rows) if step is not None)
        if dr_rules.judge_rows(known, part, rows) and len(steps) == len(rows):
            dr_rules.judge_steps(known, part, rows, steps, written.objectives)
        objectives, committee, rights = written.objectives, written.committee, written.rights
        return RecoveryPlan(
            name=name,
            title=written.title,
            owner=known.person(content, "owner", path, written.owner),
            main_site=written.main_site,
            dr_site=written.dr_site,
            services=tuple(written.services),
            steps=steps,
            committee=Committee(tuple(committee.members), committee.quorum),
            rights=Rights(tuple(rights.drill), tuple(rights.real)),
            digest=digest_of(known, content),
            substance=substance_of(known, content),
            recovery_time=objectives.recovery_time,
            recovery_point=objectives.recovery_point,
            rehearsal_maximum_age=written.rehearsal_maximum_age,
            drill_maximum_age=written.drill_maximum_age,
            touches=self._touches(written, part),
        )

    def _touches(self, written: PlanBlock, part: Part) -> tuple[str, ...]:
        if not written.touches:
            return ()
        found = subjects(self._known, part.block["touches"], f"{part.path}.touches", allowed=_TOUCHED)
        return tuple(str(subject) for subject in found)

    def _step(self, row: StepRow) -> PlanStep | None:
        written, block, path = row.written, row.part.block, row.part.path
        for person in written.who:
            self._known.findings.refers(block.at("who"), f"{path}.who", "person", person, self._known.section("people"))
        action = self._action(written.do, block, path)
        checks = [self._action(each.do, each_block, where) for each, each_block, where in _checks(written, block, path)]
        undo = self._undo(written, block, path)
        if action is None or undo is None or None in checks:
            return None
        return PlanStep(
            id=written.id,
            title=written.title or _described(action),
            action=action,
            limit=written.limit or USUAL_LIMITS.get(written.do, USUAL_LIMIT),
            who=tuple(written.who),
            modes=EVERY_MODE if written.modes is None else frozenset(Mode(name) for name in written.modes),
            after=row.before if written.after is None else tuple(written.after),
            checks=tuple(each for each in checks if each is not None),
            undo=undo,
            evidence=tuple(written.evidence),
            tries=written.tries,
            pause=written.pause,
            timeout=written.timeout,
        )

    def _action(self, kind: str, block: Block, path: str) -> Action | None:
        options = block.get("with")
        content = options if isinstance(options, Block) else Block(block.at("with"))
        config = self._options.of_step(kind, content, block.at("do"), path)
        if config is None:
            return None
        self._known.used_credentials |= set(_credentials(content))
        self._asked.append((block.at("with"), path, Action(kind, config)))
        return Action(kind, config)

    def _undo(self, written: PlanStepBlock, block: Block, path: str) -> Undo | None:
        undo = written.undo
        if undo == "itself":
            return Undo(UndoKind.ITSELF)
        if not isinstance(undo, UndoBlock):
            return Undo(UndoKind.NOTHING)
        if undo.do is None:
            return Undo(UndoKind.IMPOSSIBLE, reason=undo.impossible or "")
        action = self._action(undo.do, block["undo"], f"{path}.undo")
        return None if action is None else Undo(UndoKind.ACTION, action)


def _described(action: Action) -> str:
    kind: Any = plugins.load(plugins.STEPS, action.kind)
    return str(kind(action.options).describe())


def _checks(written: PlanStepBlock, block: Block, path: str) -> Iterator[tuple[Any, Block, str]]:
    rows = block.get("check")
    if isinstance(rows, Rows):
        for number, (each, row) in enumerate(zip(written.check, rows, strict=True), 1):
            yield each, row, f"{path}.check.{number}"


def _credentials(options: Block) -> Iterator[str]:
    """Yield the names of credentials that options name, however deep."""
    for key, value in options.items():
        for each in value if isinstance(value, Rows) else (value,):
            if isinstance(each, Block):
                yield from _credentials(each)
            elif isinstance(each, str) and key.endswith("credential"):
                yield each
