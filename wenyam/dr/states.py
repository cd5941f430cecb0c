"""The state of a subject as a step asks for it: what the watcher knows, or a look of our own right now."""

import asyncio
from pathlib import Path
from typing import Final

from wenyam.checks.age import FUTURE_TOLERANCE
from wenyam.dr.attempts import left, step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.service_tests import ServiceTest
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.probing import Prober
from wenyam.engine.runner import Runner
from wenyam.engine.service_probes import all_of
from wenyam.links.control import ask
from wenyam.model.instants import Instant, from_iso, seconds_between
from wenyam.model.inventory import CheckPlan
from wenyam.model.states import CheckResult, State, Subject, SubjectKind

_SOCKET: Final = "control.sock"
_SECONDS: Final = 5.0


async def known(place: StepPlace, subject: Subject, maximum_age: float) -> CheckResult:
    """Ask the running watcher; StepError when it is silent, does not know the subject, or saw it too long ago."""
    path = Path(place.configuration.instance.run_directory) / _SOCKET
    with step_errors():
        answer = await asyncio.to_thread(ask, path, {"action": "snapshot"}, left(place, _SECONDS))
    for state in answer.get("states", ()):
        if state["subject"] == str(subject):
            return _fresh(place, state, maximum_age)
    raise StepError(f"the watcher knows no state of {subject}")


def _fresh(place: StepPlace, state: dict[str, object], maximum_age: float) -> CheckResult:
    """Return a state that was observed lately; what is liveness of a service is combined and needs no observation of its own."""
    observed = state["observed"]
    if observed is not None:
        age = seconds_between(_instant(str(observed)), place.clock.now())
        if age < -FUTURE_TOLERANCE:
            raise StepError(f"the last observation of {state['subject']} lies in the future; one of the two clocks is wrong")
        if age > maximum_age:
            raise StepError(f"{state['subject']} was last observed {age:.0f} s ago, at most {maximum_age:g} s are allowed")
    return CheckResult(State(str(state["state"])), str(state["summary"]))


def _instant(text: str) -> Instant:
    return from_iso(text)


async def looked(place: StepPlace, subject: Subject) -> CheckResult:
    """Look now: a device by its rule of life, a service by its probes, a check by reading what it is about."""
    inventory = place.configuration.inventory
    if subject.kind is SubjectKind.DEVICE:
        device = inventory.devices[subject.name]
        if subject.is_liveness:
            return await _prober(place).probe(device)
        test = ServiceTest(place, device.name, device.reads, device.checks, address=device.address, profile=device.profile)
        return await _check(test, device.checks, subject)
    service = inventory.services[subject.name]
    test = ServiceTest(place, service.name, service.probes, service.checks)
    if not subject.is_liveness:
        return await _check(test, service.checks, subject)
    verdicts = {seen.name: seen.result for seen in (await test.look()).probes}
    return all_of(verdicts, len(service.probes)) if verdicts else CheckResult(State.UNKNOWN, "it has no probes of its own")


async def _check(test: ServiceTest, checks: tuple[CheckPlan, ...], subject: Subject) -> CheckResult:
    look = await test.look()
    found = next((seen.result for seen in look.checks if seen.name == f"check {subject.check}"), None)
    if found is None:
        names = ", ".join(plan.name for plan in checks)
        return CheckResult(State.UNKNOWN, f"its samples did not come; there are the checks {names or 'none'}")
    return found


def _prober(place: StepPlace) -> Prober:
    runner = Runner(place.clock, place.links, CredentialGuard(place.clock, Board(place.clock, {}), retry=0.0))
    runner.configure({}, place.configuration.inventory.credentials)
    return Prober(place.links, runner)
