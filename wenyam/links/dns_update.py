"""Changing a zone by dynamic update (RFC 2136), signed with a TSIG key (RFC 8945), over TCP."""

import base64
from dataclasses import dataclass, field
from typing import Final

import dns.asyncquery
import dns.exception
import dns.message
import dns.name
import dns.rcode
import dns.tsig
import dns.tsigkeyring
import dns.update

from wenyam.errors import CollectError, CredentialsRefusedError, MalformedReplyError, SecretError
from wenyam.links.sockets import failure_of, silence, where
from wenyam.model.inventory import Credential
from wenyam.settings.secrets import SecretReader

KIND: Final = "tsig"
_UNSAID: Final = "no prerequisite of this name can hold"
_UNMET: Final = (dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.NXDOMAIN, dns.rcode.YXDOMAIN)


class UpdateRefusedError(CollectError):
    """The name server refused the update."""

    permanent = True


@dataclass(frozen=True, slots=True)
class Key:
    """A TSIG key; its secret is read just before it is used."""

    credential: str
    name: str
    algorithm: str
    secret: str = field(repr=False)

    @classmethod
    def of(cls, credential: Credential, reader: SecretReader) -> "Key":
        """Read a credential of kind tsig."""
        if credential.kind != KIND:
            raise SecretError(f"credential '{credential.name}' ({credential.kind}) is no {KIND}")
        settings = credential.settings
        return cls(credential.name, settings["key_name"], settings["algorithm"], reader.of(credential, "secret"))


@dataclass(frozen=True, slots=True)
class RecordSet:
    """All records of one name and type."""

    zone: str
    name: str
    kind: str
    values: tuple[str, ...]
    ttl: int = 60


@dataclass(frozen=True, slots=True)
class NameServer:
    """Where updates are taken: the zone's primary."""

    address: str
    port: int = 53

    @property
    def at(self) -> str:
        """Where, for a sentence."""
        return f"name server {where(self.address, self.port)}"


async def replace(server: NameServer, wanted: RecordSet, former: tuple[str, ...], key: Key, seconds: float) -> None:
    """Put `wanted` in the place of what there is, provided that is still `former`; UpdateRefusedError when it is not done."""
    update = _update(wanted.zone, key)
    if former:
        update.present(_absolute(wanted.name), wanted.kind, *former)
    else:
        update.absent(_absolute(wanted.name), wanted.kind)
    if wanted.values:
        update.replace(_absolute(wanted.name), wanted.ttl, wanted.kind, *wanted.values)
    else:
        update.delete(_absolute(wanted.name), wanted.kind)
    code = await _sent(server, update, key, seconds)
    if code in _UNMET:
        raise UpdateRefusedError(f"{server.at}: the records of {wanted.name} are no longer {', '.join(former) or 'absent'}")
    _require_done(server, wanted.zone, key, code)


async def rehearse(server: NameServer, wanted: RecordSet, key: Key, seconds: float) -> None:
    """Ask for the change under a condition that cannot hold, so that key and right are judged and nothing is changed."""
    update = _update(wanted.zone, key)
    update.present(f"wenyam-rehearsal-of-nothing.{_absolute(wanted.zone)}")
    update.replace(_absolute(wanted.name), wanted.ttl, wanted.kind, *wanted.values)
    code = await _sent(server, update, key, seconds)
    if code not in _UNMET:
        _require_done(server, wanted.zone, key, code)
        raise MalformedReplyError(f"{server.at} said that it changed {wanted.name}, though {_UNSAID}; look at the zone")


def _absolute(name: str) -> str:
    return name if name.endswith(".") else f"{name}."


def _update(zone: str, key: Key) -> dns.update.UpdateMessage:
    try:
        base64.b64decode(key.secret, validate=True)  # the library takes anything
        ring = dns.tsigkeyring.from_text({_absolute(key.name): key.secret})
    except (ValueError, dns.exception.DNSException):
        # No cause: it would show the secret.
        raise SecretError(f"credential '{key.credential}': the secret is no base64, or the key's name is none") from None
    try:
        return dns.update.UpdateMessage(
            _absolute(zone), keyring=ring, keyname=dns.name.from_text(key.name), keyalgorithm=_absolute(key.algorithm)
        )
    except (ValueError, dns.exception.DNSException) as error:
        raise UpdateRefusedError(f"'{zone}' is no zone") from error


async def _sent(server: NameServer, update: dns.message.Message, key: Key, seconds: float) -> dns.rcode.Rcode:
    try:
        answer = await dns.asyncquery.tcp(update, server.address, timeout=seconds, port=server.port)
    except (dns.tsig.PeerError, dns.tsig.BadSignature) as error:
        advice = "Name, algorithm and secret must be those of the server; the clocks may differ by five minutes at most."
        words = f"credential '{key.credential}' at {server.at} ({_words(error)})"
        raise CredentialsRefusedError(words, hint=advice) from error
    except dns.exception.Timeout as error:
        raise silence(server.at, seconds) from error
    except OSError as error:
        raise failure_of(error, server.at) from error
    except (dns.exception.DNSException, EOFError, ValueError) as error:
        raise MalformedReplyError(f"{server.at}: no valid answer ({type(error).__name__})") from error
    return answer.rcode()


def _words(error: dns.exception.DNSException) -> str:
    known: dict[type[dns.exception.DNSException], str] = {
        dns.tsig.PeerBadKey: "it does not know the key",
        dns.tsig.PeerBadSignature: "the secret is another one",
        dns.tsig.PeerBadTime: "the clocks are too far apart",
    }
    return known.get(type(error), str(error) or type(error).__name__)


def _require_done(server: NameServer, zone: str, key: Key, code: dns.rcode.Rcode) -> None:
    if code == dns.rcode.NOERROR:
        return
    words = {
        dns.rcode.REFUSED: f"the key '{key.name}' has no right to this change of {zone}",
        dns.rcode.NOTAUTH: f"it is not the primary of {zone}, or does not know the key '{key.name}'",
        dns.rcode.NOTZONE: f"the name does not lie in {zone}",
    }
    raise UpdateRefusedError(f"{server.at}: {words.get(code, dns.rcode.to_text(code))}")
