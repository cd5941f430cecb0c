"""A step that waits until a moment, or until another action shows that something holds: a replica has caught up."""

from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict, Field, PrivateAttr, ValidationInfo, model_validator

from wenyam.dr.attempt import kind_of
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.hearing import POLL_SECONDS, heard_instead
from wenyam.dr.inner_options import options_of
from wenyam.errors import WenyamError
from wenyam.model import durations
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.instants import to_iso
from wenyam.model.recovery import Action, Outcome, failed, passed
from wenyam.settings.values import Duration, Moment, Name


class WaitUntilConfig(BaseModel):
    """What is waited for."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, populate_by_name=True)

    at: Moment | None = None
    """A moment with its zone, or …"""
    do: Name | None = None
    """… a kind of step that changes nothing, asked again and again until it passes."""
    with_: dict[str, Any] = Field(default_factory=dict, alias="with")
    """Its options."""
    every: Duration = 5.0
    """Time between two questions."""
    within: Duration = 3600.0
    """How long it may take to hold; then the step has failed."""
    _action: Action | None = PrivateAttr(default=None)

    @model_validator(mode="after")
    def _one_of_both(self, info: ValidationInfo) -> "WaitUntilConfig":
        if (self.at is None) == (self.do is None):
            raise ValueError("either 'at' with a moment, or 'do' with a question")
        if self.do is not None:
            self._action = Action(self.do, options_of(self.do, self.with_, info.context, unchanging=True))
        return self

    @property
    def action(self) -> Action | None:
        """The question that is asked."""
        return self._action


class WaitUntilStep:
    """Waits for a moment or a condition."""

    Config: ClassVar[type[BaseModel]] = WaitUntilConfig
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        self._config: WaitUntilConfig = config

    def describe(self) -> str:
        """Return what is waited for."""
        if self._config.at is not None:
            return f"Wait until {to_iso(self._config.at)}"
        return f"Wait until this passes: {self._question.describe()}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return what the question names and nobody knows."""
        return () if self._config.at is not None else self._question.unknown(configuration)

    @property
    def _question(self) -> Any:
        if self._config.action is None:
            raise StepError("it waits for a moment, not for an answer")
        return kind_of(self._config.action)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Prove that the question could be asked."""
        if self._config.at is not None:
            return passed(f"will wait until {to_iso(self._config.at)}")
        outcome: Outcome = await self._question.rehearse(place)
        return outcome

    async def run(self, place: StepPlace) -> Outcome:
        """Wait; a person may say that it holds."""
        return await (self._until_moment(place) if self._config.at is not None else self._until_pass(place))

    async def _until_moment(self, place: StepPlace) -> Outcome:
        moment = self._config.at or place.clock.now()
        while place.clock.now() < moment:
            outcome = await heard_instead(place, f"it was {to_iso(place.clock.now())}, not yet {to_iso(moment)}")
            if outcome is not None:
                return outcome
            await place.clock.sleep(max(0.01, min(POLL_SECONDS, (moment - place.clock.now()) / 1000)))
        return passed(f"it is {to_iso(moment)}")

    async def _until_pass(self, place: StepPlace) -> Outcome:
        end = place.clock.monotonic() + self._config.within
        while True:
            last = await self._asked(place)
            told = last if last.verdict is Verdict.PASS else await heard_instead(place, last.summary)
            if told is not None:
                return told
            if place.clock.monotonic() + self._config.every > end:
                limit = durations.write(self._config.within)
                return failed(f"still not so after {limit}: {last.summary}", **last.evidence)
            await place.clock.sleep(self._config.every)

    async def _asked(self, place: StepPlace) -> Outcome:
        """Ask once; what cannot be asked now may be asked later."""
        try:
            outcome: Outcome = await self._question.run(place)
        except WenyamError as error:
            return failed(str(error))
        return outcome

    async def was_done(self, _place: StepPlace) -> bool | None:
        """Tell that waiting leaves nothing behind."""
        return False

    async def undo(self, _place: StepPlace) -> Outcome:
        """Take nothing back."""
        return passed("waiting leaves nothing to take back")
