"""The information system of the lab: it takes numbered rows and keeps each in PostgreSQL *and* in MariaDB, or says why not.

`POST /rows/NUMBER` answers 200 only after both databases have committed. `GET /rows` counts, `GET /health` tells whether both
can be written, `GET /login` is a page.
"""

import contextlib
import json
import re
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psycopg
import pymysql

from wenyam.testing.lab.errors import LabError

_SECONDS = 3
"""How long a database may take for anything."""
_SUBJECT = "หนังสือเลขที่ {}"
_PAGE = "<!doctype html><meta charset=utf-8><title>ERP</title><h1>เข้าสู่ระบบ</h1><p>Login, served by {site}</p>\n"
_TROUBLES = (psycopg.Error, pymysql.MySQLError, OSError)


@dataclass(frozen=True, slots=True)
class Settings:
    """Where the application listens and which databases it uses."""

    site: str
    port: int
    password: str
    postgresql: dict[str, Any]
    mariadb: dict[str, Any]


class Rows:
    """The numbered rows in both databases; each call connects anew, so that a moved server is found."""

    def __init__(self, settings: Settings) -> None:
        """Take the databases; no I/O."""
        self._settings = settings

    def write(self, number: int) -> None:
        """Keep one row in both databases."""
        row = (number, self._settings.site, _SUBJECT.format(number))
        with self._postgresql() as one, self._mariadb() as other:
            one.execute("INSERT INTO letters (number, site, subject) VALUES (%s, %s, %s)", row)
            with other.cursor() as cursor:
                cursor.execute("INSERT INTO letters (number, site, subject) VALUES (%s, %s, %s)", row)
            one.commit()
            other.commit()

    def counts(self) -> dict[str, int]:
        """Return how many rows each database has."""
        with self._postgresql() as one, self._mariadb() as other, other.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM letters")
            found = cursor.fetchone() or (0,)
            return {"postgresql": (one.execute("SELECT count(*) FROM letters").fetchone() or (0,))[0], "mariadb": found[0]}

    def refuse_readers(self) -> None:
        """Raise LabError when either database is only there to be read."""
        with self._postgresql() as one, self._mariadb() as other, other.cursor() as cursor:
            if (one.execute("SELECT pg_is_in_recovery()").fetchone() or (True,))[0]:
                raise LabError("PostgreSQL follows another server")
            cursor.execute("SELECT @@read_only")
            if (cursor.fetchone() or (1,))[0]:
                raise LabError("MariaDB is read-only")

    @contextlib.contextmanager
    def _postgresql(self) -> Iterator[psycopg.Connection[Any]]:
        options = f"-c statement_timeout={_SECONDS}s"
        with psycopg.connect(
            **self._settings.postgresql, user="application", password=self._settings.password, dbname="erp",
            connect_timeout=_SECONDS, options=options, tcp_user_timeout=_SECONDS * 1000,
        ) as connection:  # fmt: skip
            yield connection

    @contextlib.contextmanager
    def _mariadb(self) -> Iterator["pymysql.connections.Connection[Any]"]:
        connection = pymysql.connect(
            **self._settings.mariadb, user="application", password=self._settings.password, database="erp",
            connect_timeout=_SECONDS, read_timeout=_SECONDS, write_timeout=_SECONDS,
        )  # fmt: skip
        try:
            yield connection
        finally:
            connection.close()


class Answers:
    """What the application says to a request: a status and a page or an object."""

    def __init__(self, settings: Settings) -> None:
        """Take the settings; no I/O."""
        self._site = settings.site
        self._rows = Rows(settings)

    def post(self, path: str) -> tuple[HTTPStatus, dict[str, Any]]:
        """Keep a row."""
        match = re.fullmatch(r"/rows/(\d{1,15})", path)
        if match is None:
            return HTTPStatus.NOT_FOUND, {"error": "no such place"}
        return self._tried(path, lambda: self._write(int(match[1])))

    def get(self, path: str) -> tuple[HTTPStatus, dict[str, Any] | str]:
        """Show what there is."""
        if path == "/login":
            return HTTPStatus.OK, _PAGE.format(site=self._site)
        work = {"/rows": lambda: dict[str, Any](self._rows.counts()), "/health": self._health}.get(path)
        return self._tried(path, work) if work else (HTTPStatus.NOT_FOUND, {"error": "no such place"})

    def _write(self, number: int) -> dict[str, Any]:
        self._rows.write(number)
        return {"number": number}

    def _health(self) -> dict[str, Any]:
        self._rows.refuse_readers()
        return {"health": "good"}

    def _tried(self, path: str, work: Callable[[], dict[str, Any]]) -> tuple[HTTPStatus, dict[str, Any]]:
        try:
            return HTTPStatus.OK, {**work(), "site": self._site}
        except (*_TROUBLES, LabError) as error:
            sys.stderr.write(f"{path}: {error}\n")
            return HTTPStatus.SERVICE_UNAVAILABLE, {"error": str(error), "site": self._site}


def handler(answers: Answers) -> type[BaseHTTPRequestHandler]:
    """Return the class that carries these answers to whoever asks."""

    class Handler(BaseHTTPRequestHandler):
        """Answers one request."""

        def do_POST(self) -> None:
            """Keep what was sent."""
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self._say(*answers.post(self.path))

        def do_GET(self) -> None:
            """Show what was asked for."""
            self._say(*answers.get(self.path))

        def log_message(self, *_words: object) -> None:
            """Say nothing about what went well."""

        def _say(self, status: HTTPStatus, content: dict[str, Any] | str) -> None:
            page = isinstance(content, str)
            body = content.encode() if isinstance(content, str) else json.dumps(content, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8" if page else "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Handler


def main(path: str) -> None:
    """Serve until we are ended."""
    settings = Settings(**json.loads(Path(path).read_text(encoding="utf-8")))
    ThreadingHTTPServer(("127.0.0.1", settings.port), handler(Answers(settings))).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1])
