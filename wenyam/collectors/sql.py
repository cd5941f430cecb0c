"""SQL: does a database let us in, how fast, and what do a few queries say."""

import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, Field

from wenyam.collectors.contract import Context, Target
from wenyam.collectors.options import Options, Port, Seconds
from wenyam.collectors.readings import ReadingBuilder, budget
from wenyam.errors import CommandFailedError, SecretError
from wenyam.links.sql import PORTS, Engine
from wenyam.links.sql_drivers.contract import Limits, Login, Outcome, Parameter, Query, Result, Tls
from wenyam.links.tcp import connect_seconds
from wenyam.model.samples import Reading

_SAMPLES = ("sql_query_value", "sql_query_seconds")
_READS = re.compile(r"\s*(select|with|values|show)\b", re.IGNORECASE)


def _reads_only(text: str) -> str:
    if not _READS.match(text):
        raise ValueError("must begin with SELECT, WITH, VALUES or SHOW")
    return text


class QueryOptions(Options):
    """One query that reads one number or truth value."""

    text: Annotated[str, AfterValidator(_reads_only)]
    parameters: tuple[Parameter, ...] = ()
    """Bound to the placeholders of `text` (%s; in Oracle :1, :2 …)."""


class SqlOptions(Options):
    """Which database, and what to ask it."""

    engine: Engine
    database: str
    """Name of the database; in Oracle the service name."""
    port: Port | None = None
    """The engine's usual port when not given."""
    queries: Annotated[dict[str, QueryOptions], Field(max_length=50)] = Field(default_factory=dict)
    statement_timeout: Seconds = 10.0
    """Seconds for each query."""
    tls: Tls = "prefer"
    authority: str | None = None
    """File of the authorities to trust instead of the system's, for `tls: verify`."""


class SqlCollector:
    """Reads `sql_connect_seconds`, and `sql_query_value` and `sql_query_seconds` of each query."""

    Config: ClassVar[type[SqlOptions]] = SqlOptions

    def __init__(self, config: SqlOptions) -> None:
        """Take validated options."""
        self._config = config
        self._queries = {name: Query(query.text, query.parameters) for name, query in config.queries.items()}
        self._port = config.port or PORTS[config.engine]

    async def collect(self, target: Target, context: Context) -> Reading:
        """Log in and ask; CredentialsRefusedError or another CollectError when the login fails, a failure per query that does."""
        outcome = await self._run(target, context, self._queries)
        reading = ReadingBuilder(context.memory)
        reading.add("sql_connect_seconds", outcome.connect_seconds)
        for name, result in outcome.results.items():
            _add(reading, name, result)
        return reading.build()

    async def probe(self, target: Target, context: Context) -> float:
        """Log in and ask nothing; without a credential only connect.

        MySQL and MariaDB block a client after 100 connections without a login (max_connect_errors), so give them a credential.
        """
        if context.credential is None:
            return await connect_seconds(context.clock, target.address, self._port, budget(context))
        return (await self._run(target, context, {})).connect_seconds

    async def _run(self, target: Target, context: Context, queries: dict[str, Query]) -> Outcome:
        credential = context.credential
        if credential is None:
            raise SecretError("sql needs a credential of kind sql", hint="Name one under 'credentials' of the device or service.")
        options = self._config
        login = Login(
            address=target.address,
            port=self._port,
            database=options.database,
            username=credential.settings.get("username", ""),
            password=context.links.secrets.of(credential, "password"),
            credential=credential.name,
            tls=options.tls,
            authority=options.authority,
        )
        limits = Limits(budget(context), options.statement_timeout)
        return await context.links.sql.run(options.engine, login, queries, limits)


def _add(reading: ReadingBuilder, name: str, result: Result) -> None:
    if result.failure is not None:
        reading.failed(CommandFailedError(f"query '{name}': {result.failure.what}", hint=result.failure.advice), _SAMPLES)
        return
    reading.add("sql_query_seconds", result.seconds, name)
    value = _number(result.value)
    if value is None:
        what = "brought no row" if result.rows == 0 else f"brought {_kind(result.value)}, not a number or a truth value"
        reading.failed(CommandFailedError(f"query '{name}' {what}"), _SAMPLES[:1])
    reading.add("sql_query_value", value, name)


def _number(value: Any) -> float | None:
    """Read a number or truth value; text is refused, even text that looks like one, and NULL is never 0."""
    if isinstance(value, bool | int | float | Decimal):
        return float(value)
    return None


def _kind(value: object) -> str:
    return "NULL" if value is None else "text" if isinstance(value, str | bytes) else f"a {type(value).__name__}"
