"""Stand-ins entered and withdrawn while the watcher runs; each is a fact of whoever the kernel says it was."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.incidents import stand_ins
from wenyam.incidents.rota import on_duty
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.oncall import OnCallPlan, StandIn
from wenyam.operations.oncall import VERSION, plan_of, rota_of
from wenyam.settings.unknown import unknown

Answer = dict[str, Any]
_LONGEST_REASON = 300


def oncall_actions(watcher: Watcher) -> dict[str, Callable[[str, Answer], Awaitable[Answer]]]:
    """Return the actions of duty by name."""
    actions = OnCallActions(watcher)
    return {"oncall-override": actions.override, "oncall-withdraw": actions.withdraw}


class OnCallActions:
    """Answers `oncall-override` and `oncall-withdraw`."""

    def __init__(self, watcher: Watcher) -> None:
        """Take the watcher whose journal writes."""
        self._watcher = watcher

    async def override(self, actor: str, request: Answer) -> Answer:
        """Enter that a person stands in; UsageError for what cannot be meant."""
        plan, now = await self._plan(), self._watcher.clock.now()
        rota = rota_of(plan, _text(request, "rota"))
        people = self._watcher.configuration.inventory.people
        person, layer = _text(request, "person"), _number(request, "layer")
        if person not in people:
            raise unknown("person", person, people)
        if not 1 <= layer <= len(rota.layers):
            raise UsageError(f"there is no layer {layer}; rota '{rota.name}' has {len(rota.layers)}")
        # What has passed is over: nobody was called in the past who was not on duty then.
        starts, ends = Instant(max(now, _number(request, "starts"))), Instant(_number(request, "ends"))
        if ends <= starts:
            told = format_with_zone(ends, self._watcher.configuration.oncall.time_zone)
            raise UsageError(f"it ends at {told}, before it begins or before now")
        stand_in = StandIn(person, starts, ends, clean(_text(request, "reason"), _LONGEST_REASON), layer)
        await self._watcher.journal.record(stand_ins.entered(rota.name, stand_in, now, actor))
        return {"version": VERSION, "rota": rota.name, "number": await self._number_of(rota.name, stand_in)}

    async def withdraw(self, actor: str, request: Answer) -> Answer:
        """Withdraw a stand-in by its number; UsageError when there is none that is not over."""
        number, now = _number(request, "number"), self._watcher.clock.now()
        found = stand_ins.read(await self._facts()).get(number)
        if found is None or found[1].ends <= now:
            raise UsageError(f"there is no stand-in {number} that is not over", hint="'wenyam oncall' lists their numbers.")
        rota, stand_in = found
        reason = clean(_text(request, "reason"), _LONGEST_REASON)
        await self._watcher.journal.record(stand_ins.withdrawn(number, now, actor, reason))
        plan = await self._plan()
        on = on_duty(plan, plan.rotas[rota], max(now, stand_in.starts)) if rota in plan.rotas else ()
        return {"version": VERSION, "rota": rota, "number": number, "on_duty": list(on)}

    async def _plan(self) -> OnCallPlan:
        journal = self._watcher.journal
        return await journal.call(plan_of, self._watcher.configuration, journal.writer)

    async def _facts(self) -> list[ChainedFact]:
        journal = self._watcher.journal
        return await journal.call(journal.writer.facts_after, 0, stand_ins.KINDS)

    async def _number_of(self, rota: str, wanted: StandIn) -> int:
        found = stand_ins.read(await self._facts())
        same = (number for number, (name, each) in found.items() if name == rota and replace(each, number=0) == wanted)
        return max(same, default=0)


def _text(request: Answer, key: str) -> str:
    value = request.get(key)
    if not isinstance(value, str) or not value.strip():
        raise UsageError(f"this action needs a '{key}'")
    return value


def _number(request: Answer, key: str) -> int:
    value = request.get(key)
    if not isinstance(value, int) or isinstance(value, bool):
        raise UsageError(f"this action needs a number as '{key}'")
    return value
