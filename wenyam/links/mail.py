"""Mail handed to a relay over SMTP: TLS first, one try of a login, and an end when time is up."""

import asyncio
import contextlib
import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final, Literal, TypeVar

from wenyam.errors import CertificateError, CollectError, CredentialsRefusedError, MalformedReplyError
from wenyam.i18n.clean_text import clean
from wenyam.links.sockets import connect, failure_of, silence, where
from wenyam.links.threads import ThreadPool
from wenyam.links.tls import client_context, handshake_failure, verification_words

Security = Literal["starttls", "implicit", "none"]
Result = TypeVar("Result")
_Way = Callable[..., Any]
"""How smtplib answers one kind of challenge; with and without a challenge, so it has two signatures."""
_PARALLEL: Final = 4
_LASTING_FROM: Final = 500
_READY: Final = 220


class RelayUnfitError(CollectError):
    """The mail relay will not serve us."""

    permanent = True


class MailDeferredError(CollectError):
    """The mail relay cannot take the message now."""


class MailRefusedError(CollectError):
    """The mail relay refused the message."""

    permanent = True


@dataclass(frozen=True, slots=True)
class Relay:
    """A mail relay and how to speak to it."""

    address: str
    port: int
    security: Security
    name: str
    """What its certificate must be for."""
    authority: str | None = None
    hello: str | None = None
    """The name we give; our address in brackets when None, so that no resolver is asked."""
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    @property
    def at(self) -> str:
        """Address and port, for a sentence."""
        return where(self.address, self.port)


@dataclass(frozen=True, slots=True)
class Refusal:
    """What a relay said of one recipient."""

    code: int
    words: str

    @property
    def lasting(self) -> bool:
        """True when trying again cannot help (5yz)."""
        return self.code >= _LASTING_FROM


class MailLink:
    """Speaks SMTP in a few threads of its own."""

    def __init__(self) -> None:
        """Start nothing yet."""
        self._threads = ThreadPool("wenyam-mail", _PARALLEL)

    async def hand_over(
        self, relay: Relay, sender: str, recipients: Sequence[str], data: bytes, seconds: float
    ) -> Mapping[str, Refusal]:
        """Hand a message over and return the recipients that were refused, all of them possibly; a CollectError when it cannot.

        RelayUnfitError, CredentialsRefusedError and CertificateError are about the relay, MailRefusedError is about the message.
        """

        def send(smtp: smtplib.SMTP) -> Mapping[str, Refusal]:
            try:
                refused = smtp.sendmail(sender, list(recipients), data)
            except smtplib.SMTPRecipientsRefused as error:
                refused = error.recipients
            return {address: Refusal(code, _words(said)) for address, (code, said) in refused.items()}

        return await self._within(relay, seconds, send)

    async def greet(self, relay: Relay, seconds: float) -> None:
        """Connect, secure, log in and do nothing; a CollectError when that fails."""

        def nothing(smtp: smtplib.SMTP) -> None:
            smtp.noop()

        await self._within(relay, seconds, nothing)

    def close(self) -> None:
        """Take no more work."""
        self._threads.close()

    async def _within(self, relay: Relay, seconds: float, work: Callable[[smtplib.SMTP], Result]) -> Result:
        try:
            async with asyncio.timeout(seconds):
                return await self._over(relay, seconds, work)
        except TimeoutError as error:
            raise silence(relay.at, seconds) from error

    async def _over(self, relay: Relay, seconds: float, work: Callable[[smtplib.SMTP], Result]) -> Result:
        opened = await connect(relay.address, relay.port, seconds)
        opened.settimeout(seconds)
        line = opened.dup()  # TLS takes the other one over; this one still reaches the connection when time is up
        try:
            return await self._threads.run(partial(_talk, relay, opened, seconds, work), seconds)
        finally:
            with contextlib.suppress(OSError):  # it has ended by itself
                line.shutdown(socket.SHUT_RDWR)
            line.close()
            opened.close()


class _Conversation(smtplib.SMTP):
    """SMTP over a connection that is already open."""

    def __init__(self, relay: Relay, opened: socket.socket, seconds: float) -> None:
        self._opened, self._relay = opened, relay
        hello = relay.hello or _literal(opened)
        super().__init__(relay.name, relay.port, local_hostname=hello, timeout=seconds)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002  # smtplib's own hook
        if self._relay.security != "implicit":
            return self._opened
        return client_context(self._relay.authority).wrap_socket(self._opened, server_hostname=self._relay.name)


def _literal(opened: socket.socket) -> str:
    """Write our own address as RFC 5321 4.1.3 wants it."""
    address = opened.getsockname()[0]
    return f"[IPv6:{address}]" if ":" in address else f"[{address}]"


def _talk(relay: Relay, opened: socket.socket, seconds: float, work: Callable[[smtplib.SMTP], Result]) -> Result:
    try:
        with contextlib.closing(_Conversation(relay, opened, seconds)) as smtp:
            _secure(smtp, relay)
            if relay.username is not None:
                _log_in(smtp, relay.username, relay.password or "", relay.at)
            done = work(smtp)
            with contextlib.suppress(smtplib.SMTPException, OSError):  # the work is done; leaving politely is a courtesy
                smtp.quit()
            return done
    except (smtplib.SMTPException, OSError) as error:
        raise _translated(error, relay, seconds) from error


def _secure(smtp: smtplib.SMTP, relay: Relay) -> None:
    smtp.ehlo_or_helo_if_needed()
    if relay.security != "starttls":
        return
    if not smtp.has_extn("starttls"):
        raise RelayUnfitError(
            f"{relay.at}: offers no STARTTLS, so nothing was sent", hint="Is the port right? 465 is 'implicit'."
        )
    code, said = smtp.starttls(context=client_context(relay.authority))
    if code != _READY:
        raise MailDeferredError(f"{relay.at}: STARTTLS: {code} {_words(said)}")
    smtp.ehlo()


def _log_in(smtp: smtplib.SMTP, username: str, password: str, at: str) -> None:
    """Log in by the one best way there is: smtplib's own would try every way, and three refusals can lock an account."""
    if not (username + password).isascii():  # the library's error would hold the password
        raise RelayUnfitError(f"{at}: user name or password hold letters that an SMTP login cannot carry")
    offered = smtp.esmtp_features.get("auth", "").upper().split()
    ways: dict[str, _Way] = {"PLAIN": smtp.auth_plain, "LOGIN": smtp.auth_login, "CRAM-MD5": smtp.auth_cram_md5}
    way = next((name for name in ways if name in offered), None)
    if way is None:
        raise RelayUnfitError(f"{at}: offers no login that we know ({', '.join(ways)})")
    smtp.user, smtp.password = username, password  # where smtplib's own auth methods look
    code = _try(smtp, way, ways[way])
    if code >= _LASTING_FROM:
        raise CredentialsRefusedError(f"user '{username}' at {at} ({code})")
    if code:
        raise MailDeferredError(f"{at}: the login of '{username}' cannot be judged now ({code})")


def _try(smtp: smtplib.SMTP, way: str, method: _Way) -> int:
    """Return the code of a refusal and drop its text, in which a relay may repeat what we said."""
    try:
        smtp.auth(way, method, initial_response_ok=way == "PLAIN")
    except smtplib.SMTPAuthenticationError as error:
        return error.smtp_code
    return 0


def _translated(error: smtplib.SMTPException | OSError, relay: Relay, seconds: float) -> CollectError:
    if isinstance(error, TimeoutError) or isinstance(error.__context__, TimeoutError):
        return silence(relay.at, seconds)
    if isinstance(error, smtplib.SMTPResponseException):
        return _answered(error, relay.at)
    if isinstance(error, smtplib.SMTPException):
        hung_up = isinstance(error, smtplib.SMTPServerDisconnected)
        return MalformedReplyError(f"{relay.at}: {'hung up in the middle' if hung_up else type(error).__name__}")
    if isinstance(error, ssl.SSLCertVerificationError):
        return CertificateError(f"{relay.at}: {verification_words(error, relay.name)}")
    return handshake_failure(error, relay.at) if isinstance(error, ssl.SSLError) else failure_of(error, relay.at)


def _answered(error: smtplib.SMTPResponseException, at: str) -> CollectError:
    said = f"{at}: {error.smtp_code} {_words(error.smtp_error)}"
    if error.smtp_code < _LASTING_FROM:
        return MailDeferredError(said)
    about_us = isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPHeloError)
    return RelayUnfitError(said) if about_us else MailRefusedError(said)


def _words(said: bytes | str) -> str:
    return clean(said, 200)
