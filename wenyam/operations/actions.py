"""What may be asked of the running watcher over the control socket: every action by name, none over the network."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from wenyam.alerts.peers import PeerFeed
from wenyam.alerts.service import AlertService
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.model.facts import Fact
from wenyam.operations import snapshot
from wenyam.operations.actor import person_of
from wenyam.operations.alerts import alert_actions
from wenyam.operations.announcements import announcement_actions
from wenyam.operations.approval_actions import approval_actions
from wenyam.operations.incidents import incident_actions
from wenyam.operations.job_actions import job_actions
from wenyam.operations.maintenance_actions import maintenance_actions
from wenyam.operations.oncall_actions import oncall_actions
from wenyam.operations.peer_heads import peer_actions
from wenyam.settings.unknown import unknown

Answer = dict[str, Any]
_READY_SECONDS = 4.0
"""How long a question about incidents and messages waits, in the first moments of a watcher, until these are read."""


class Actions:
    """Answers requests; the actor is the kernel's user id mapped to `people`, never a field of the request."""

    def __init__(self, watcher: Watcher, alerts: AlertService, peers: PeerFeed) -> None:
        """Take the watcher, the alert service and the feed of peers to act on."""
        self._watcher = watcher
        self._alerts = alerts
        of_alerts = {**alert_actions(alerts), **announcement_actions(alerts), **incident_actions(alerts)}
        self._waiting = frozenset(of_alerts)
        self._known: dict[str, Callable[[str, Answer], Awaitable[Answer]]] = {
            "snapshot": self._snapshot,
            "device": self._device,
            "recheck": self._recheck,
            **oncall_actions(watcher),
            **job_actions(watcher),
            **approval_actions(watcher),
            **maintenance_actions(watcher),
            **peer_actions(watcher, peers),
            **of_alerts,
        }

    async def answer(self, user: int, request: Answer) -> Answer:
        """Answer one request; UsageError for one that is not known."""
        action = self._known.get(str(request.get("action")))
        if action is None:
            raise UsageError(f"unknown action '{request.get('action')}'; there are: {', '.join(sorted(self._known))}")
        if request["action"] in self._waiting:
            await self._alerts_are_read()
        return await action(self._actor(user), request)

    async def _alerts_are_read(self) -> None:
        """Wait a moment for a watcher that has just begun; UsageError rather than an answer out of an empty book."""
        try:
            async with asyncio.timeout(_READY_SECONDS):
                await self._alerts.ready.wait()
        except TimeoutError:
            raise UsageError("incidents and alerts are not read yet: the watcher has just begun. Try again in a moment") from None

    def _actor(self, user: int) -> str:
        return person_of(self._watcher.configuration.inventory, user)

    async def _snapshot(self, _actor: str, request: Answer) -> Answer:
        return snapshot.snapshot(self._watcher, str(request.get("since") or ""))

    async def _device(self, _actor: str, request: Answer) -> Answer:
        return snapshot.device(self._watcher, _name(request))

    async def _recheck(self, actor: str, request: Answer) -> Answer:
        name = _name(request)
        if not self._watcher.recheck(name):
            inventory = self._watcher.configuration.inventory
            raise unknown("device or service", name, [*inventory.devices, *inventory.services])
        await self._watcher.journal.record(Fact("recheck-asked", self._watcher.clock.now(), actor, {"name": name}))
        return {"version": snapshot.VERSION, "rechecking": name}


def _name(request: Answer) -> str:
    name = request.get("name")
    if not isinstance(name, str) or not name:
        raise UsageError("this action needs a 'name'")
    return name
