"""What can be asked of an agent, as pure state machines: they make requests, take replies, and never touch a socket."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from wenyam.errors import CollectError, CredentialsRefusedError, MalformedReplyError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Reader, Reply, Value

NAMES_PER_PACKET = 60
"""Values in one request: a full packet of 1,472 bytes, the most that travels without fragments."""


@dataclass(slots=True, eq=False)
class Ask:
    """One request, encoded but for its request-id."""

    tag: int
    names: tuple[bytes, ...]
    repetitions: int
    body: bytes
    attempts: int | None = None
    """Sent so often at most, when less than the patience of the session makes sense."""
    read: Reader = codec.read_body
    """How the body of its reply is read."""

    def pdu(self, request: int) -> bytes:
        """Write the PDU under this request-id, which must lie in [2^30, 2^31)."""
        return codec.tagged(self.tag, b"\x02\x04" + request.to_bytes(4, "big") + self.body)


_NO_ERROR = codec.integer(0) * 2


def get(names: Sequence[bytes]) -> Ask:
    """Ask for these exact values."""
    return Ask(codec.GET, tuple(names), 0, _NO_ERROR + codec.names_only(tuple(names)))


def following(names: Sequence[bytes]) -> Ask:
    """Ask for what follows each of these names."""
    return Ask(codec.NEXT, tuple(names), 1, _NO_ERROR + codec.names_only(tuple(names)))


def bulk(names: Sequence[bytes], repetitions: int, attempts: int | None = None, *, once: int = 0) -> Ask:
    """Ask for the next `repetitions` values after each of these names, only one after the first `once` (RFC 3416, 4.2.3)."""
    body = codec.integer(once) + codec.integer(repetitions) + codec.names_only(tuple(names))
    return Ask(codec.BULK, tuple(names), repetitions, body, attempts)


class Question(Protocol):
    """Something that takes one or more rounds of requests to answer."""

    def asks(self) -> Sequence[Ask]:
        """Return the requests of the next round; none when the question is answered or given up."""

    def take(self, ask: Ask, reply: Reply) -> None:
        """Take the reply to one request."""

    def fail(self, ask: Ask, error: CollectError) -> None:
        """Hear that one request got no usable reply."""


def packed(names: Sequence[bytes], size: int = NAMES_PER_PACKET) -> Iterator[Sequence[bytes]]:
    """Cut names into packets."""
    for start in range(0, len(names), size):
        yield names[start : start + size]


def error_text(reply: Reply, ask: Ask) -> str:
    """Say which error the agent reported, and about which name."""
    word = codec.ERROR_NAMES.get(reply.error, f"error {reply.error}")
    if 0 < reply.error_index <= len(ask.names):
        return f"the agent answered {word} about {oids.decode(ask.names[reply.error_index - 1])}"
    return f"the agent answered {word}"


def agent_error(reply: Reply, ask: Ask) -> CollectError:
    """Turn an error the agent reported into the user's: no access is a matter of credentials."""
    words = error_text(reply, ask)
    return CredentialsRefusedError(words) if reply.error in codec.ACCESS_ERRORS else MalformedReplyError(words)


def refusal(ask: Ask, reply: Reply) -> MalformedReplyError:
    """Say why a reply does not belong to a GET."""
    if not reply.names:
        return MalformedReplyError("the reply holds no values; nothing can be concluded from it")
    for asked, answered in zip(ask.names, reply.names, strict=False):
        if asked != answered:
            return MalformedReplyError(f"the reply is about {oids.decode(answered)} where {oids.decode(asked)} was asked")
    return MalformedReplyError(f"the reply holds {len(reply.names)} values where {len(ask.names)} were asked")


@dataclass(slots=True)
class Scalars:
    """Single values by name. A value the agent does not have is `Absent`; one it could not give is in `failures`."""

    names: Sequence[bytes]
    values: dict[bytes, Value] = field(default_factory=dict)
    failures: list[CollectError] = field(default_factory=list)
    _pending: list[Ask] = field(default_factory=list)
    _started: bool = False

    def asks(self) -> Sequence[Ask]:
        """Return full packets first, then what errors left over."""
        if not self._started:
            self._started = True
            return [get(names) for names in packed(self.names)]
        pending, self._pending = self._pending, []
        return pending

    def take(self, ask: Ask, reply: Reply) -> None:
        """Keep the values, or ask again without the name that was at fault."""
        if reply.error:
            self._retry(ask, reply)
        elif reply.names == list(ask.names):
            self.values.update(zip(ask.names, reply.values, strict=True))
        else:
            self.failures.append(refusal(ask, reply))

    def fail(self, ask: Ask, error: CollectError) -> None:  # noqa: ARG002  # the protocol of every question
        """Keep the failure."""
        self.failures.append(error)

    def _retry(self, ask: Ask, reply: Reply) -> None:
        culprit = reply.error_index - 1
        if len(ask.names) == 1 or reply.error not in codec.ERROR_NAMES:
            self._give_up(ask, reply)
        elif reply.error != codec.TOO_BIG and 0 <= culprit < len(ask.names):
            self._give_up(get(ask.names[culprit : culprit + 1]), reply)
            self._pending.append(get(ask.names[:culprit] + ask.names[culprit + 1 :]))
        else:
            half = len(ask.names) // 2
            self._pending += [get(ask.names[:half]), get(ask.names[half:])]

    def _give_up(self, ask: Ask, reply: Reply) -> None:
        if reply.error == codec.NO_SUCH_NAME:
            self.values.update(dict.fromkeys(ask.names, Absent.NO_SUCH_OBJECT))
        else:
            self.failures.append(agent_error(reply, ask))
