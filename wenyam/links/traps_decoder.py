"""Notifications read by pysnmp: one engine that lives in one thread and talks to no socket; datagrams go in, datagrams come out.

What pysnmp 7.1 leaves open is closed here: who may send is compared before pysnmp decodes, version 3 messages below the user's
level or older than its window are refused, and the engine is made anew now and then, because it never forgets what it refused.
"""

import hmac
from collections import OrderedDict
from collections.abc import Iterable
from typing import Any

from pyasn1.type import univ
from pysnmp.carrier.asyncio.dgram import udp
from pysnmp.entity import config
from pysnmp.entity.engine import SnmpEngine
from pysnmp.entity.rfc3413.ntfrcv import NotificationReceiver
from pysnmp.proto import rfc1902
from pysnmp.proto.api import v1, v2c
from pysnmp.proto.errind import ErrorIndication
from pysnmp.proto.proxy import rfc2576

from wenyam.clock import Clock
from wenyam.errors import MalformedReplyError
from wenyam.links.traps_header import Clocks, Header, read_header
from wenyam.links.traps_messages import (
    MALFORMED,
    NO_TRAP,
    TOO_OLD,
    TOO_OPEN,
    UNKNOWN_USER,
    WRONG_COMMUNITY,
    WRONG_KEY,
    Community,
    Decoded,
    Inform,
    Notification,
    TrapUser,
    Value,
)

_TRAP_OID, _UPTIME = "1.3.6.1.6.3.1.1.4.1.0", "1.3.6.1.2.1.1.3.0"
_SENDERS = 1024
"""Foreign engines whose keys are kept at once."""
_MESSAGES = 20_000
"""After so many messages the engine is made anew (80 ms)."""
_BOOTS_MILLISECONDS = 10_000
_AUTHENTICATION = {
    "none": config.USM_AUTH_NONE, "md5": config.USM_AUTH_HMAC96_MD5, "sha1": config.USM_AUTH_HMAC96_SHA,
    "sha224": config.USM_AUTH_HMAC128_SHA224, "sha256": config.USM_AUTH_HMAC192_SHA256,
    "sha384": config.USM_AUTH_HMAC256_SHA384, "sha512": config.USM_AUTH_HMAC384_SHA512,
}  # fmt: skip
_PRIVACY = {
    "none": config.USM_PRIV_NONE, "des": config.USM_PRIV_CBC56_DES, "aes128": config.USM_PRIV_CFB128_AES,
    "aes192": config.USM_PRIV_CFB192_AES_BLUMENTHAL, "aes256": config.USM_PRIV_CFB256_AES_BLUMENTHAL,
    "aes192-cisco": config.USM_PRIV_CFB192_AES, "aes256-cisco": config.USM_PRIV_CFB256_AES,
}  # fmt: skip


class _Outgoing:
    """Stands where pysnmp expects a transport, and keeps what it would send."""

    def __init__(self) -> None:
        self.datagrams: list[bytes] = []

    def send_message(self, message: bytes, _domain: Any, _address: Any) -> None:
        self.datagrams.append(bytes(message))

    def drain(self) -> tuple[bytes, ...]:
        datagrams, self.datagrams = tuple(self.datagrams), []
        return datagrams

    @staticmethod
    def get_timer_resolution() -> float:
        return 1.0

    @staticmethod
    def get_timer_ticks() -> int:
        return 0


class TrapDecoder:
    """Reads datagrams, one after the other, in one thread."""

    def __init__(self, clock: Clock, engine_id: bytes, communities: Iterable[Community], users: Iterable[TrapUser]) -> None:
        """Take who may send; `engine_id` is ours, which those who send version 3 informs must keep."""
        self._clock = clock
        self._engine_id = engine_id
        self._communities = tuple(communities)
        self._users = {user.name.encode(): user for user in users}
        self._clocks = Clocks()
        self._outgoing = _Outgoing()
        self._found: tuple[Any, ...] | None = None
        self._failure: ErrorIndication | None = None
        self._renew()

    def _renew(self) -> None:
        self._messages = 0
        self._senders: OrderedDict[tuple[bytes, bytes], Any] = OrderedDict()
        # Without an identifier of its own: given one, pysnmp keeps files in /tmp, where others could lay links.
        self._engine = engine = SnmpEngine()
        identity, boots = engine.get_mib_builder().import_symbols("__SNMP-FRAMEWORK-MIB", "snmpEngineID", "snmpEngineBoots")
        engine.snmpEngineID = identity.syntax = identity.syntax.clone(self._engine_id)
        boots.syntax = boots.syntax.clone(self._clock.now() // _BOOTS_MILLISECONDS)
        engine.transport_dispatcher = self._outgoing
        engine.message_dispatcher.register_context_engine_id(b"", NotificationReceiver.SUPPORTED_PDU_TYPES, self._take)
        engine.observer.register_observer(self._note, "rfc3412.prepareDataElements:sm-failure")
        for community in self._communities:
            config.add_v1_system(engine, community.credential, community.secret)
        for user in self._users.values():
            self._add(user, None)

    def _add(self, user: TrapUser, engine_id: Any) -> None:
        config.add_v3_user(
            self._engine,
            user.name,
            _AUTHENTICATION[user.authentication],
            user.authentication_key or None,
            _PRIVACY[user.privacy],
            user.privacy_key or None,
            securityEngineId=engine_id,
        )

    def decode(self, data: bytes, source: str) -> Decoded:
        """Read one datagram; never raises for what is in it."""
        try:
            header = read_header(data)
        except MalformedReplyError:
            return Decoded(refused=MALFORMED)
        refused = self._refusal(header)
        if refused:
            return Decoded(refused=refused)
        self._messages += 1
        if self._messages > _MESSAGES:
            self._renew()
        if header.version == "3":
            self._meet(header)
        return self._read(header, data, source)

    def _refusal(self, header: Header) -> str:
        """Say why this sender is not read any further; empty when it may be one of ours."""
        if header.version != "3":
            return "" if self._community(header) else WRONG_COMMUNITY
        if not header.user or not header.engine:
            return ""  # pysnmp answers with our engine's identity, as whoever sends informs must ask for
        user = self._users.get(header.user)
        if user is None:
            return UNKNOWN_USER
        if header.level < user.level:
            # Our own clock is asked for by an authenticated message of whoever sends private ones (RFC 3414, 4).
            asks = header.engine == self._engine_id and header.level == 1 and not header.boots
            return "" if asks else TOO_OPEN
        is_old = header.engine != self._engine_id and self._clocks.is_old(header, self._clock.monotonic())
        return TOO_OLD if is_old else ""

    def _community(self, header: Header) -> Community | None:
        matching = [one for one in self._communities if hmac.compare_digest(one.secret, header.community)]
        return matching[0] if matching else None

    def _meet(self, header: Header) -> None:
        """Let pysnmp know the user's keys for the engine that sends."""
        user = self._users.get(header.user)
        if user is None or header.engine == self._engine_id or not 5 <= len(header.engine) <= 32:  # noqa: PLR2004  # RFC 3411
            return
        key = (header.engine, header.user)
        if key not in self._senders:
            if len(self._senders) >= _SENDERS:
                (_, name), oldest = self._senders.popitem(last=False)
                config.delete_v3_user(self._engine, name.decode(), oldest)
            self._senders[key] = rfc1902.OctetString(header.engine)
            self._add(user, self._senders[key])
        self._senders.move_to_end(key)

    def _read(self, header: Header, data: bytes, source: str) -> Decoded:
        self._found = self._failure = None
        address = udp.UdpTransportAddress((source, 0))
        try:
            self._engine.message_dispatcher.receive_message(self._engine, udp.DOMAIN_NAME, address, data)
            notification = self._notification(header, source)
        except Exception:  # noqa: BLE001  # pysnmp and pyasn1 raise anything at all on hostile input; the datagram is counted
            self._outgoing.drain()
            return Decoded(refused=MALFORMED)
        replies = self._outgoing.drain()
        if notification is None:
            return Decoded(refused=self._why(replies), replies=replies)
        if header.version == "3" and header.level:
            self._clocks.proved(header, self._clock.monotonic())
        return Decoded(notification, replies=replies)

    def _why(self, replies: tuple[bytes, ...]) -> str:
        """Name what pysnmp refused; that a sender asks for our engine's identity or clock is no fault."""
        name = type(self._failure).__name__
        found = {"AuthenticationFailure": WRONG_KEY, "DecryptionError": WRONG_KEY, "UnknownSecurityName": UNKNOWN_USER,
                 "UnknownCommunityName": WRONG_COMMUNITY, "UnsupportedSecurityLevel": TOO_OPEN}.get(name)  # fmt: skip
        if found:
            return found
        return "" if replies else (NO_TRAP if self._failure is None else MALFORMED)

    def _note(self, _engine: Any, _point: str, variables: dict[str, Any], _context: Any) -> None:
        self._failure = variables["statusInformation"].get("errorIndication")

    def _take(self, *arguments: Any) -> None:
        """Be the application that pysnmp hands notifications to; an inform is answered later, in `answer`."""
        self._found = arguments

    def _notification(self, header: Header, source: str) -> Notification | None:
        if self._found is None:
            return None
        _, model, _, name, _, _, _, _, pdu, *_ = self._found
        inform = pdu.tagSet == v2c.InformRequestPDU.tagSet
        plain = rfc2576.v1_to_v2(pdu) if model == 0 else pdu
        varbinds = [(str(oid), _plain(value)) for oid, value in v2c.apiPDU.get_varbinds(plain)]
        oid = next((value for name_, value in varbinds if name_ == _TRAP_OID and isinstance(value, str)), "")
        if not oid:
            raise MalformedReplyError("a notification without snmpTrapOID")
        rest = tuple((name_, value) for name_, value in varbinds if name_ not in (_TRAP_OID, _UPTIME))
        token = Inform(self._found, self._engine) if inform else None
        credential = self._users[header.user].credential if header.version == "3" else str(name)
        return Notification(source, self._clock.now(), header.version, credential, oid, rest, token)

    def answer(self, notification: Notification) -> bytes:
        """Return the response to an inform; MalformedReplyError when it cannot be answered any more."""
        inform = notification.inform
        if inform is None or inform.engine is not self._engine:
            raise MalformedReplyError("there is nothing to answer")
        engine, model, security, name, level, context_engine, context, version, pdu, room, state = inform.arguments
        response = v2c.apiPDU.get_response(pdu)
        v2c.apiPDU.set_error_status(response, 0)
        v2c.apiPDU.set_error_index(response, 0)
        v2c.apiPDU.set_varbinds(response, v2c.apiPDU.get_varbinds(pdu))
        try:
            engine.message_dispatcher.return_response_pdu(
                engine, model, security, name, level, context_engine, context, version, response, room, state, {}
            )
        except Exception as error:  # pysnmp has many kinds; the sender will send again
            raise MalformedReplyError("the inform could not be answered") from error
        replies = self._outgoing.drain()
        return replies[-1] if replies else b""


def _plain(value: Any) -> Value:
    """Return a pysnmp value as what it means; what is no value is None, never 0."""
    if isinstance(value, (v1.IpAddress, v2c.IpAddress)):
        return str(value.prettyPrint())
    if isinstance(value, univ.ObjectIdentifier):
        return str(value)
    if isinstance(value, univ.OctetString):
        return bytes(value)
    return int(value) if isinstance(value, univ.Integer) else None
