"""A step that waits for the DR committee (R6.3): k of n members sign, whoever runs the plan not counted."""

from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from wenyam.dr import facts
from wenyam.dr.approvals import able_members, who_approved
from wenyam.dr.contract import StepPlace
from wenyam.dr.hearing import POLL_SECONDS
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, failed, passed


class ApproveConfig(BaseModel):
    """Who must agree; the plan's committee and its quorum unless more are wanted here."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    quorum: Annotated[int, Field(ge=1, le=50)] | None = None
    """How many must sign here, where that is more than the committee's own quorum."""


class ApproveStep:
    """Waits until enough members of the committee have signed: `wenyam dr approve`."""

    Config: ClassVar[type[BaseModel]] = ApproveConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._quorum: int | None = config.quorum

    def describe(self) -> str:
        """Return who agrees."""
        return "The DR committee agrees"

    def unknown(self, _configuration: Configuration) -> tuple[str, ...]:
        """Name nothing."""
        return ()

    def _wanted(self, place: StepPlace) -> int:
        return max(self._quorum or 0, place.plan.committee.quorum)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Prove that enough members have a key that is valid now, and that signatures can be read here."""
        place.tools("ssh-keygen")
        able = able_members(place.plan, place.configuration.inventory, [place.actor], place.clock.now())
        wanted = self._wanted(place)
        if len(able) < wanted:
            return failed(f"{wanted} must sign, but only {len(able)} can: {', '.join(able) or 'nobody'}")
        return passed(f"{wanted} of {', '.join(able)} can sign")

    async def run(self, place: StepPlace) -> Outcome:
        """Wait for enough signatures; those that were given before a kill count."""
        wanted = self._wanted(place)
        place.say(
            f"waits for {wanted} of {', '.join(place.plan.committee.members)}: wenyam dr approve {place.run} {place.step.id}"
        )
        told = 0
        while len(signed := await _signed(place)) < wanted:
            if len(signed) != told:
                place.say(f"{len(signed)} of {wanted} have signed")
                told = len(signed)
            await place.clock.sleep(POLL_SECONDS)
        place.said[f"{place.step.id}.decided_at"] = signed[wanted - 1].fact.at
        names = ", ".join(str(each.fact.body["person"]) for each in signed)
        return passed(f"approved by {names}", **{f"{each.fact.body['person']}": each.text for each in signed})

    async def was_done(self, place: StepPlace) -> bool | None:
        """Tell whether enough have signed."""
        return len(await _signed(place)) >= self._wanted(place)

    async def undo(self, _place: StepPlace) -> Outcome:
        """Take nothing back."""
        return passed("a decision stays on record")


async def _signed(place: StepPlace) -> list[ChainedFact]:
    every = await place.record.since_start(facts.BEGAN, facts.RESUMED, facts.APPROVED)
    actors = [each.fact.actor for each in every if each.fact.kind in (facts.BEGAN, facts.RESUMED)]
    return who_approved(place.plan, place.step.id, actors, every)
