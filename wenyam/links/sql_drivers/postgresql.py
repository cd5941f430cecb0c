"""PostgreSQL by psycopg 3: asynchronous, every transaction read-only, every statement with a time limit set in the server."""

from collections.abc import Mapping

import psycopg
from psycopg import errors

from wenyam.errors import (
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    NoAnswerError,
)
from wenyam.links.sql_drivers.contract import Limits, Login, Now, Outcome, Query, Result

TLS_MODE = {"prefer": "prefer", "require": "require", "verify": "verify-full"}
_LOGIN_WORDS = ("authentication failed", "no pg_hba.conf entry", "is not permitted to log in", "no password supplied")
"""psycopg gives no SQLSTATE for a failed login, so the server's English words decide."""


async def run(login: Login, queries: Mapping[str, Query], limits: Limits, now: Now) -> Outcome:
    """Log in, run each query, log out; a CollectError when the login failed."""
    begun = now()
    connection = await connect(login, limits)
    took = now() - begun
    try:
        return Outcome(took, {name: await _result(connection, query, now) for name, query in queries.items()})
    finally:
        await connection.close()


async def connect(login: Login, limits: Limits, **settings: str) -> psycopg.AsyncConnection[tuple[object, ...]]:
    """Log in for reading only; `settings` are further server settings of the session. A CollectError when that failed."""
    milliseconds = max(1, round(limits.statement * 1000))
    all_settings = {"statement_timeout": str(milliseconds), "default_transaction_read_only": "on", **settings}
    try:
        return await psycopg.AsyncConnection.connect(
            host=login.address,
            port=login.port,
            dbname=login.database,
            user=login.username,
            password=login.password,
            sslmode=TLS_MODE[login.tls],
            sslrootcert=login.authority or ("system" if login.tls == "verify" else None),
            connect_timeout=max(2, round(limits.whole)),
            application_name="wenyam",
            passfile="/nonexistent",  # our own credential is the only one
            options=" ".join(f"-c {name}={value}" for name, value in all_settings.items()),
            autocommit=True,
        )
    except psycopg.Error as error:
        raise _login_failure(error, login) from None  # the cause's attributes hold the password


def _login_failure(error: psycopg.Error, login: Login) -> CollectError:
    words = str(error).partition("failed: ")[2] or str(error)
    lower = words.lower()
    if any(phrase in lower for phrase in _LOGIN_WORDS):
        return CredentialsRefusedError(f"credential '{login.credential}' at {login.at}")
    if isinstance(error, errors.ConnectionTimeout):
        return NoAnswerError(login.at)
    if "connection refused" in lower or "closed the connection" in lower or "reset by peer" in lower:
        return ConnectionRefusedByDeviceError(login.at)
    if "timeout" in lower or "no route" in lower or "unreachable" in lower:
        return NoAnswerError(login.at)
    return CollectError(f"{login.at}: {words.strip()}")


async def _result(connection: psycopg.AsyncConnection[tuple[object, ...]], query: Query, now: Now) -> Result:
    begun = now()
    try:
        async with connection.cursor() as cursor:
            # Streaming fetches one row and cancels the rest, however many there are.
            stream = cursor.stream(query.text.encode(), query.parameters or None)
            try:
                async for row in stream:
                    return Result(row[0] if row else None, now() - begun)
            finally:
                await stream.aclose()  # type: ignore[attr-defined]  # an asynchronous generator, declared as an iterator
    except errors.QueryCanceled as error:
        return Result(None, now() - begun, _failed(error, "took longer than its limit and was cancelled"))
    except psycopg.Error as error:
        return Result(None, now() - begun, _failed(error, error.diag.message_primary or type(error).__name__))
    return Result(None, now() - begun, rows=0)


def _failed(error: psycopg.Error, words: str) -> CommandFailedError:
    return CommandFailedError(f"{words} (SQLSTATE {error.sqlstate})" if error.sqlstate else words)
