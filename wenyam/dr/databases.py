"""Databases as steps ask them: one question with one answer, or a session that may write."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

from wenyam.dr.attempts import left, step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import DatabaseOptions
from wenyam.i18n.clean_text import clean
from wenyam.links.sql import PORTS, Engine
from wenyam.links.sql_drivers.contract import Limits, Login, Parameter, Query
from wenyam.links.sql_sessions import MariadbSession, Session, mariadb_session, postgresql_session

ASK_SECONDS: Final = 15.0
"""Time for a login and a question."""
_VALUE: Final = 500


@dataclass(frozen=True, slots=True)
class Database:
    """A database in one attempt of a step."""

    place: StepPlace
    engine: Engine
    options: DatabaseOptions

    def login(self) -> Login:
        """Read the password just before it is used."""
        options, inventory = self.options, self.place.configuration.inventory
        credential = inventory.credentials[options.credential]
        return Login(
            address=options.over or inventory.devices[options.host].address,
            port=options.port or PORTS[self.engine],
            database=options.database or ("postgres" if self.engine == "postgresql" else "information_schema"),
            username=credential.settings.get("username", ""),
            password=self.place.links.secrets.of(credential, "password"),
            credential=credential.name,
            tls=options.tls,
            authority=options.authority,
        )

    async def value(self, text: str, *parameters: Parameter, seconds: float = ASK_SECONDS) -> object:
        """Return the first value of the first row, None when there is none; a CollectError when it cannot be asked."""
        allowed = left(self.place, seconds)
        asked = {"question": Query(text, parameters)}
        outcome = await self.place.links.sql.run(self.engine, self.login(), asked, Limits(allowed, allowed))
        result = outcome.results["question"]
        if result.failure is not None:
            raise result.failure
        return result.value

    async def ask(self, text: str, *parameters: Parameter, seconds: float = ASK_SECONDS) -> object:
        """Return the first value of the first row; StepError when it cannot be asked."""
        with step_errors():
            return await self.value(text, *parameters, seconds=seconds)

    @asynccontextmanager
    async def postgresql(self, seconds: float) -> AsyncIterator[Session]:
        """Log in to PostgreSQL for changing something, `seconds` for each statement; errors are StepErrors."""
        with step_errors():
            limits = Limits(left(self.place, ASK_SECONDS), left(self.place, seconds))
            async with postgresql_session(self.login(), limits, default_transaction_read_only="off") as session:
                yield session

    @asynccontextmanager
    async def mariadb(self, seconds: float) -> AsyncIterator[MariadbSession]:
        """Log in to MariaDB for changing something, `seconds` for each statement; errors are StepErrors."""
        with step_errors():
            limits = Limits(left(self.place, ASK_SECONDS), left(self.place, seconds))
            async with mariadb_session(self.login(), limits) as session:
                yield session


def as_text(value: object) -> str:
    """Write a value of a database as it is compared and kept: truth as true or false, nothing as empty."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return clean(value if isinstance(value, str | bytes) else str(value), _VALUE)


def require_value(value: object, expected: object) -> str:
    """Return the value as text; StepError when it is not what is expected, or empty where anything would do."""
    found = as_text(value)
    if expected is None and not found:
        raise StepError("the answer is empty")
    if expected is not None and found != as_text(expected):
        raise StepError(f"the answer is '{found}', expected is '{as_text(expected)}'")
    return found
