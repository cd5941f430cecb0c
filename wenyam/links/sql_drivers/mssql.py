"""Microsoft SQL Server by python-tds, in a thread. Not proven here: no SQL Server was at hand, only its errors were."""

import socket
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

_REFUSED_LOGIN = (18456, 18452, 18470, 18486, 18487, 18488, 4060)
"""Login failed, untrusted, disabled, locked, password expired, must change, database refused."""


def _library() -> Any:
    try:
        import pytds  # noqa: PLC0415  # an extra that few installations have
    except ImportError as error:
        raise MissingLibraryError("SQL Server needs python-tds", hint="Install it: pip install 'wenyam[mssql]'.") from error
    return pytds


def run(login: Login, queries: Mapping[str, Query], limits: Limits, now: Now) -> Outcome:
    """Log in, run each query in a transaction that is rolled back, log out; blocks, so call it in a thread."""
    pytds = _library()
    begun = now()
    try:
        # The library would try a refused port again and again, so the connection is ours.
        opened = socket.create_connection((login.address, login.port), timeout=limits.whole)
        connection = pytds.connect(
            sock=opened,
            dsn=login.address,
            port=login.port,
            database=login.database,
            user=login.username,
            password=login.password,
            login_timeout=limits.whole,
            timeout=limits.statement,
            readonly=True,
            appname="wenyam",
            autocommit=False,
            disable_connect_retry=True,
            cafile=login.authority if login.tls == "verify" else None,
        )
    except (pytds.Error, OSError) as error:
        raise _login_failure(error, login) from None  # the cause may hold the login packet
    took = now() - begun
    try:
        return Outcome(took, {name: _result(pytds, connection, query, now) for name, query in queries.items()})
    finally:
        connection.close()


def _login_failure(error: Exception, login: Login) -> CollectError:
    lower = str(error).lower()
    if getattr(error, "msg_no", None) in _REFUSED_LOGIN or type(error).__name__ == "LoginError":
        return CredentialsRefusedError(f"credential '{login.credential}' at {login.at}")
    if isinstance(error, TimeoutError) or "timed out" in lower or "timeout" in lower or "unreachable" in lower:
        return NoAnswerError(login.at)
    if isinstance(error, OSError) or "refused" in lower or "closed" in lower:
        return ConnectionRefusedByDeviceError(login.at)
    return CollectError(f"{login.at}: {error}")


def _result(pytds: Any, connection: Any, query: Query, now: Now) -> Result:
    begun = now()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SET ROWCOUNT 1")
            cursor.execute(query.text, query.parameters)
            row = cursor.fetchone()
        connection.rollback()
    except TimeoutError:
        return Result(None, now() - begun, CommandFailedError("took longer than its limit and was given up"))
    except pytds.Error as error:
        return Result(None, now() - begun, CommandFailedError(str(error)))
    if row is None:
        return Result(None, now() - begun, rows=0)
    return Result(row[0], now() - begun)
