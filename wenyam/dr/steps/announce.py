"""A step that announces to the users what has come of it (procedure สงบข.-06, step 5), also on the status page."""

from typing import Any, ClassVar

from pydantic import BaseModel

from wenyam.dr.contract import StepPlace
from wenyam.dr.telling import TellConfig, TellStep
from wenyam.incidents import announcements
from wenyam.model.backup import DAY, Verdict
from wenyam.model.instants import after
from wenyam.model.inventory import Text
from wenyam.model.recovery import Outcome, passed
from wenyam.settings.values import Duration


class AnnounceConfig(TellConfig):
    """Who is told, by what, and what."""

    shown: Duration = DAY
    """How long it stands on the status page after a real move; a drill is not announced there."""


class AnnounceStep(TellStep):
    """Tells the user representatives, or whom the plan names; after a real move the status page shows it too."""

    Config: ClassVar[type[BaseModel]] = AnnounceConfig
    usual: ClassVar[tuple[str, ...]] = ("role:user_representative",)
    verb: ClassVar[str] = "Announce to"

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        super().__init__(config)
        self._shown: float = config.shown

    async def run(self, place: StepPlace) -> Outcome:
        """Tell, then put it on record for the status page; the name makes a second time the same announcement."""
        outcome = await super().run(place)
        if place.mode.is_real and outcome.verdict is Verdict.PASS:
            now, services = place.clock.now(), place.plan.services
            fact = announcements.announced(
                _name(place), now, place.actor, self._words(place), after(now, self._shown), services=services
            )
            await place.record.add(fact)
        return outcome

    async def undo(self, place: StepPlace) -> Outcome:
        """Take it from the status page; what people have read stays read."""
        if place.mode.is_real:
            await place.record.add(
                announcements.withdrawn(_name(place), place.clock.now(), place.actor, f"{place.run} was taken back")
            )
        return passed("what was announced is taken back where it was shown")

    def _words(self, place: StepPlace) -> Text:
        text = self._config.text
        title = place.plan.title
        return Text(title, title) if text is None else Text(text.th or "", text.en or "")


def _name(place: StepPlace) -> str:
    return f"dr-{place.run}-{place.step.id}"
