"""Compares the rows of two sites by their keys: what the site that users left had and the other never got is lost."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Final, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text
from wenyam.dr.options import DatabaseOptions, StepOptions
from wenyam.links.sql_sessions import Session
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Outcome, passed
from wenyam.settings.values import Line

ROWS_LOST: Final = "rows_lost"
"""What it leaves for the figures of the run."""
_SECONDS: Final = 60.0
_SHOWN: Final = 1000
"""Keys that are kept as evidence; the number is always whole."""


def _reads_only(text: str) -> str:
    if not text.lower().startswith(("select ", "with ")) or ";" in text:
        raise ValueError("must be one statement that begins with SELECT or WITH")
    return text


class CompareRowsOptions(StepOptions):
    """Two databases, and the question whose rows are the keys."""

    engine: Literal["postgresql", "mariadb"]
    """Which kind of database both are."""
    was: DatabaseOptions
    """Where users wrote before: the database whose rows the other should have."""
    now: DatabaseOptions
    """Where they write now."""
    text: Annotated[Line, AfterValidator(_reads_only)]
    """One statement with one column: the key of every row, such as `SELECT number FROM letters`."""
    at_most: Annotated[int, Field(ge=1, le=10_000_000)] = 1_000_000
    """More rows than that are not compared; ask for the newest ones only."""

    @model_validator(mode="after")
    def _two(self) -> Self:
        if (self.was.host, self.was.over, self.was.port) == (self.now.host, self.now.over, self.now.port):
            raise ValueError("'was' and 'now' are the same server")
        return self


class CompareRowsStep:
    """Counts and names the rows that are lost."""

    Config: ClassVar[type[CompareRowsOptions]] = CompareRowsOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: CompareRowsOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is compared."""
        config = self._config
        return f"compare the rows of {config.was.host} with those of {config.now.host} ({config.engine}): {config.text}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return (*self._config.was.unknown(configuration), *self._config.now.unknown(configuration))

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Compare, since that changes nothing; what is found is not judged."""
        was, now = await self._both(place)
        return passed(f"{len(was)} rows of {self._config.was.host} can be compared with {len(now)} of {self._config.now.host}")

    async def run(self, place: StepPlace) -> Outcome:
        """Compare, and leave the number of lost rows for the figures of the run."""
        was, now = await self._both(place)
        here, there = set(was), set(now)
        lost, newer = [key for key in was if key not in there], sum(key not in here for key in now)
        place.said[f"{place.step.id}.{ROWS_LOST}"] = len(lost)
        config = self._config
        words = (
            f"{len(lost)} of {len(was)} rows of {config.was.host} never reached {config.now.host}, which has {newer} newer ones"
        )
        shown = [*lost[:_SHOWN], *([f"… and {len(lost) - _SHOWN} more"] if len(lost) > _SHOWN else [])]
        return passed(words, lost="\n".join(shown) or "none")

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # comparing twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    async def _both(self, place: StepPlace) -> tuple[list[str], list[str]]:
        """Ask the old site first: what is written in between makes the new one look richer, never poorer."""
        was, now = await self._keys(place, self._config.was), await self._keys(place, self._config.now)
        host = self._config.was.host
        if not was:
            raise StepError(f"the question finds no row on {host}, so nothing was compared", hint="Is it the right database?")
        if len(set(was)) < len(was):
            raise StepError(f"the question gives one value for several rows of {host}, so it is no key", hint="Ask for the key.")
        return was, now

    async def _keys(self, place: StepPlace, options: DatabaseOptions) -> list[str]:
        database = Database(place, self._config.engine, options)
        opened = database.postgresql if self._config.engine == "postgresql" else database.mariadb
        async with opened(_SECONDS) as session:
            return self._checked(options, await self._asked(session))

    async def _asked(self, session: Session) -> Sequence[Sequence[object]]:
        await session.rows("START TRANSACTION READ ONLY")
        # A subquery needs a name; the limit is one more than allowed, so that too many are noticed and never read.
        return await session.rows(f"SELECT * FROM ({self._config.text}) AS keys_of_rows LIMIT {self._config.at_most + 1}")  # noqa: S608  # the plan's own text

    def _checked(self, options: DatabaseOptions, rows: Sequence[Sequence[object]]) -> list[str]:
        if len(rows) > self._config.at_most:
            raise StepError(
                f"{options.host} has more than {self._config.at_most} rows",
                hint="Ask for the newest ones only, or raise 'at_most'.",
            )
        if any(len(row) != 1 for row in rows):
            raise StepError("the question gives more than one column; ask for the key alone")
        return [as_text(row[0]) for row in rows]
