"""A step that waits for the users: their representatives try the systems at the other site and sign, or confirm on paper."""

from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from wenyam.dr import facts
from wenyam.dr.contract import StepPlace
from wenyam.dr.hearing import POLL_SECONDS, since_last_end
from wenyam.i18n.clean_text import clean
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Person
from wenyam.model.recovery import Outcome, RecoveryPlan, failed, passed
from wenyam.nearest import did_you_mean
from wenyam.settings.values import Line

ROLE = "user_representative"
_LONGEST = 300


class UserTestConfig(BaseModel):
    """Who tries it, and what."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: Line = Field(default="", max_length=_LONGEST)
    """What is to be tried, in words."""
    representatives: tuple[str, ...] = ()
    """Persons; everybody with the role `user_representative` when absent."""
    needed: Annotated[int, Field(ge=1, le=50)] = 1
    """How many of them must call it complete."""


class UserTestStep:
    """Waits until enough representatives have called it complete; one who does not, fails it."""

    Config: ClassVar[type[BaseModel]] = UserTestConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    purpose: ClassVar[str] = "dr-user-test"

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._config: UserTestConfig = config

    def describe(self) -> str:
        """Return who tries what."""
        who = ", ".join(self._config.representatives) or "user representatives"
        return clean(f"Users test: {who}" + (f": {self._config.text}" if self._config.text else ""), _LONGEST)

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return the persons nobody knows, and a number that cannot be reached."""
        people = configuration.inventory.people
        found = [
            f"there is no person '{name}'{did_you_mean(name, people)}"
            for name in self._config.representatives
            if name not in people
        ]
        able = self._config.representatives or [name for name, person in people.items() if ROLE in person.roles]
        if len(able) < self._config.needed:
            found.append(f"{self._config.needed} must confirm, but there are only {len(able)} representatives")
        return tuple(found)

    def may_sign(self, person: Person, _plan: RecoveryPlan) -> str:
        """Say why a person may not confirm; empty when he may."""
        if self._config.representatives:
            named = ", ".join(self._config.representatives)
            return "" if person.id in self._config.representatives else f"{person.id} is none of those who test: {named}"
        return "" if ROLE in person.roles else f"{person.id} is no user representative (role {ROLE})"

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Prove that there are people who can test, and by what they confirm."""
        people = place.configuration.inventory.people
        able = [name for name, person in people.items() if not self.may_sign(person, place.plan) and name != place.actor]
        if len(able) < self._config.needed:
            return failed(f"{self._config.needed} must confirm, but only {len(able)} can: {', '.join(able) or 'nobody'}")
        ways = (f"{name} by signature" if people[name].keys else f"{name} on paper" for name in able)
        return passed(f"{self._config.needed} of: {', '.join(ways)}")

    async def run(self, place: StepPlace) -> Outcome:
        """Wait for those who test."""
        place.say(f"{self.describe()}; then: wenyam dr approve {place.run} {place.step.id} --text FILE")
        while True:
            said = await since_last_end(place, facts.SIGNED)
            outcome = self._judged(place, said)
            if outcome is not None:
                return outcome
            await place.clock.sleep(POLL_SECONDS)

    def _judged(self, place: StepPlace, said: Sequence[ChainedFact]) -> Outcome | None:
        bad = next((each.fact.body for each in said if not each.fact.body["complete"]), None)
        if bad is not None:
            return failed(f"{bad['person']} found it not complete: {bad['reason']}")
        good: dict[str, ChainedFact] = {}
        for each in said:
            good.setdefault(str(each.fact.body["person"]), each)
        if len(good) < self._config.needed:
            return None
        place.said[f"{place.step.id}.decided_at"] = list(good.values())[self._config.needed - 1].fact.at
        words = ", ".join(f"{name} ({each.fact.body['method']})" for name, each in good.items())
        return passed(f"complete, say {words}")

    async def was_done(self, place: StepPlace) -> bool | None:
        """Tell whether enough have said so."""
        return self._judged(place, await since_last_end(place, facts.SIGNED)) is not None

    async def undo(self, _place: StepPlace) -> Outcome:
        """Take nothing back."""
        return passed("what users said stays on record")
