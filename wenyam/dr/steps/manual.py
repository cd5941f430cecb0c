"""A step that people do by hand: the plan says what, and a named person says that it is done, or that it could not be."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from wenyam.dr.contract import StepPlace
from wenyam.dr.hearing import POLL_SECONDS, heard
from wenyam.i18n.clean_text import clean
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, not_tested, passed
from wenyam.settings.values import Line

_LONGEST = 300


class ManualConfig(BaseModel):
    """What somebody does by hand."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    text: Line = Field(min_length=1)
    """What is to be done, for whoever does it."""


class ManualStep:
    """Waits until `wenyam dr decide RUN STEP done` or `failed`."""

    Config: ClassVar[type[BaseModel]] = ManualConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._config: ManualConfig = config

    def describe(self) -> str:
        """Return what is to be done."""
        return f"By hand: {clean(self._config.text, _LONGEST)}"

    def unknown(self, _configuration: Configuration) -> tuple[str, ...]:
        """Name nothing."""
        return ()

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Tell who does it; that they are there was proven when the plan was read."""
        return passed(f"by hand, by {' or '.join(place.step.who) or 'whoever may run the plan'}")

    async def run(self, place: StepPlace) -> Outcome:
        """Wait until a person says what it came to."""
        place.say(f"{self.describe()}; then: wenyam dr decide {place.run} {place.step.id} done --reason …")
        while (outcome := await heard(place)) is None:
            await place.clock.sleep(POLL_SECONDS)
        return outcome

    async def was_done(self, _place: StepPlace) -> bool | None:
        """Say that only people know."""
        return None

    async def undo(self, _place: StepPlace) -> Outcome:
        """Tell that the plan must say by what it is taken back."""
        return not_tested("what was done by hand is taken back by hand; give the plan an undo with 'do: manual'")
