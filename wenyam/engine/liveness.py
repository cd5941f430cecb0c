"""Whether devices live: probe, re-check fast, and ask witnesses and parents before anybody is called down."""

import asyncio
from dataclasses import replace

from wenyam.clock import Clock
from wenyam.engine import state
from wenyam.engine.board import Board
from wenyam.engine.heartbeat import Heartbeat
from wenyam.engine.network import BLIND, OWN_NETWORK, OwnNetwork
from wenyam.engine.probing import Prober
from wenyam.engine.reachability import blocking_parent
from wenyam.engine.wheel import Wheel
from wenyam.model.inventory import Device
from wenyam.model.states import Observation, State, Subject

SETTLE_ROUNDS = 8
"""How often a parent is re-checked at most before its present state is taken as its answer."""


class Liveness:
    """One `look` at a time per device, shared by the wheel and by children that wait for their parent."""

    def __init__(
        self, *, clock: Clock, board: Board, wheel: Wheel, network: OwnNetwork, prober: Prober, heartbeat: Heartbeat
    ) -> None:
        """Take the parts; devices come by `configure`."""
        self._clock = clock
        self._board = board
        self._wheel = wheel
        self._network = network
        self._prober = prober
        self._devices: dict[str, Device] = {}
        self._looking: dict[str, asyncio.Future[None]] = {}
        self._heartbeat = heartbeat

    def configure(self, devices: dict[str, Device]) -> None:
        """Take the devices to watch."""
        self._devices = devices

    async def look(self, name: str) -> None:
        """Probe a device once and draw the consequences; who asks while a look is under way waits for that one."""
        under_way = self._looking.get(name)
        if under_way is not None:
            await asyncio.shield(under_way)
            return
        done = self._looking[name] = asyncio.get_running_loop().create_future()
        try:
            await self._look(name)
        finally:
            del self._looking[name]
            done.set_result(None)

    async def _look(self, name: str) -> None:
        device = self._devices.get(name)
        if device is None:
            return
        started, begun = self._clock.now(), self._clock.monotonic()
        result = await self._prober.probe(device)
        if self._was_blind(begun):
            self._wheel.hasten(("alive", name), 0.0)
            return
        observation = await self._blamed(device, Observation(started, result))
        if observation is not None and not self._was_blind(begun):
            self._take(device, observation)
        record = self._board.record(device.subject)
        if record is not None and not record.settled:
            self._wheel.hasten(("alive", name), device.alive.policy.recheck)

    def _take(self, device: Device, observation: Observation) -> None:
        if observation.cause == OWN_NETWORK:
            record = self._board.record(device.subject)
            since = observation.at if record is None or record.failing_since is None else record.failing_since
            self._board.forget(device.subject, since, observation.result.summary, OWN_NETWORK)
            return
        self._board.observe(device.subject, observation, device.alive.policy)

    def _was_blind(self, begun: float) -> bool:
        """Tell whether the work loop was silent while this probe ran, so that it says nothing about the device."""
        self._heartbeat.check()
        return begun < self._heartbeat.blind_until

    async def _blamed(self, device: Device, observation: Observation) -> Observation | None:
        """Find who is to blame for a silence; None when we ourselves cannot see, so that nothing was observed."""
        if observation.result.state is not State.DOWN:
            return observation
        record = self._board.record(device.subject)
        if record is not None and record.state is State.UNREACHABLE:
            return self._by_parent(device, observation)
        if not self._decisive(device, observation):
            return observation
        if await self._network.is_lost():
            return replace(observation, result=BLIND, cause=OWN_NETWORK)
        for parent in device.parents:
            await self._settle(parent, observation)
        return self._by_parent(device, observation)

    def _decisive(self, device: Device, observation: Observation) -> bool:
        record = self._board.record(device.subject)
        if record is None:
            return device.alive.policy.after <= 1
        return state.would_harden(record, observation.result.state, device.alive.policy)

    def _by_parent(self, device: Device, observation: Observation) -> Observation:
        cause = blocking_parent(device, self._board.record)
        if cause is None:
            return observation
        beyond = replace(observation.result, state=State.UNREACHABLE, summary=f"unreachable behind {cause.name}")
        return replace(observation, result=beyond, cause=cause)

    async def _settle(self, parent: str, observation: Observation) -> None:
        """Re-check a parent until its state is settled by a probe younger than the child's last one."""
        subject = Subject.parse(f"device:{parent}")
        device = self._devices.get(parent)
        if device is None:
            return
        for _ in range(SETTLE_ROUNDS):
            record = self._board.record(subject)
            fresh = record is not None and record.observed_at is not None and record.observed_at >= observation.at
            if fresh and record is not None and record.settled:
                return
            await self.look(parent)
            record = self._board.record(subject)
            if record is not None and not record.settled:
                await self._clock.sleep(device.alive.policy.recheck)
