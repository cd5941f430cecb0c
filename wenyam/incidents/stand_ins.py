"""People who stand in at a day's notice: facts entered at run time, and a plan as they change it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from wenyam.model.facts import ChainedFact, Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.oncall import OnCallPlan, StandIn

ENTERED = "oncall-override"
WITHDRAWN = "oncall-override-withdrawn"
KINDS = (ENTERED, WITHDRAWN)


def entered(rota: str, stand_in: StandIn, at: Instant, actor: str) -> Fact:
    """Build the fact that somebody stands in."""
    body: FactBody = {
        "rota": rota, "layer": stand_in.layer, "person": stand_in.person, "starts": stand_in.starts, "ends": stand_in.ends,
        "reason": stand_in.reason,
    }  # fmt: skip
    return Fact(ENTERED, at, actor, body)


def withdrawn(number: int, at: Instant, actor: str, reason: str) -> Fact:
    """Build the fact that the stand-in of this number is over, or will not be; from `at` on it counts no more."""
    return Fact(WITHDRAWN, at, actor, {"override": number, "reason": reason})


def with_stand_ins(plan: OnCallPlan, known: Iterable[ChainedFact]) -> OnCallPlan:
    """Return the plan with everybody who was entered at run time, oldest first, after those of the configuration."""
    found = read(known)
    rotas = {
        name: replace(rota, overrides=(*rota.overrides, *(each for of, each in found.values() if of == name)))
        for name, rota in plan.rotas.items()
    }
    return replace(plan, rotas=rotas)


def read(known: Iterable[ChainedFact]) -> Mapping[int, tuple[str, StandIn]]:
    """Return rota and stand-in by number; one that was withdrawn while it ran ended then, one before it began is gone."""
    found: dict[int, tuple[str, StandIn]] = {}
    for chained in known:
        body = chained.fact.body
        if chained.fact.kind == ENTERED:
            found[chained.sequence] = (str(body["rota"]), _stand_in(chained))
        elif chained.fact.kind == WITHDRAWN:
            _withdraw(found, int(body["override"] or 0), chained.fact.at)
    return found


def _withdraw(found: dict[int, tuple[str, StandIn]], number: int, at: Instant) -> None:
    if number not in found:
        return
    rota, stand_in = found[number]
    if stand_in.starts >= at:
        del found[number]
        return
    # Who was on duty until then stays on record, in its place among the others.
    found[number] = (rota, replace(stand_in, ends=min(at, stand_in.ends)))


def _stand_in(chained: ChainedFact) -> StandIn:
    body = chained.fact.body
    return StandIn(
        person=str(body["person"]),
        starts=Instant(int(body["starts"] or 0)),
        ends=Instant(int(body["ends"] or 0)),
        reason=str(body["reason"]),
        layer=int(body["layer"] or 1),
        number=chained.sequence,
    )
