"""A real SMTP server of the tests (aiosmtpd): TLS, logins, and relays that refuse, put off, stall or hang up."""

import asyncio
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

_READY = "250 OK"


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
    ) -> None:
        """Take certificate and key, how TLS is spoken, and who may log in (everybody without users)."""
        self.address = address
        self.mails: list[Mailed] = []
        self.logins: list[tuple[str, str]] = []
        self.behaviour = Behaviour()
        self._users = users
        self._tried: set[str] = set()
        self._release = threading.Event()
        context = _context(certificate) if certificate is not None and security != "none" else None
        self._controller = Controller(
            self,
            hostname=address,
            port=0,
            ready_timeout=10.0,
            ssl_context=context if security == "implicit" else None,
            server_kwargs={
                "tls_context": context if security == "starttls" else None,
                "require_starttls": security == "starttls",
                "auth_required": users is not None,
                "auth_require_tls": security == "starttls",
                "authenticator": self._judge,
                "enable_SMTPUTF8": False,
            },
        )
        self.port = 0

    def __enter__(self) -> Self:
        """Listen."""
        self._controller.start()
        server = cast("Any", self._controller.server)
        self.port = int(server.sockets[0].getsockname()[1])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Stop."""
        self._release.set()
        self._controller.stop()

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
            self.mails.append(Mailed(envelope.mail_from or "", list(envelope.rcpt_tos), data, session.ssl is not None))
        for _ in range(int(self.behaviour.stall * 50)):
            if self._release.is_set():
                break
            await asyncio.sleep(0.02)
        return self.behaviour.data


def _context(certificate: tuple[Path, Path]) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*certificate)
    return context
