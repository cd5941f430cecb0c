"""How a step hears what people said of it: decisions and signatures that other processes wrote into the run's facts."""

from collections.abc import Sequence

from wenyam.dr import facts
from wenyam.dr.contract import StepPlace
from wenyam.dr.course import DONE, FAILED_IT
from wenyam.model.facts import ChainedFact
from wenyam.model.instants import Instant
from wenyam.model.recovery import Outcome, failed, passed

POLL_SECONDS = 0.5
_ENDS = (facts.STEP_ENDED, facts.UNDONE)


async def since_last_end(place: StepPlace, *kinds: str) -> Sequence[ChainedFact]:
    """Return the facts of these kinds about this step that came after its last ended attempt or undo, oldest first.

    So that what was said while no process ran is heard, and what was said of an attempt before is not heard again.
    """
    every = await place.record.since_start(*_ENDS, *kinds)
    own = [each for each in every if each.fact.body.get("step") == place.step.id]
    last = max((each.sequence for each in own if each.fact.kind in _ENDS), default=0)
    return [each for each in own if each.sequence > last and each.fact.kind in kinds]


async def heard(place: StepPlace) -> Outcome | None:
    """Return what a person said this step came to; None while nobody has."""
    for chained in await since_last_end(place, facts.DECIDED):
        body, actor = chained.fact.body, chained.fact.actor
        words = f"{actor}: {body['reason']}" if body["reason"] else actor
        if body["decision"] == DONE:
            return passed(f"done, says {words}")
        if body["decision"] == FAILED_IT:
            return failed(f"not done, says {words}")
    return None


async def first_begun(place: StepPlace) -> Instant:
    """Return when this attempt began, over every kill of the process: the first beginning after the last ended attempt."""
    found = await since_last_end(place, facts.STEP_BEGAN, facts.UNDO_BEGAN)
    return found[0].fact.at if found else place.clock.now()
