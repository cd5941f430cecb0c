"""A mailbox read over IMAP: TLS always, one try of a login, every step with a deadline, no message larger than asked for."""

import asyncio
import contextlib
import imaplib
import re
import socket
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, TypeVar

from wenyam.errors import CertificateError, CollectError, CredentialsRefusedError, MalformedReplyError
from wenyam.i18n.clean_text import clean
from wenyam.links.sockets import failure_of, silence, where
from wenyam.links.threads import ThreadPool
from wenyam.links.tls import client_context, handshake_failure, verification_words

Result = TypeVar("Result")
_PARALLEL: Final = 2
_LARGEST: Final = 4 << 20
"""No answer of a server is larger: a longer literal ends the connection instead of our memory."""
_NUMBER: Final = re.compile(rb"[0-9]{1,10}")
_PASSING: Final = ("[UNAVAILABLE]", "[SERVERBUG]", "[INUSE]", "[LIMIT]", "[CONTACTADMIN]")
"""A login refused with one of these (RFC 5530) says nothing about the password."""


@dataclass(frozen=True, slots=True)
class ImapServer:
    """Where the mailbox is."""

    host: str
    port: int
    security: str
    """`tls` from the first byte, or `starttls`."""
    authority: str | None = None

    @property
    def at(self) -> str:
        """Address and port, for a sentence."""
        return where(self.host, self.port)


@dataclass(frozen=True, slots=True)
class ImapLogin:
    """Who reads the mailbox."""

    username: str
    password: str = field(repr=False)


class _Bounded:
    """Refuses a literal that no message of ours can be."""

    def read(self, size: int) -> bytes:
        """Read a literal."""
        if size > _LARGEST:
            raise imaplib.IMAP4.abort(f"a literal of {size} bytes")
        return super().read(size)  # type: ignore[misc, no-any-return]  # imaplib's own, mixed in below


class _Tls(_Bounded, imaplib.IMAP4_SSL):
    pass


class _StartTls(_Bounded, imaplib.IMAP4):
    pass


class ImapLink:
    """Opens mailboxes in a few threads of its own."""

    def __init__(self) -> None:
        """Make no thread yet."""
        self._pool = ThreadPool("imap", _PARALLEL)

    @contextlib.asynccontextmanager
    async def open(self, server: ImapServer, login: ImapLogin, folder: str, seconds: float) -> AsyncIterator["Mailbox"]:
        """Log in and open a folder; every step may take so many seconds, and a CollectError says what went wrong."""
        mailbox = Mailbox(self._pool, server, seconds)
        try:
            await mailbox.connect()
            await mailbox.login(login)
            await mailbox.select(folder)
            yield mailbox
        finally:
            await mailbox.close()

    def close(self) -> None:
        """Take no more work."""
        self._pool.close()


class Mailbox:
    """An open folder. Its steps follow each other; after one that failed it is only good for closing."""

    def __init__(self, pool: ThreadPool, server: ImapServer, seconds: float) -> None:
        """Take where it is; nothing is opened."""
        self._pool = pool
        self._server = server
        self._seconds = seconds
        self._session: imaplib.IMAP4 | None = None
        self._broken = False
        self._abilities: list[bytes] = []

    async def connect(self) -> None:
        """Open the connection and its encryption."""
        context = client_context(self._server.authority)
        self._session = await self._run(partial(_connect, self._server, context, self._seconds))

    async def login(self, login: ImapLogin) -> None:
        """Log in, once; CredentialsRefusedError when the server will not have us."""
        await self._run(partial(self._login, login))

    async def select(self, folder: str) -> None:
        """Open a folder."""
        await self._run(lambda: self._checked(self._open.select(_quoted(folder)), f"folder {folder}"))

    async def unseen(self, limit: int) -> list[str]:
        """Return the numbers of the oldest messages nobody has seen."""
        found = await self._run(lambda: self._checked(self._open.uid("SEARCH", "UNSEEN"), "search"))
        return [number.decode() for number in _NUMBER.findall(b" ".join(part for part in found if isinstance(part, bytes)))][
            :limit
        ]

    async def fetch(self, number: str, limit: int) -> bytes:
        """Return the first bytes of a message, without marking it; nothing when it is gone."""
        asked = f"(BODY.PEEK[]<0.{limit}>)"
        found = await self._run(lambda: self._checked(self._open.uid("FETCH", number, asked), "fetch"))
        return next((bytes(part[1])[:limit] for part in found if isinstance(part, tuple)), b"")

    async def take(self, number: str, folder: str | None) -> None:
        """Mark a message as seen, and move it to a folder, which is made when it is not there."""
        await self._run(partial(self._take, number, folder))

    async def close(self) -> None:
        """Say goodbye when the server listens; hang up in any case."""
        session = self._session
        if session is None:
            return
        if not self._broken:
            with contextlib.suppress(CollectError):
                await self._run(session.logout)
        if self._broken:
            _hang_up(session)

    @property
    def _open(self) -> Any:
        """Return the session; `Any` because imaplib's answers are lists of anything."""
        if self._session is None:
            raise MalformedReplyError(f"{self._server.at}: not connected")
        return self._session

    def _login(self, login: ImapLogin) -> None:
        session = self._open
        try:
            if "AUTH=PLAIN" in session.capabilities:
                session.authenticate("PLAIN", lambda _: f"\0{login.username}\0{login.password}".encode())
            else:
                session.login(_quoted(login.username), login.password)
        except imaplib.IMAP4.abort:
            raise
        except imaplib.IMAP4.error as error:
            words = clean(str(error), 200)
            if any(word in words.upper() for word in _PASSING):
                raise CollectError(f"{self._server.at}: log-in is not possible now: {words}") from error
            raise CredentialsRefusedError(f"{self._server.at}: user '{login.username}': {words}") from error
        except UnicodeEncodeError:
            # Not chained: that error holds the password.
            raise CredentialsRefusedError(f"{self._server.at}: takes no password beyond ASCII") from None
        answer = self._checked(session.capability(), "capability")  # most servers say only now what they can
        self._abilities = b" ".join(part for part in answer if isinstance(part, bytes)).upper().split()

    def _take(self, number: str, folder: str | None) -> None:
        session = self._open
        self._checked(session.uid("STORE", number, "+FLAGS.SILENT", r"(\Seen)"), "flag")
        if folder is None:
            return
        name, word = _quoted(folder), "MOVE" if b"MOVE" in self._abilities else "COPY"
        if session.uid(word, number, name)[0] != "OK":
            session.create(name)
            self._checked(session.uid(word, number, name), f"folder {folder}")
        if word == "COPY":
            self._checked(session.uid("STORE", number, "+FLAGS.SILENT", r"(\Deleted)"), "flag")

    def _checked(self, answer: tuple[str, list[Any]], what: str) -> list[Any]:
        kind, found = answer
        if kind != "OK":
            words = clean(b" ".join(part for part in found if isinstance(part, bytes)), 200)
            raise MalformedReplyError(f"{self._server.at}: {what}: {words}")
        return found

    async def _run(self, work: Callable[[], Result]) -> Result:
        """Do one step in a thread; whatever goes wrong is a sentence, and the connection is not used again."""
        at = self._server.at
        try:
            return await self._pool.run(work, self._seconds)
        except TimeoutError as error:
            self._give_up()
            raise silence(at, self._seconds) from error
        except CollectError:
            self._broken = True
            raise
        except ssl.SSLCertVerificationError as error:
            self._broken = True
            raise CertificateError(f"{at}: {verification_words(error, self._server.host)}") from error
        except OSError as error:
            self._broken = True
            raise (handshake_failure if isinstance(error, ssl.SSLError) else failure_of)(error, at) from error
        except (imaplib.IMAP4.error, ValueError) as error:
            self._broken = True
            raise MalformedReplyError(f"{at}: {clean(str(error), 200)}") from error
        except asyncio.CancelledError:
            self._give_up()
            raise

    def _give_up(self) -> None:
        """Wake a thread that still waits for the server."""
        self._broken = True
        if self._session is not None:
            with contextlib.suppress(OSError):
                self._session.socket().shutdown(socket.SHUT_RDWR)


def _connect(server: ImapServer, context: ssl.SSLContext, seconds: float) -> imaplib.IMAP4:
    if server.security == "tls":
        return _Tls(server.host, server.port, ssl_context=context, timeout=seconds)
    session = _StartTls(server.host, server.port, timeout=seconds)
    try:
        session.starttls(context)
    except BaseException:
        _hang_up(session)
        raise
    return session


def _hang_up(session: imaplib.IMAP4) -> None:
    with contextlib.suppress(OSError):
        session.shutdown()


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
