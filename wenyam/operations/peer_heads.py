"""A person believes the chain of another Wenyam although it does not follow from the head that is kept here."""

from collections.abc import Awaitable, Callable
from typing import Any

from wenyam.alerts import peer_heads
from wenyam.alerts.peers import PeerFeed
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.i18n.clean_text import clean
from wenyam.settings.unknown import unknown

VERSION = 1
ACTION = "peer-accept"
_LONGEST_REASON = 300

Answer = dict[str, Any]


def peer_actions(watcher: Watcher, peers: PeerFeed) -> dict[str, Callable[[str, Answer], Awaitable[Answer]]]:
    """Return what may be asked about other Wenyams over the control socket."""

    async def accept(actor: str, request: Answer) -> Answer:
        name, reason = str(request.get("peer") or ""), clean(str(request.get("reason") or ""), _LONGEST_REASON)
        known = watcher.configuration.guarding.peers
        if name not in known:
            raise unknown("peer", name, known)
        if not reason:
            raise UsageError("this action needs a 'reason'")
        head = peers.shown(name)
        if head is None:
            raise UsageError(f"'{name}' has shown no head since this start; see 'wenyam status'")
        fact = peer_heads.accepted(head, watcher.clock.now(), actor, reason)
        await watcher.journal.record(fact)
        peers.believe(fact)
        watcher.recheck(f"peer-{name}")
        return {"version": VERSION, "peer": name, "sequence": head.sequence, "digest": head.digest}

    return {ACTION: accept}
