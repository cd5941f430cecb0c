"""Database sessions that stay open for many statements: a consistent view of everything while a dump is made."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any, Protocol

import psycopg
import pymysql

from wenyam.errors import CommandFailedError, NoAnswerError
from wenyam.links.sql_drivers import mariadb, postgresql
from wenyam.links.sql_drivers.contract import Limits, Login, Parameter
from wenyam.links.threads import ThreadPool

Rows = list[tuple[Any, ...]]


class Session(Protocol):
    """One login."""

    async def rows(self, text: str, *parameters: Parameter) -> Rows:
        """Run one statement and return all its rows, none for a statement that has no result.

        Parameters are bound to %s. CommandFailedError with the server's words, NoAnswerError when the login's limit is over.
        """


class PostgresqlSession:
    """A session of PostgreSQL."""

    def __init__(self, connection: psycopg.AsyncConnection[tuple[object, ...]], login: Login, seconds: float) -> None:
        """Take an open connection and how long a statement may take."""
        self._connection = connection
        self._login = login
        self._seconds = seconds

    async def rows(self, text: str, *parameters: Parameter) -> Rows:
        """Run one statement; a failed one ends the transaction it was in."""
        try:
            async with asyncio.timeout(self._seconds), self._connection.cursor() as cursor:
                await cursor.execute(text.encode(), parameters or None)
                return await cursor.fetchall() if cursor.description else []
        except TimeoutError as error:
            raise NoAnswerError(f"{self._login.at} within {self._seconds:.3g} s") from error
        except psycopg.Error as error:
            words = error.diag.message_primary or str(error).strip() or type(error).__name__
            raise CommandFailedError(f"{self._login.at}: {words} (SQLSTATE {error.sqlstate or 'none'})") from error


class MariadbSession:
    """A session of MariaDB or MySQL; its blocking library works in a thread of its own."""

    def __init__(self, connection: Any, login: Login, seconds: float, threads: ThreadPool) -> None:
        """Take an open connection, how long a statement may take, and the one thread that uses it."""
        self._connection = connection
        self._login = login
        self._seconds = seconds
        self._threads = threads

    async def rows(self, text: str, *parameters: Parameter) -> Rows:
        """Run one statement."""
        return (await self._answer(text, parameters))[1]

    async def named_rows(self, text: str) -> list[dict[str, Any]]:
        """Run one statement and return its rows by column, for answers whose columns differ between versions."""
        columns, found = await self._answer(text, ())
        return [dict(zip(columns, row, strict=True)) for row in found]

    async def _answer(self, text: str, parameters: tuple[Parameter, ...]) -> tuple[list[str], Rows]:
        try:
            return await self._threads.run(partial(self._run, text, parameters), self._seconds)
        except TimeoutError as error:
            raise NoAnswerError(f"{self._login.at} within {self._seconds:.3g} s") from error
        except pymysql.Error as error:
            raise CommandFailedError(f"{self._login.at}: {error.args[-1] if error.args else error}") from error

    def _run(self, text: str, parameters: tuple[Parameter, ...]) -> tuple[list[str], Rows]:
        with self._connection.cursor() as cursor:
            cursor.execute(text, parameters or None)
            if not cursor.description:
                return [], []
            return [column[0] for column in cursor.description], list(cursor.fetchall())


@contextlib.asynccontextmanager
async def postgresql_session(login: Login, limits: Limits, **settings: str) -> AsyncIterator[Session]:
    """Log in to PostgreSQL for reading; `login.address` may be the directory of a Unix socket. A CollectError when that fails."""
    try:
        async with asyncio.timeout(limits.whole):
            connection = await postgresql.connect(login, limits, **settings)
    except TimeoutError as error:
        raise NoAnswerError(f"{login.at} within {limits.whole:.3g} s") from error
    try:
        yield PostgresqlSession(connection, login, limits.statement)
    finally:
        await connection.close()


@contextlib.asynccontextmanager
async def mariadb_session(login: Login, limits: Limits) -> AsyncIterator[MariadbSession]:
    """Log in to MariaDB or MySQL; `login.address` may be the path of a Unix socket. A CollectError when that fails."""
    threads = ThreadPool("wenyam-mariadb-session", 1)
    connect: Callable[[], Any] = partial(mariadb.connect, login, Limits(limits.statement, limits.statement))
    try:
        connection = await threads.run(connect, limits.whole)
    except TimeoutError as error:
        threads.close()
        raise NoAnswerError(f"{login.at} within {limits.whole:.3g} s") from error
    except BaseException:
        threads.close()
        raise
    try:
        yield MariadbSession(connection, login, limits.statement, threads)
    finally:
        connection._force_close()  # noqa: SLF001  # close() would wait for a server that may be silent
        threads.close()
