"""Database logins with queries: picks the driver, keeps the outer deadline, bounds the threads of blocking drivers."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Final, Literal

from wenyam.clock import Clock
from wenyam.errors import NoAnswerError
from wenyam.links.sockets import resolve
from wenyam.links.sql_drivers.contract import Limits, Login, Outcome, Query
from wenyam.links.threads import ThreadPool

Engine = Literal["postgresql", "mariadb", "mysql", "oracle", "mssql"]
PORTS: Final[Mapping[str, int]] = {"postgresql": 5432, "mariadb": 3306, "mysql": 3306, "oracle": 1521, "mssql": 1433}

_THREADS: Final = 16
_GRACE: Final = 0.9
"""Share of the time that the driver gets, so that it can still log out and close."""


class SqlRunner:
    """Logs in anew for every reading, because whether a login works is half of the question."""

    def __init__(self, clock: Clock) -> None:
        """Take the clock; opens nothing."""
        self._clock = clock
        self._threads = ThreadPool("wenyam-sql", _THREADS)

    async def run(self, engine: Engine, login: Login, queries: Mapping[str, Query], limits: Limits) -> Outcome:
        """Run the queries within `limits`; a CollectError when the login fails or everything hangs."""
        driver = self._driver(engine)
        inner = Limits(limits.whole * _GRACE, min(limits.statement, limits.whole * _GRACE))
        try:
            async with asyncio.timeout(limits.whole):
                await resolve(login.address, login.port, limits.whole)  # each driver words an unknown name in its own way
                return await driver(login, queries, inner)
        except TimeoutError as error:
            raise NoAnswerError(f"{login.at} within {limits.whole:.3g} s") from error

    async def close(self) -> None:
        """Take no more work."""
        self._threads.close()

    def _driver(self, engine: Engine) -> Callable[[Login, Mapping[str, Query], Limits], Awaitable[Outcome]]:
        now = self._clock.monotonic
        if engine == "postgresql":
            from wenyam.links.sql_drivers import postgresql  # noqa: PLC0415  # loaded only by those who ask PostgreSQL

            return partial(postgresql.run, now=now)
        if engine == "oracle":
            from wenyam.links.sql_drivers import oracle  # noqa: PLC0415  # an extra

            return partial(oracle.run, now=now)
        return partial(self._in_thread, engine)

    async def _in_thread(self, engine: Engine, login: Login, queries: Mapping[str, Query], limits: Limits) -> Outcome:
        if engine == "mssql":
            from wenyam.links.sql_drivers import mssql  # noqa: PLC0415  # an extra

            return await self._threads.run(
                partial(mssql.run, login, queries, limits, self._clock.monotonic), limits.whole / _GRACE
            )
        from wenyam.links.sql_drivers import mariadb  # noqa: PLC0415  # loaded only by those who ask MariaDB

        return await self._threads.run(partial(mariadb.run, login, queries, limits, self._clock.monotonic), limits.whole / _GRACE)
