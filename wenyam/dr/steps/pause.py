"""A step that waits: for a length of time, or until a person says go on."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field

from wenyam.dr.contract import StepPlace
from wenyam.dr.hearing import POLL_SECONDS, first_begun, heard, heard_instead
from wenyam.model import durations
from wenyam.model.instance import Configuration
from wenyam.model.instants import after, to_iso
from wenyam.model.recovery import Outcome, passed
from wenyam.settings.values import Duration


class PauseConfig(BaseModel):
    """How long the plan stands still."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    length: Duration | None = Field(default=None, alias="for")
    """How long; until somebody decides `done` when absent."""


class PauseStep:
    """Stands still."""

    Config: ClassVar[type[BaseModel]] = PauseConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._length: float | None = config.length

    def describe(self) -> str:
        """Return how long it stands still."""
        return "Pause until somebody says go on" if self._length is None else f"Pause for {durations.write(self._length)}"

    def unknown(self, _configuration: Configuration) -> tuple[str, ...]:
        """Name nothing."""
        return ()

    async def rehearse(self, _place: StepPlace) -> Outcome:
        """Need nothing."""
        return passed("nothing is needed to wait")

    async def run(self, place: StepPlace) -> Outcome:
        """Wait for what is left of the time, counted from the first beginning; a person may cut it short."""
        end = None if self._length is None else after(await first_begun(place), self._length)
        if end is None:
            place.say(f"to go on: wenyam dr decide {place.run} {place.step.id} done --reason …")
        while end is None or place.clock.now() < end:
            outcome = await (heard(place) if end is None else heard_instead(place, f"it was to wait until {to_iso(end)}"))
            if outcome is not None:
                return outcome
            left = POLL_SECONDS if end is None else (end - place.clock.now()) / 1000
            await place.clock.sleep(max(0.01, min(POLL_SECONDS, left)))
        return passed(f"waited {durations.write(self._length or 0.0)}")

    async def was_done(self, _place: StepPlace) -> bool | None:
        """Tell that waiting leaves nothing behind."""
        return False

    async def undo(self, _place: StepPlace) -> Outcome:
        """Take nothing back."""
        return passed("waiting leaves nothing to take back")
