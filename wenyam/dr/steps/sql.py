"""A question to a database, and the answer that proves what the plan says; it changes nothing."""

from typing import ClassVar

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text, require_value
from wenyam.dr.options import QuestionOptions
from wenyam.dr.positions import NEWEST_DATA
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.recovery import Outcome, passed


class SqlOptions(QuestionOptions):
    """A question whose answer may be a measure."""

    newest_data: bool = False
    """The answer is the Unix time, in seconds, of the newest data found there: data loss is counted from it."""


class SqlStep:
    """Asks one question."""

    Config: ClassVar[type[SqlOptions]] = SqlOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: SqlOptions) -> None:
        """Take validated options."""
        self._config = config

    @property
    def shows_newest_data(self) -> bool:
        """Tell whether it measures how new the data is."""
        return self._config.newest_data

    def describe(self) -> str:
        """Say what is asked where."""
        wanted = "an answer" if self._config.expect is None else f"the answer '{as_text(self._config.expect)}'"
        return f"ask {self._config.engine} on {self._config.host} for {wanted}: {self._config.text}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Log in and ask, since that changes nothing; which answer comes is not judged before the real run."""
        found = as_text(await self._ask(place))
        return passed(f"{self._config.engine} on {self._config.host} can be asked; now the answer is '{found}'", answer=found)

    async def run(self, place: StepPlace) -> Outcome:
        """Ask; StepError when the answer is another one than expected."""
        found = require_value(await self._ask(place), self._config.expect)
        if self._config.newest_data:
            place.said[f"{place.step.id}.{NEWEST_DATA}"] = _instant(found, self._config)
        return passed(
            f"{self._config.engine} on {self._config.host} answered '{found}'", question=self._config.text, answer=found
        )

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # asking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    async def _ask(self, place: StepPlace) -> object:
        config = self._config
        return await Database(place, config.engine, config).ask(config.text, *config.parameters)


def _instant(found: str, config: SqlOptions) -> Instant:
    try:
        return Instant(round(float(found) * MILLISECONDS))
    except (ValueError, OverflowError) as error:
        raise StepError(f"'{found}' is no Unix time; {config.engine} on {config.host} answered it to: {config.text}") from error
