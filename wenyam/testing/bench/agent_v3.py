"""The agent's side of SNMP v3 for the benchmark: one engine for each address, one user, authPriv (RFC 3412, RFC 3414).

It is as strict as measuring needs: it does not check the asker's signature, but a wrong key cannot read what it answers.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from wenyam.links.snmp import codec, oids, usm

USER = "bench"
AUTHENTICATION, AUTHENTICATION_KEY = "sha1", "authentication-canary"
PRIVACY, PRIVACY_KEY = "aes128", "privacy-canary-key"
_AUTHENTICATED, _PRIVATE, _ENCRYPTED = 0x01, 0x02, 0x03
_SIZE = 65_507
_USM = 3
_BOOTS = 1
_ENTERPRISE = b"\x80\x00\x1f\x88\x04bench"
_UNKNOWN_ENGINES = oids.encode("1.3.6.1.6.3.15.1.1.4.0")
_NOT_IN_TIME = oids.encode("1.3.6.1.6.3.15.1.1.2.0")
_WINDOW = 150


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is needed of a request."""

    message: int
    flags: int
    engine: bytes
    boots: int
    time: int
    user: bytes
    salt: bytes
    scoped: bytes


@dataclass(frozen=True, slots=True)
class _Engine:
    """One address's engine with our user's keys bound to it."""

    identity: bytes
    authentication: bytes
    privacy: bytes


class Engines:
    """Answers version 3 for any address."""

    def __init__(self, respond: Callable[[bytes], bytes]) -> None:
        """Take what turns a request PDU into a response PDU."""
        self._respond = respond
        self._engines: dict[bytes, _Engine] = {}
        self._salts = usm.Salts()
        self._started = time.monotonic()

    def answer(self, datagram: bytes, here: bytes) -> bytes:
        """Return the reply or report; MalformedReplyError for junk."""
        asked = _parsed(datagram)
        engine = self._engine(here)
        now = int(time.monotonic() - self._started)
        if asked.engine != engine.identity or asked.user != USER.encode():
            return _message(asked.message, 0, (engine.identity, _BOOTS, now, b"", b"", b""), _report(engine, _UNKNOWN_ENGINES))
        if asked.boots != _BOOTS or abs(asked.time - now) > _WINDOW:
            return self._sealed(asked.message, _AUTHENTICATED, engine, now, _report(engine, _NOT_IN_TIME))
        plain = asked.scoped
        if asked.flags & _PRIVATE:
            plain = usm.decrypt(PRIVACY, engine.privacy, (asked.boots, asked.time), asked.salt, asked.scoped)
        start, stop = codec.element(plain, 0, len(plain), codec.SEQUENCE)
        _, position = codec.element(plain, start, stop, codec.OCTETS)
        context, pdu = codec.element(plain, position, stop, codec.OCTETS)
        scoped = _scoped(engine, plain[context:pdu], self._respond(plain[pdu:stop]))
        return self._sealed(asked.message, asked.flags & _ENCRYPTED, engine, now, scoped)

    def _engine(self, here: bytes) -> _Engine:
        known = self._engines.get(here)
        if known is None:
            identity = _ENTERPRISE + here
            authentication = usm.localized_key(AUTHENTICATION, AUTHENTICATION_KEY.encode(), identity)
            privacy = usm.privacy_key(PRIVACY, AUTHENTICATION, PRIVACY_KEY.encode(), identity)
            known = self._engines[here] = _Engine(identity, authentication, privacy)
        return known

    def _sealed(self, message: int, flags: int, engine: _Engine, now: int, scoped: bytes) -> bytes:
        """Encrypt and sign as the request was."""
        salt = b""
        if flags & _PRIVATE:
            content, salt = usm.encrypt(PRIVACY, engine.privacy, (_BOOTS, now), self._salts.next(), scoped)
            scoped = codec.tagged(codec.OCTETS, content)
        blank = bytes(usm.AUTHENTICATION[AUTHENTICATION])
        whole = _message(message, flags, (engine.identity, _BOOTS, now, USER.encode(), blank, salt), scoped)
        end = len(whole) - len(scoped) - len(salt) - 2
        return whole[: end - len(blank)] + usm.signature(AUTHENTICATION, engine.authentication, whole) + whole[end:]


def _parsed(data: bytes) -> _Asked:
    position, end = codec.element(data, 0, len(data), codec.SEQUENCE)
    _, position = codec.number(data, position, end)
    start, position = codec.element(data, position, end, codec.SEQUENCE)
    message, start = codec.number(data, start, position)
    _, start = codec.number(data, start, position)
    flags, _ = codec.element(data, start, position, codec.OCTETS)
    start, scoped_at = codec.element(data, position, end, codec.OCTETS)
    start, stop = codec.element(data, start, scoped_at, codec.SEQUENCE)
    engine, position = codec.element(data, start, stop, codec.OCTETS)
    boots, place = codec.number(data, position, stop)
    moment, place = codec.number(data, place, stop)
    user, user_end = codec.element(data, place, stop, codec.OCTETS)
    _, place = codec.element(data, user_end, stop, codec.OCTETS)
    salt, salt_end = codec.element(data, place, stop, codec.OCTETS)
    scoped = data[scoped_at:end]
    if data[flags] & _PRIVATE:
        inner, inner_end = codec.element(data, scoped_at, end, codec.OCTETS)
        scoped = data[inner:inner_end]
    return _Asked(message, data[flags], data[engine:position], boots, moment, data[user:user_end], data[salt:salt_end], scoped)


def _report(engine: _Engine, reason: bytes) -> bytes:
    binding = codec.tagged(codec.SEQUENCE, codec.tagged(codec.OBJECT_ID, reason) + codec.tagged(codec.COUNTER32, b"\x01"))
    body = codec.integer(0) * 3 + codec.tagged(codec.SEQUENCE, binding)
    return _scoped(engine, b"", codec.tagged(codec.REPORT, body))


def _scoped(engine: _Engine, context: bytes, pdu: bytes) -> bytes:
    head = codec.tagged(codec.OCTETS, engine.identity) + codec.tagged(codec.OCTETS, context)
    return codec.tagged(codec.SEQUENCE, head + pdu)


def _message(message: int, flags: int, security: tuple[bytes, int, int, bytes, bytes, bytes], scoped: bytes) -> bytes:
    engine, boots, moment, user, signature, salt = security
    header = codec.integer(message) + codec.integer(_SIZE) + codec.tagged(codec.OCTETS, bytes((flags,))) + codec.integer(_USM)
    parameters = codec.tagged(codec.OCTETS, engine) + codec.integer(boots) + codec.integer(moment)
    parameters += b"".join(codec.tagged(codec.OCTETS, part) for part in (user, signature, salt))
    wrapped = codec.tagged(codec.OCTETS, codec.tagged(codec.SEQUENCE, parameters))
    return codec.tagged(codec.SEQUENCE, codec.integer(_USM) + codec.tagged(codec.SEQUENCE, header) + wrapped + scoped)
