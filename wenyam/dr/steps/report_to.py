"""A step that reports to superiors with cause and action (procedure สงบข.-06, step 2)."""

from collections.abc import Sequence
from typing import Any, ClassVar

from pydantic import BaseModel

from wenyam.dr import facts
from wenyam.dr.contract import StepPlace
from wenyam.dr.telling import TellConfig, TellStep
from wenyam.i18n.clean_text import clean
from wenyam.i18n.translate import translator
from wenyam.model.recovery import Outcome
from wenyam.settings.values import Line

_LINE = 500


class ReportToConfig(TellConfig):
    """Who is told, by what, and what; the cause is the reason that whoever began the run gave."""

    action: Line = ""
    """What is being done about it."""


class ReportToStep(TellStep):
    """Tells the superiors, or whom the plan names: the cause and what is done about it."""

    Config: ClassVar[type[BaseModel]] = ReportToConfig
    usual: ClassVar[tuple[str, ...]] = ("role:superior",)
    verb: ClassVar[str] = "Report to"

    def __init__(self, config: Any) -> None:
        """Take validated options."""
        super().__init__(config)
        self._action: str = config.action
        self._cause = ""

    async def run(self, place: StepPlace) -> Outcome:
        """Read the cause from the run's own record, then tell."""
        found = await place.record.since_start(facts.BEGAN)
        self._cause = str(found[0].fact.body.get("reason") or "") if found else ""
        return await super().run(place)

    def more(self, place: StepPlace, language: str) -> Sequence[str]:
        """Add cause and action."""
        say = translator(language)
        action = self._action or place.plan.title
        cause = [say("Cause: {cause}").format(cause=clean(self._cause, _LINE))] if self._cause else []
        return [*cause, say("Action: {action}").format(action=clean(action, _LINE))]
