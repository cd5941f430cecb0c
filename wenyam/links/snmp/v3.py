"""SNMP v3 messages (RFC 3412, RFC 3414): discovery of the engine, its clock, signatures, ciphers, reports."""

import hmac
from collections.abc import Callable
from dataclasses import dataclass, field

from wenyam.errors import ConfigurationError, CredentialsRefusedError, EngineClockError, MalformedReplyError
from wenyam.links.snmp import codec, oids, usm, v3_frame
from wenyam.links.snmp.codec import Reader, Reply
from wenyam.links.snmp.security import ReportedError, Resynchronised
from wenyam.links.snmp.v3_frame import Frame, Shapes

_AUTHENTICATED, _PRIVATE, _REPORTABLE = 0x01, 0x02, 0x04
_SALT = 8
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
    scope: bytes = b""
    """How every scoped PDU begins: the engine and our context."""
    signer: usm.Signer | None = None
    privacy: usm.Privacy | None = None
    shapes: Shapes = field(default_factory=Shapes)


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
    _second_parameters: bytes = b""

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
            scoped = codec.tagged(codec.SEQUENCE, codec.tagged(codec.OCTETS, b"") * 2 + codec.tagged(codec.GET, _EMPTY_GET))
            opening = v3_frame.parameters(v3_frame.opening(b"", 0, 0, b""), 0, 0)
            return v3_frame.begun(request, flags, opening, len(scoped) + 2) + _NO_SALT + scoped
        now = self._now()
        scoped = codec.head(codec.SEQUENCE, len(engine.scope) + len(pdu)) + engine.scope + pdu
        if engine.privacy is not None:
            flags |= _PRIVATE
            content, salt = engine.privacy.encrypt((engine.boots, now), self._salts.next(), scoped)
            scoped = codec.head(codec.OCTETS, len(content)) + content
        behind = bytes((codec.OCTETS, len(salt))) + salt + scoped
        signer = engine.signer
        if signer is None:
            return v3_frame.begun(request, flags, self._parameters_at(now), len(behind)) + behind
        before = v3_frame.begun(request, flags | _AUTHENTICATED, self._parameters_at(now), signer.size + len(behind))
        return before + signer.sign(before, behind) + behind

    def _parameters_at(self, now: int) -> bytes:
        """Write the security parameters up to the signature once a second."""
        engine = self._engine
        moment = (engine.boots, now)
        if self._second != moment:
            self._second = moment
            opening = v3_frame.opening(engine.identity, *moment, self.user.name.encode())
            size = 0 if engine.signer is None else engine.signer.size
            self._second_parameters = v3_frame.parameters(opening, size, _SALT if engine.privacy is not None else 0)
        return self._second_parameters

    def _now(self) -> int:
        return self._engine.time + int(self.monotonic() - self._engine.heard)

    def unseal(self, datagram: bytes, read: Reader | None = None) -> Reply:
        """Check signature and clock, decrypt, and tell a reply from a report."""
        engine = self._engine
        frame = engine.shapes.frame(datagram)
        authentic = self._is_authentic(datagram, frame)
        data, start, stop = self._plain(datagram, frame)
        ours = data.startswith(engine.scope, start) and self.ready
        pdu = start + len(engine.scope) if ours else _after_scope(data, start, stop)
        reply = codec.parse_pdu(data, pdu, stop, read)
        if reply.tag == codec.REPORT:
            self._reported(frame, reply, authentic=authentic)
        if self.user.authentication and not authentic:
            raise MalformedReplyError("the reply is not signed with our key")
        if frame.engine != engine.identity or not (ours or _engine_of(data, start, stop) == engine.identity):
            raise MalformedReplyError("the reply comes from another engine")
        self._check_clock(frame)
        engine.shapes.keep(datagram, frame)
        self.proven = True
        return reply

    def _is_authentic(self, datagram: bytes, frame: Frame) -> bool:
        """Compare signatures in constant time; False when the message carries none."""
        start, end = frame.signature
        signer = self._engine.signer
        if not frame.flags & _AUTHENTICATED or signer is None or frame.engine != self._engine.identity:
            return False
        if end - start != signer.size or not hmac.compare_digest(
            signer.sign(datagram[:start], datagram[end:]), datagram[start:end]
        ):
            raise MalformedReplyError("the reply's signature is wrong")
        return True

    def _plain(self, datagram: bytes, frame: Frame) -> tuple[bytes, int, int]:
        """Return the scoped PDU's bytes and where its content lies."""
        start, stop = frame.scoped
        data = datagram
        if frame.flags & _PRIVATE:
            privacy = self._engine.privacy
            if privacy is None:
                raise MalformedReplyError("the reply is encrypted where we asked in the clear")
            start, stop = codec.element(datagram, start, stop, codec.OCTETS)
            data = privacy.decrypt((frame.boots, frame.time), frame.salt, datagram[start:stop])
            start, stop = 0, len(data)
        elif self.user.privacy and datagram[start] == codec.OCTETS:
            raise MalformedReplyError("the reply's flags do not fit its content")
        start, stop = codec.element(data, start, stop, codec.SEQUENCE)
        return data, start, stop

    def _check_clock(self, frame: Frame) -> None:
        """Drop replays (RFC 3414, 3.2 7b) and follow the engine's clock."""
        if not self.user.authentication:
            return
        engine, now = self._engine, self._now()
        if frame.boots < engine.boots or (frame.boots == engine.boots and frame.time < now - _WINDOW):
            raise MalformedReplyError("the reply is older than the time window allows")
        if frame.boots > engine.boots or frame.time > now:
            self._set_clock(frame)

    def _set_clock(self, frame: Frame) -> None:
        self._engine.boots, self._engine.time, self._engine.heard = frame.boots, frame.time, self.monotonic()

    def _reported(self, frame: Frame, reply: Reply, *, authentic: bool) -> None:
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

    def _meet(self, frame: Frame) -> None:
        """Take a new engine: its identity, its clock, and our keys bound to it."""
        user = self.user
        self._second = (-1, -1)
        scope = codec.tagged(codec.OCTETS, frame.engine) + codec.tagged(codec.OCTETS, user.context.encode())
        engine = self._engine = _Engine(frame.engine, frame.boots, frame.time, self.monotonic(), scope)
        if user.authentication:
            engine.signer = usm.Signer(
                user.authentication, usm.localized_key(user.authentication, user.authentication_key, frame.engine)
            )
            if user.privacy:
                key = usm.privacy_key(user.privacy, user.authentication, user.privacy_key, frame.engine)
                engine.privacy = usm.Privacy(user.privacy, key)


_NO_SALT = codec.tagged(codec.OCTETS, b"")
_EMPTY_GET = codec.integer(1) + codec.integer(0) * 2 + codec.names_only(())


def _engine_of(data: bytes, start: int, stop: int) -> bytes:
    """Return whose a scoped PDU is."""
    engine_start, engine_stop = codec.element(data, start, stop, codec.OCTETS)
    return data[engine_start:engine_stop]


def _after_scope(data: bytes, start: int, stop: int) -> int:
    """Return where the PDU begins behind an engine and a context of any kind."""
    _, engine_stop = codec.element(data, start, stop, codec.OCTETS)
    return codec.element(data, engine_stop, stop, codec.OCTETS)[1]
