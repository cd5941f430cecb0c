"""A real SMTP server of the tests (aiosmtpd): TLS, logins, and relays that refuse, put off, stall or hang up."""

import asyncio
import contextlib
import ssl
import threading
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from wenyam.testing.servers import ServerFailedError

_READY = "250 OK"
_START_SECONDS = 10.0


@dataclass
class Mailed:
    """One mail that was taken."""

    sender: str
    recipients: list[str]
    data: bytes
    secured: bool

    @property
    def mail(self) -> EmailMessage:
        """The mail, parsed."""
        return message_from_bytes(self.data, policy=policy.default)

    @property
    def text(self) -> str:
        """The body, with the wire's line ends made plain."""
        return str(self.mail.get_content()).replace("\r\n", "\n")


@dataclass
class Behaviour:
    """What the server does; change it while it runs."""

    refuse: dict[str, str] = field(default_factory=dict)
    """Recipient -> answer, such as `550 no such user`; `*` is everybody."""
    greylist: bool = False
    """451 for a recipient's first try."""
    data: str = _READY
    """Answer to the message itself."""
    mail: str = _READY
    """Answer to MAIL FROM."""
    stall: float = 0.0
    """Seconds of silence before the answer to the message, which is kept all the same."""
    hang_up: bool = False
    """Close in the middle of the message's answer."""
    echo_login: bool = False
    """Repeat the password in the refusal of a login."""


class MailServer:
    """`with MailServer(...) as server:` takes mail at `server.address`, `server.port`, kept in `server.mails`."""

    def __init__(
        self,
        certificate: tuple[Path, Path] | None = None,
        *,
        security: Literal["starttls", "implicit", "none"] = "starttls",
        users: Mapping[str, str] | None = None,
        address: str = "127.0.0.1",
        port: int = 0,
    ) -> None:
        """Take certificate and key, how TLS is spoken, who may log in (everybody without users); `port` of one that is back."""
        self.address = address
        self.mails: list[Mailed] = []
        self.logins: list[tuple[str, str]] = []
        self.behaviour = Behaviour()
        self._users = users
        self._tried: set[str] = set()
        self._release = asyncio.Event()
        self._conversations: list[Any] = []
        self._context = _context(certificate) if certificate is not None and security != "none" else None
        self._security = security
        self._started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.port = port

    def __enter__(self) -> Self:
        """Listen."""
        self._thread.start()
        if not self._started.wait(_START_SECONDS):
            raise ServerFailedError("the mail server did not start")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop, and drop whoever is connected."""
        self._loop.call_soon_threadsafe(self._release.set)
        self._thread.join()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._listen())

    async def _listen(self) -> None:
        implicit = self._context if self._security == "implicit" else None
        server = await self._loop.create_server(self._conversation, self.address, self.port, ssl=implicit)
        self.port = int(server.sockets[0].getsockname()[1])
        self._started.set()
        await self._release.wait()
        server.close()
        for each in self._conversations:
            if each.transport is not None:
                each.transport.abort()
        await asyncio.sleep(0)

    def _conversation(self) -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # it advises against logins without STARTTLS, which is the case in point
            made = self._smtp()
        self._conversations.append(made)
        return made

    def _smtp(self) -> SMTP:
        return SMTP(
            self,
            hostname="mail.example.org",
            tls_context=self._context if self._security == "starttls" else None,
            require_starttls=self._security == "starttls",
            auth_required=self._users is not None,
            auth_require_tls=self._security == "starttls",
            authenticator=self._judge,
            loop=self._loop,
        )

    def _judge(self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: Any) -> AuthResult:  # noqa: ARG002  # the library's call
        if not isinstance(given, LoginPassword):
            return AuthResult(success=False, handled=False)
        user, password = given.login.decode(), given.password.decode()
        self.logins.append((user, password))
        if (self._users or {}).get(user) == password:
            return AuthResult(success=True)
        said = f"535 5.7.8 you said {password}" if self.behaviour.echo_login else None
        return AuthResult(success=False, handled=False, message=said)

    async def handle_MAIL(self, *call: Any) -> str:  # noqa: N802  # the name the library looks for
        """Answer MAIL FROM."""
        _, _, envelope, address, options = call
        if self.behaviour.mail == _READY:
            envelope.mail_from = address
            envelope.mail_options.extend(options)
        return self.behaviour.mail

    async def handle_RCPT(self, *call: Any) -> str:  # noqa: N802  # the name the library looks for
        """Answer RCPT TO."""
        envelope, address = call[2], call[3]
        refusal = self.behaviour.refuse.get(address) or self.behaviour.refuse.get("*")
        if refusal:
            return refusal
        if self.behaviour.greylist and address not in self._tried:
            self._tried.add(address)
            return "451 4.7.1 greylisted, come back later"
        envelope.rcpt_tos.append(address)
        return _READY

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802  # the name the library looks for
        """Answer the message."""
        if self.behaviour.hang_up:
            cast("Any", server).transport.abort()
            return _READY
        if self.behaviour.data == _READY:
            content = envelope.content or b""
            data = content if isinstance(content, bytes) else content.encode()
            self.mails.append(Mailed(envelope.mail_from or "", list(envelope.rcpt_tos), data, _is_secured(server, session)))
        if self.behaviour.stall:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._release.wait(), self.behaviour.stall)
        return self.behaviour.data


def _context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context


def _is_secured(server: Any, session: Session) -> bool:
    return session.ssl is not None or server.transport.get_extra_info("ssl_object") is not None
