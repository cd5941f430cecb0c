"""SNMP v3 messages (RFC 3412, RFC 3414): discovery of the engine, its clock, signatures, ciphers, reports."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from wenyam.errors import ConfigurationError, CredentialsRefusedError, EngineClockError, MalformedReplyError
from wenyam.links.snmp import codec, oids, usm
from wenyam.links.snmp.codec import Reader, Reply
from wenyam.links.snmp.security import ReportedError, Resynchronised

_AUTHENTICATED, _PRIVATE, _REPORTABLE = 0x01, 0x02, 0x04
_MAXIMUM_SIZE = 65_507
_USM = 3
_WINDOW = 150
"""Seconds a message may be late (RFC 3414, 2.2.3)."""
_REPORTS = {
    oids.encode("1.3.6.1.6.3.15.1.1.1.0"): "unsupportedSecLevels",
    oids.encode("1.3.6.1.6.3.15.1.1.2.0"): "notInTimeWindows",
    oids.encode("1.3.6.1.6.3.15.1.1.3.0"): "unknownUserNames",
    oids.encode("1.3.6.1.6.3.15.1.1.4.0"): "unknownEngineIDs",
    oids.encode("1.3.6.1.6.3.15.1.1.5.0"): "wrongDigests",
    oids.encode("1.3.6.1.6.3.15.1.1.6.0"): "decryptionErrors",
    oids.encode("1.3.6.1.6.3.12.1.4.0"): "unavailableContexts",
    oids.encode("1.3.6.1.6.3.12.1.5.0"): "unknownContexts",
}
_WORDS = {
    "unsupportedSecLevels": "user '{user}' may not use this security level ({level})",
    "unknownUserNames": "the agent does not know user '{user}'",
    "wrongDigests": "wrong authentication key or protocol for user '{user}'",
    "decryptionErrors": "wrong privacy key or protocol for user '{user}'",
    "unavailableContexts": "the context '{context}' is not available",
    "unknownContexts": "the agent does not know the context '{context}'",
}


@dataclass(frozen=True, slots=True, repr=False)
class User:
    """Who asks, and with which keys; the security level follows from what is given. Never shown."""

    name: str
    authentication: str | None = None
    authentication_key: bytes = b""
    privacy: str | None = None
    privacy_key: bytes = b""
    context: str = ""

    @property
    def level(self) -> str:
        """The words of RFC 3411 for this level."""
        return "noAuthNoPriv" if not self.authentication else "authPriv" if self.privacy else "authNoPriv"

    def check(self, where: str) -> None:
        """Refuse settings that no agent could accept; ConfigurationError names what is wrong, never a key."""
        if not self.name:
            raise ConfigurationError(f"{where} has no username")
        if self.authentication and self.authentication not in usm.AUTHENTICATION:
            raise ConfigurationError(
                f"{where}: authentication '{self.authentication}' is not one of {', '.join(usm.AUTHENTICATION)}"
            )
        if self.privacy and self.privacy not in usm.PRIVACY:
            raise ConfigurationError(f"{where}: privacy '{self.privacy}' is not one of {', '.join(usm.PRIVACY)}")
        if self.privacy and not self.authentication:
            raise ConfigurationError(f"{where}: privacy needs authentication (RFC 3414)")
        for part, key in (("authentication_key", self.authentication_key), ("privacy_key", self.privacy_key)):
            if key and len(key) < usm.SHORTEST_KEY:
                raise ConfigurationError(f"{where}: {part} is shorter than {usm.SHORTEST_KEY} characters (RFC 3414)")


@dataclass(slots=True)
class _Engine:
    """What we know of the agent's engine."""

    identity: bytes = b""
    boots: int = 0
    time: int = 0
    heard: float = 0.0
    """Monotonic second at which `time` was its clock."""
    authentication_key: bytes = b""
    privacy_key: bytes = b""


@dataclass(slots=True)
class _Frame:
    """The parts of a message as received."""

    request: int
    flags: int
    engine: bytes
    boots: int
    time: int
    signature: tuple[int, int]
    salt: bytes
    scoped: tuple[int, int]


@dataclass(slots=True, eq=False, repr=False)
class UserSecurity:
    """One user at one agent; keep it between polls, so that discovery is done once."""

    user: User
    monotonic: Callable[[], float]
    name: str = "SNMP v3"
    bulk: bool = True
    silence: str = "an agent that does not speak SNMP v3, or refuses this user silently, looks the same"
    proven: bool = False
    """True once a reply with our keys was understood."""
    _engine: _Engine = field(default_factory=_Engine)
    _salts: usm.Salts = field(default_factory=usm.Salts)
    _second: tuple[int, int] = (-1, -1)
    _second_opening: bytes = b""

    @property
    def ready(self) -> bool:
        """True when the engine is known."""
        return bool(self._engine.identity)

    @property
    def suspicion(self) -> str:
        """An engine that answers discovery but never our keys: some agents silently drop what they cannot decrypt."""
        if not self.ready or self.proven:
            return ""
        return f"it answers discovery but not user '{self.user.name}' ({self.user.level}): wrong key or protocol"

    def seal(self, request: int, pdu: bytes) -> bytes:
        """Return the datagram; a discovery (empty engine, no user) while the engine is not known."""
        engine, flags, salt = self._engine, _REPORTABLE, b""
        if not self.ready:
            scoped = _scoped(b"", b"", codec.tagged(codec.GET, _EMPTY_GET))
            return _message(request, flags, _opening(b"", 0, 0, b""), _UNSIGNED, scoped)
        now = self._now()
        scoped = _scoped(engine.identity, self.user.context.encode(), pdu)
        if self.user.privacy:
            flags |= _PRIVATE
            clock = (engine.boots, now)
            content, salt = usm.encrypt(self.user.privacy, engine.privacy_key, clock, self._salts.next(), scoped)
            scoped = codec.tagged(codec.OCTETS, content)
        if not self.user.authentication:
            return _message(request, flags, self._opening_at(now), _UNSIGNED, scoped)
        size = usm.AUTHENTICATION[self.user.authentication]
        blank = codec.tagged(codec.OCTETS, bytes(size)) + codec.tagged(codec.OCTETS, salt)
        message = _message(request, flags | _AUTHENTICATED, self._opening_at(now), blank, scoped)
        end = len(message) - len(scoped) - len(salt) - 2
        return self._signed(message, end - size, end)

    def _opening_at(self, now: int) -> bytes:
        """Write the opening of the security parameters once a second."""
        moment = (self._engine.boots, now)
        if self._second != moment:
            self._second = moment
            self._second_opening = _opening(self._engine.identity, *moment, self.user.name.encode())
        return self._second_opening

    def _signed(self, message: bytes, start: int, end: int) -> bytes:
        protocol = self.user.authentication or ""
        return message[:start] + usm.signature(protocol, self._engine.authentication_key, message) + message[end:]

    def _now(self) -> int:
        return self._engine.time + int(self.monotonic() - self._engine.heard)

    def unseal(self, datagram: bytes, read: Reader | None = None) -> Reply:
        """Check signature and clock, decrypt, and tell a reply from a report."""
        frame = _frame(datagram)
        authentic = self._is_authentic(datagram, frame)
        data, start, stop = self._plain(datagram, frame)
        engine_start, engine_stop = codec.element(data, start, stop, codec.OCTETS)
        _, context_stop = codec.element(data, engine_stop, stop, codec.OCTETS)
        reply = codec.parse_pdu(data, context_stop, stop, read)
        if reply.tag == codec.REPORT:
            self._reported(frame, reply, authentic=authentic)
        if self.user.authentication and not authentic:
            raise MalformedReplyError("the reply is not signed with our key")
        if frame.engine != self._engine.identity or data[engine_start:engine_stop] != self._engine.identity:
            raise MalformedReplyError("the reply comes from another engine")
        self._check_clock(frame)
        self.proven = True
        return reply

    def _is_authentic(self, datagram: bytes, frame: _Frame) -> bool:
        """Compare signatures in constant time; False when the message carries none."""
        start, end = frame.signature
        protocol = self.user.authentication
        if not frame.flags & _AUTHENTICATED or not protocol or frame.engine != self._engine.identity:
            return False
        blanked = datagram[:start] + bytes(end - start) + datagram[end:]
        expected = usm.signature(protocol, self._engine.authentication_key, blanked)
        if not hmac.compare_digest(expected, datagram[start:end]):
            raise MalformedReplyError("the reply's signature is wrong")
        return True

    def _plain(self, datagram: bytes, frame: _Frame) -> tuple[bytes, int, int]:
        """Return the scoped PDU's bytes and where its content lies."""
        start, stop = frame.scoped
        data = datagram
        if frame.flags & _PRIVATE:
            if not self.user.privacy:
                raise MalformedReplyError("the reply is encrypted where we asked in the clear")
            start, stop = codec.element(datagram, start, stop, codec.OCTETS)
            clock = (frame.boots % 2**32, frame.time % 2**32)
            data = usm.decrypt(self.user.privacy, self._engine.privacy_key, clock, frame.salt, datagram[start:stop])
            start, stop = 0, len(data)
        elif self.user.privacy and datagram[start] == codec.OCTETS:
            raise MalformedReplyError("the reply's flags do not fit its content")
        start, stop = codec.element(data, start, stop, codec.SEQUENCE)
        return data, start, stop

    def _check_clock(self, frame: _Frame) -> None:
        """Drop replays (RFC 3414, 3.2 7b) and follow the engine's clock."""
        if not self.user.authentication:
            return
        engine, now = self._engine, self._now()
        if frame.boots < engine.boots or (frame.boots == engine.boots and frame.time < now - _WINDOW):
            raise MalformedReplyError("the reply is older than the time window allows")
        if frame.boots > engine.boots or frame.time > now:
            self._set_clock(frame)

    def _set_clock(self, frame: _Frame) -> None:
        self._engine.boots, self._engine.time, self._engine.heard = frame.boots, frame.time, self.monotonic()

    def _reported(self, frame: _Frame, reply: Reply, *, authentic: bool) -> None:
        """Learn from a report, or refuse with the reason it gives."""
        report = _REPORTS.get(reply.names[0], "an unknown report") if reply.names else "an empty report"
        if report == "unknownEngineIDs" and frame.engine:
            self._meet(frame)
            raise Resynchronised(frame.request, report)
        if report == "notInTimeWindows":
            if not authentic:
                raise ReportedError(frame.request, EngineClockError("it says notInTimeWindow without a signature"))
            self._set_clock(frame)
            raise Resynchronised(frame.request, report)
        words = _WORDS.get(report)
        if words is None:
            raise ReportedError(frame.request, MalformedReplyError(f"the agent answered with {report}"))
        sentence = words.format(user=self.user.name, level=self.user.level, context=self.user.context)
        raise ReportedError(frame.request, CredentialsRefusedError(sentence))

    def _meet(self, frame: _Frame) -> None:
        """Take a new engine: its identity, its clock, and our keys bound to it."""
        user = self.user
        self._second = (-1, -1)
        self._engine = _Engine(frame.engine, frame.boots, frame.time, self.monotonic())
        if user.authentication:
            self._engine.authentication_key = usm.localized_key(user.authentication, user.authentication_key, frame.engine)
            if user.privacy:
                self._engine.privacy_key = usm.privacy_key(user.privacy, user.authentication, user.privacy_key, frame.engine)


_UNSIGNED = codec.tagged(codec.OCTETS, b"") * 2
_EMPTY_GET = codec.integer(1) + codec.integer(0) * 2 + codec.names_only(())


def _scoped(engine: bytes, context: bytes, pdu: bytes) -> bytes:
    return codec.tagged(codec.SEQUENCE, codec.tagged(codec.OCTETS, engine) + codec.tagged(codec.OCTETS, context) + pdu)


_VERSION = codec.integer(_USM)
_HEADER_TAILS = {
    flags: codec.integer(_MAXIMUM_SIZE) + codec.tagged(codec.OCTETS, bytes((flags,))) + codec.integer(_USM) for flags in range(8)
}


def _opening(engine: bytes, boots: int, time: int, name: bytes) -> bytes:
    """Write the security parameters that stay the same for a second."""
    return codec.tagged(codec.OCTETS, engine) + codec.integer(boots) + codec.integer(time) + codec.tagged(codec.OCTETS, name)


def _message(request: int, flags: int, opening: bytes, signature_and_salt: bytes, scoped: bytes) -> bytes:
    header = codec.tagged(codec.SEQUENCE, b"\x02\x04" + request.to_bytes(4, "big") + _HEADER_TAILS[flags])
    wrapped = codec.tagged(codec.OCTETS, codec.tagged(codec.SEQUENCE, opening + signature_and_salt))
    return codec.tagged(codec.SEQUENCE, _VERSION + header + wrapped + scoped)


def _frame(data: bytes) -> _Frame:
    """Take a message apart without trusting anything in it."""
    position, end = codec.element(data, 0, len(data), codec.SEQUENCE)
    version, position = codec.number(data, position, end)
    if version != _USM:
        raise MalformedReplyError("the reply carries another version")
    start, position = codec.element(data, position, end, codec.SEQUENCE)
    request, start = codec.number(data, start, position)
    _, start = codec.number(data, start, position)
    flags_at, flags_end = codec.element(data, start, position, codec.OCTETS)
    if flags_end - flags_at != 1:
        raise MalformedReplyError("the message flags have an impossible size")
    start, scoped = codec.element(data, position, end, codec.OCTETS)
    start, stop = codec.element(data, start, scoped, codec.SEQUENCE)
    engine_at, engine_end = codec.element(data, start, stop, codec.OCTETS)
    boots, position = codec.number(data, engine_end, stop)
    time, position = codec.number(data, position, stop)
    _, position = codec.element(data, position, stop, codec.OCTETS)
    signature = codec.element(data, position, stop, codec.OCTETS)
    salt_at, salt_end = codec.element(data, signature[1], stop, codec.OCTETS)
    engine = data[engine_at:engine_end]
    return _Frame(request, data[flags_at], engine, boots, time, signature, data[salt_at:salt_end], (scoped, end))
