"""Oracle by python-oracledb in thin mode, asynchronous. Not proven here: no Oracle server was at hand, only its errors were."""

from collections.abc import Mapping
from typing import Any

from wenyam.errors import (
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    MissingLibraryError,
    NoAnswerError,
)
from wenyam.links.sql_drivers.contract import Limits, Login, Now, Outcome, Query, Result

_REFUSED_LOGIN = ("ORA-01017", "ORA-28000", "ORA-28001", "ORA-01045", "ORA-01005")
"""Wrong password, locked, password expired, no right to log in, no password."""
_TOO_LONG = ("DPY-4024", "ORA-01013")


def _library() -> Any:
    try:
        import oracledb  # noqa: PLC0415  # an extra that few installations have
    except ImportError as error:
        raise MissingLibraryError("Oracle needs python-oracledb", hint="Install it: pip install 'wenyam[oracle]'.") from error
    return oracledb


async def run(login: Login, queries: Mapping[str, Query], limits: Limits, now: Now) -> Outcome:
    """Log in, run each query in a read-only transaction, log out; `login.database` is the service name."""
    oracledb = _library()
    begun = now()
    try:
        connection = await oracledb.connect_async(
            user=login.username,
            password=login.password,
            host=login.address,
            port=login.port,
            service_name=login.database,
            protocol="tcp" if login.tls == "prefer" else "tcps",
            ssl_server_dn_match=login.tls == "verify",
            tcp_connect_timeout=limits.whole,
            retry_count=0,
        )
    except oracledb.Error as error:
        raise _login_failure(error, login) from None  # the cause may hold connection parameters
    took = now() - begun
    try:
        connection.call_timeout = max(1, round(limits.statement * 1000))
        return Outcome(took, {name: await _result(oracledb, connection, query, now) for name, query in queries.items()})
    finally:
        await connection.close()


def _login_failure(error: Exception, login: Login) -> CollectError:
    words = str(error).splitlines()[0] if str(error) else type(error).__name__
    if any(code in words for code in _REFUSED_LOGIN):
        return CredentialsRefusedError(f"credential '{login.credential}' at {login.at}")
    lower = f"{error} {(error.__cause__ or error.__context__)!r}".lower()
    if "refused" in lower or "reset" in lower or "closed" in lower:
        return ConnectionRefusedByDeviceError(login.at)
    if "timed out" in lower or "timeout" in lower or "unreachable" in lower:
        return NoAnswerError(login.at)
    return CollectError(f"{login.at}: {words}")


async def _result(oracledb: Any, connection: Any, query: Query, now: Now) -> Result:
    begun = now()
    try:
        with connection.cursor() as cursor:
            cursor.arraysize = 1
            cursor.prefetchrows = 1
            await cursor.execute("SET TRANSACTION READ ONLY")
            await cursor.execute(query.text, list(query.parameters))
            row = await cursor.fetchone()
        await connection.rollback()
    except oracledb.Error as error:
        words = str(error).splitlines()[0]
        if any(code in words for code in _TOO_LONG):
            words = "took longer than its limit and was cancelled"
        return Result(None, now() - begun, CommandFailedError(words))
    if row is None:
        return Result(None, now() - begun, rows=0)
    return Result(row[0], now() - begun)
