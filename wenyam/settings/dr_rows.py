"""The steps of a plan out of their groups: each with the steps before it, in the order in which they are written."""

from dataclasses import dataclass
from typing import Any

from wenyam.settings.backup_rules import Part
from wenyam.settings.blocks_dr import PlanBlock, PlanStepBlock, StepGroupBlock
from wenyam.settings.known import Known
from wenyam.settings.problems import Place
from wenyam.settings.tree import Block, Rows

_GROUPS = ("group", "parallel")
Before = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StepRow:
    """One step as it is written."""

    written: PlanStepBlock
    part: Part
    before: Before
    """The steps it comes after where it does not say it itself."""


def step_rows(known: Known, plan: Part) -> list[StepRow]:
    """Return the good steps of a plan; problems of the others are noted."""
    rows = plan.block.get("steps")
    if not isinstance(rows, Rows) or not rows:
        if "steps" in plan.block and not isinstance(rows, Rows):
            known.valid(PlanBlock, plan.block, plan.block.place, plan.path)
        else:
            known.findings.problem(plan.at("steps"), f"{plan.path}: a plan without steps")
        return []
    found: list[StepRow] = []
    _Walk(known, found).in_order(rows, f"{plan.path}.steps", ())
    return found


@dataclass(slots=True)
class _Walk:
    """Goes through groups in groups; `found` gathers the steps."""

    known: Known
    found: list[StepRow]

    def in_order(self, rows: Rows, path: str, before: Before) -> Before:
        """Take rows one after the other; return what the next must wait for."""
        for number, (row, place) in enumerate(zip(rows, rows.places, strict=True), 1):
            before = self._one(row, place, f"{path}.{number}", before) or before
        return before

    def _side_by_side(self, rows: Rows, path: str, before: Before) -> Before:
        ends: list[str] = []
        for number, (row, place) in enumerate(zip(rows, rows.places, strict=True), 1):
            ends += self._one(row, place, f"{path}.{number}", before)
        return tuple(dict.fromkeys(ends))

    def _one(self, row: Any, place: Place, path: str, before: Before) -> Before:
        if isinstance(row, Block) and any(word in row for word in _GROUPS):
            return self._group(row, place, path, before)
        if isinstance(row, Block) and isinstance(row.get("id"), str):
            path = f"{path.rpartition('.')[0]}.{row['id']}"
        written = self.known.valid(PlanStepBlock, row, place, path)
        if written is None or not isinstance(row, Block):
            return ()
        self.found.append(StepRow(written, Part(path, row), before))
        return (written.id,)

    def _group(self, row: Block, place: Place, path: str, before: Before) -> Before:
        written = self.known.valid(StepGroupBlock, row, place, path)
        key = "steps" if "group" in row else "parallel"
        inner = row.get(key)
        if written is None or not isinstance(inner, Rows):
            return ()
        if not inner:
            self.known.findings.problem(place, f"{path}: a group without steps")
        go = self.in_order if key == "steps" else self._side_by_side
        return go(inner, path, before)
