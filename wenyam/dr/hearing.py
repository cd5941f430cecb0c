"""How a step hears what people said of it: decisions and signatures that other processes wrote into the run's facts."""

from collections.abc import Sequence

from wenyam.dr import facts
from wenyam.dr.contract import StepPlace
from wenyam.dr.course import DONE, FAILED_IT, WORD_OF
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instants import Instant, to_iso
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
    decided = await _decided(place)
    return None if decided is None else _outcome(decided)


async def _decided(place: StepPlace) -> Fact | None:
    told = (chained.fact for chained in await since_last_end(place, facts.DECIDED))
    return next((fact for fact in told if fact.body["decision"] in (DONE, FAILED_IT)), None)


def _outcome(decided: Fact) -> Outcome:
    words = f"{decided.actor}: {decided.body['reason']}" if decided.body["reason"] else decided.actor
    return passed(f"done, says {words}") if decided.body["decision"] == DONE else failed(f"not done, says {words}")


async def heard_instead(place: StepPlace, seen: str) -> Outcome | None:
    """Return what a person said of a step that was to find out by itself: a pass then rests on that word alone, and says so."""
    decided = await _decided(place)
    if decided is None or decided.body["decision"] != DONE:
        return None if decided is None else _outcome(decided)
    place.said[place.step.id + WORD_OF] = decided.actor
    words = f"on the word of {decided.actor} alone: {decided.body['reason'] or 'no reason given'}; what was seen: {seen}"
    return passed(words, word=f"{to_iso(decided.at)}: {words}")


async def first_begun(place: StepPlace) -> Instant:
    """Return when this attempt began, over every kill of the process: the first beginning after the last ended attempt."""
    found = await since_last_end(place, facts.STEP_BEGAN, facts.UNDO_BEGAN)
    return found[0].fact.at if found else place.clock.now()
