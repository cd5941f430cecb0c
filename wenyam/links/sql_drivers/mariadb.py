"""MariaDB and MySQL by PyMySQL, in a thread: read-only session, one row a query, statement limit in the server."""

import socket
import ssl
from collections.abc import Mapping
from typing import Any

import pymysql
from pymysql.constants import CR, ER

from wenyam.errors import (
    CollectError,
    CommandFailedError,
    ConnectionRefusedByDeviceError,
    CredentialsRefusedError,
    NoAnswerError,
)
from wenyam.links.sql_drivers.contract import Limits, Login, Now, Outcome, Query, Result
from wenyam.links.tls import client_context

_REFUSED_LOGIN = (ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR, 1698, 3118, 4151)
"""1698 access denied without password, 3118 and 4151 account locked (MySQL, MariaDB)."""
_STATEMENT_TOO_LONG = (1969, 3024)
"""MariaDB's max_statement_time and MySQL's max_execution_time."""


def run(login: Login, queries: Mapping[str, Query], limits: Limits, now: Now) -> Outcome:
    """Log in, run each query, log out; blocks, so call it in a thread. A CollectError when the login failed."""
    begun = now()
    connection = connect(login, limits)
    took = now() - begun
    try:
        _restrict(connection, limits)
        return Outcome(took, {name: _result(connection, query, now) for name, query in queries.items()})
    except pymysql.Error as error:
        raise _login_failure(error, login) from error
    finally:
        connection.close()


def connect(login: Login, limits: Limits) -> Any:
    """Log in; `login.address` may be the path of a Unix socket. A CollectError when that failed."""
    seconds = max(1, round(limits.whole))
    local = _local_socket(login, limits) if login.address.startswith("/") else None
    try:
        connection = pymysql.connect(
            host=None if local else login.address,
            port=login.port,
            user=login.username,
            password=login.password,
            database=login.database or None,
            connect_timeout=seconds,
            read_timeout=seconds,
            write_timeout=seconds,
            charset="utf8mb4",
            autocommit=True,
            program_name="wenyam",
            ssl=_context(login),
            defer_connect=local is not None,
        )
        if local is not None:
            connection.connect(local)
    except pymysql.Error as error:
        if local is not None:
            local.close()
        raise _login_failure(error, login) from error
    return connection


def _local_socket(login: Login, limits: Limits) -> socket.socket:
    """Connect to a Unix socket; PyMySQL itself would leave one open that refuses."""
    opened = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        opened.settimeout(limits.whole)
        opened.connect(login.address)
    except OSError as error:
        opened.close()
        raise ConnectionRefusedByDeviceError(login.at) from error
    return opened


def _context(login: Login) -> ssl.SSLContext | None:
    if login.tls == "prefer":
        return None
    return client_context(login.authority, verify=login.tls == "verify")


def _restrict(connection: Any, limits: Limits) -> None:
    """Let the session only read, one row at most, for a limited time.

    A READ ONLY transaction would not do: a CREATE or DROP ends it silently and is done. The session's mode refuses both.
    """
    is_mariadb = "mariadb" in connection.get_server_info().lower()
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION TRANSACTION READ ONLY")
        cursor.execute("SET SESSION sql_select_limit = 1")
        if is_mariadb:
            cursor.execute("SET SESSION max_statement_time = %s", (limits.statement,))
        else:
            cursor.execute("SET SESSION max_execution_time = %s", (max(1, round(limits.statement * 1000)),))


def _login_failure(error: pymysql.Error, login: Login) -> CollectError:
    number, words = _parts(error)
    if number in _REFUSED_LOGIN:
        return CredentialsRefusedError(f"credential '{login.credential}' at {login.at}")
    if number in (CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_LOST, CR.CR_SERVER_GONE_ERROR):
        silent = "timed out" in words or "unreachable" in words
        return (NoAnswerError if silent else ConnectionRefusedByDeviceError)(login.at)
    return CollectError(f"{login.at}: {words}")


def _result(connection: Any, query: Query, now: Now) -> Result:
    begun = now()
    try:
        with connection.cursor() as cursor:
            cursor.execute(query.text, query.parameters or None)
            row = cursor.fetchone()
    except pymysql.Error as error:
        number, words = _parts(error)
        if number in _STATEMENT_TOO_LONG:
            words = "took longer than its limit and was cancelled"
        return Result(None, now() - begun, CommandFailedError(f"{words} (error {number})"))
    if row is None:
        return Result(None, now() - begun, rows=0)
    return Result(row[0], now() - begun)


def _parts(error: pymysql.Error) -> tuple[int, str]:
    number = error.args[0] if error.args and isinstance(error.args[0], int) else 0
    return number, str(error.args[-1]) if error.args else type(error).__name__
