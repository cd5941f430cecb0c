"""TLS: what a server's certificates are, and whether they are accepted, in words an operator can act on."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenyam.clock import Clock
from wenyam.errors import CertificateError, CollectError, MalformedReplyError
from wenyam.links.sockets import connect, failure_of, silence, where
from wenyam.model.instants import Instant, from_datetime, to_iso

if TYPE_CHECKING:
    from cryptography import x509

# OpenSSL's verification results, openssl/x509_vfy.h.
_EXPIRED, _NOT_YET, _LEAF_SELF_SIGNED, _CHAIN_SELF_SIGNED, _NO_ISSUER, _LEAF_UNVERIFIED = 10, 9, 18, 19, 20, 21
_WRONG_NAME, _WRONG_ADDRESS = 62, 64


@dataclass(frozen=True, slots=True)
class Certificate:
    """One certificate of a chain; text is as the server sent it."""

    subject: str
    issuer: str
    names: tuple[str, ...]
    valid_from: Instant
    valid_until: Instant


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a handshake showed: the chain from the server's own certificate up, and why it is not accepted."""

    chain: tuple[Certificate, ...]
    problem: str
    """Empty when chain and name are good."""
    protocol: str
    seconds: float
    """TCP connection and handshake together."""

    @property
    def first_end(self) -> Instant:
        """When the first certificate of the chain to end ends."""
        return min(certificate.valid_until for certificate in self.chain)


def client_context(authority: str | None, *, verify: bool = True) -> ssl.SSLContext:
    """Return a client context that trusts the system's authorities, or only those in the file `authority`."""
    changed = 0.0
    if authority is not None:
        try:
            changed = Path(authority).stat().st_mtime
        except OSError as error:
            raise CertificateError(f"the authority file {authority}: {os.strerror(error.errno or 0).lower()}", hint="") from error
    return _context(authority, changed, verify)


@lru_cache(maxsize=64)
def _context(authority: str | None, changed: float, verify: bool) -> ssl.SSLContext:  # noqa: ARG001, FBT001  # parts of the cache's key
    try:
        context = ssl.create_default_context(cafile=authority)
    except ssl.SSLError as error:
        raise CertificateError(f"the authority file {authority} holds no certificate", hint="") from error
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A server to shake hands with."""

    address: str
    port: int
    name: str
    """What its certificate must be for: a host name or an address."""
    authority: str | None = None
    """File of the only authorities to trust; the system's when None."""


async def inspect(clock: Clock, endpoint: Endpoint, seconds: float) -> Inspection:
    """Shake hands and look at the certificates, also at those that are not accepted; a CollectError when there is no TLS."""
    begun = clock.monotonic()
    try:
        return await _shake(clock, endpoint, "", seconds)
    except ssl.SSLCertVerificationError as error:
        problem = verification_words(error, endpoint.name)
    left = max(0.01, seconds - (clock.monotonic() - begun))
    return await _shake(clock, endpoint, problem, left)


async def _shake(clock: Clock, endpoint: Endpoint, problem: str, seconds: float) -> Inspection:
    """Shake hands; a known problem means that nothing is verified, so that the chain can be seen all the same."""
    at = where(endpoint.address, endpoint.port)
    context = client_context(endpoint.authority, verify=not problem)
    begun = clock.monotonic()
    opened = await connect(endpoint.address, endpoint.port, seconds)
    writer: asyncio.StreamWriter | None = None
    try:
        async with asyncio.timeout(max(0.0, seconds - (clock.monotonic() - begun))):
            _, writer = await asyncio.open_connection(sock=opened, ssl=context, server_hostname=endpoint.name)
        took = clock.monotonic() - begun
        session: ssl.SSLObject = writer.get_extra_info("ssl_object")
        return Inspection(_chain(session, verified=not problem), problem, session.version() or "", took)
    except TimeoutError as error:
        raise silence(at, seconds) from error
    except ssl.SSLCertVerificationError:
        raise
    except OSError as error:
        raise handshake_failure(error, at) from error
    finally:
        if writer is not None:
            writer.transport.abort()
        opened.close()


def handshake_failure(error: OSError, at: str) -> CollectError:
    """Turn an error of a handshake into our own."""
    if isinstance(error, ssl.SSLError):
        if error.reason in ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNEXPECTED_MESSAGE"):
            return MalformedReplyError(f"{at}: does not speak TLS")
        return CollectError(f"{at}: TLS failed: {(error.reason or str(error)).lower().replace('_', ' ')}")
    return failure_of(error, at)


def verification_words(error: ssl.SSLCertVerificationError, name: str) -> str:
    """Say why a certificate is not accepted, in our own words for what happens often."""
    words = {
        _EXPIRED: "a certificate of the chain has expired",
        _NOT_YET: "a certificate of the chain is not valid yet; is a clock wrong?",
        _LEAF_SELF_SIGNED: "the certificate is self-signed: no known authority vouches for it",
        _CHAIN_SELF_SIGNED: "the chain ends at an authority that is not trusted here",
        _NO_ISSUER: "the authority that signed it is not trusted here, or an intermediate certificate is not sent",
        _LEAF_UNVERIFIED: "the authority that signed it is not trusted here, or an intermediate certificate is not sent",
        _WRONG_NAME: f"the certificate is for another name than '{name}'",
        _WRONG_ADDRESS: f"the certificate is for another name than '{name}'",
    }
    return words.get(error.verify_code, error.verify_message)


def _chain(session: ssl.SSLObject, *, verified: bool) -> tuple[Certificate, ...]:
    """Return the verified chain with its root, or what the server sent when it was not verified.

    Python 3.13 has public methods for this; before, the same methods are on the inner object.
    """
    source: Any = session if hasattr(session, "get_verified_chain") else session._sslobj  # type: ignore[attr-defined]  # noqa: SLF001  # see above
    chain = source.get_verified_chain() if verified else source.get_unverified_chain()
    certificates = tuple(_certificate(part) for part in chain or ())
    if not certificates:
        raise MalformedReplyError("the server sent no certificate")
    return certificates


def _certificate(part: Any) -> Certificate:
    from cryptography import x509  # noqa: PLC0415  # slow to import, and every verb that reads the configuration loads this file

    try:
        if isinstance(part, bytes):
            parsed = x509.load_der_x509_certificate(part)
        else:
            parsed = x509.load_pem_x509_certificate(part.public_bytes().encode("ascii"))
        return Certificate(
            subject=parsed.subject.rfc4514_string(),
            issuer=parsed.issuer.rfc4514_string(),
            names=_names(parsed),
            valid_from=from_datetime(parsed.not_valid_before_utc),
            valid_until=from_datetime(parsed.not_valid_after_utc),
        )
    except ValueError as error:
        raise MalformedReplyError("a certificate of the chain cannot be read") from error


def _names(parsed: "x509.Certificate") -> tuple[str, ...]:
    from cryptography import x509  # noqa: PLC0415  # as above

    try:
        extension = parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, x509.DuplicateExtension):
        return ()
    return tuple(str(name.value) for name in extension.value)


def describe(certificate: Certificate) -> str:
    """Write a certificate for a person: who it is for and until when."""
    names = ", ".join(certificate.names[:5]) or certificate.subject
    return f"{names}, valid until {to_iso(certificate.valid_until)[:10]}"
