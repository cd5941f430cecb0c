"""A service's own probes: every one must be good for the service's own part to be up."""

import math

from wenyam.engine.crew import Crew
from wenyam.engine.network import BLIND
from wenyam.engine.readings import reading_key
from wenyam.engine.watched import Watched
from wenyam.model.inventory import Policy, ReadPlan
from wenyam.model.samples import Collection, FailureReason
from wenyam.model.states import CheckResult, Observation, State

GOOD_BETWEEN = {
    "http_status_code": (100, 399, "the page answers with an error"),
    "http_content_matches": (1, 1, "the expected text is not on the page"),
    "icmp_loss_ratio": (0, math.nextafter(1, 0), "nothing answers to ping"),
    "dns_answer_matches": (1, 1, "the name server's answer is not the expected one"),
    "tls_certificate_valid": (1, 1, "the certificate is not valid"),
    "plugin_state": (0, 1, "the plug-in says critical or unknown"),
}
"""Samples that tell whether a service is usable, not only there: lowest and highest good value, and the complaint."""


class ServiceProbes:
    """What happens when a service's probe is due."""

    def __init__(self, crew: Crew) -> None:
        """Take the parts."""
        self._crew = crew
        self._verdicts: dict[str, dict[str, CheckResult]] = {}

    async def probe(self, watched: Watched, plan: ReadPlan, policy: Policy) -> None:
        """Run one probe and judge the service's own part by the last verdicts of all."""
        collection = await self._crew.read(watched, plan)
        if collection is None:
            return
        self._crew.pipeline.take(watched, collection, self._crew.clock.monotonic())
        verdict = probe_verdict(collection)
        if verdict.state is State.DOWN and await self._crew.network.is_lost():
            verdict = BLIND  # its last good answer must not stand for it while other probes go on
        verdicts = self._verdicts.setdefault(watched.key, {})
        verdicts[plan.job] = verdict
        wanted = {read.job for read in watched.reads}
        together = all_of({job: result for job, result in verdicts.items() if job in wanted}, len(wanted))
        self._crew.board.observe(watched.subject, Observation(collection.started, together), policy)
        record = self._crew.board.record(watched.subject)
        if record is not None and not record.settled and verdict.state is State.DOWN:
            self._crew.wheel.hasten(reading_key(watched, plan), policy.recheck)


def probe_verdict(collection: Collection) -> CheckResult:
    """Judge one probe: a complete reading whose telling samples are good; refused credentials tell nothing about the service."""
    failure, reading = collection.failure, collection.reading
    if failure is None and reading is not None and reading.failures:
        failure = reading.failures[0]
    if failure is not None:
        told_nothing = failure.reason in (FailureReason.CREDENTIALS, FailureReason.PRIVILEGE, FailureReason.LIBRARY)
        return CheckResult(State.UNKNOWN if told_nothing else State.DOWN, failure.sentence)
    for family in () if reading is None else reading.families:
        if family.name in GOOD_BETWEEN:
            low, high, complaint = GOOD_BETWEEN[family.name]
            wrong = [value for value in family.values if not low <= value <= high]
            if wrong:
                return CheckResult(State.DOWN, f"{collection.job}: {complaint} ({family.name} {wrong[0]:g})", value=wrong[0])
    return CheckResult(State.UP, f"{collection.job} answered in {collection.took:.2f} s", value=collection.took, unit="s")


def all_of(verdicts: dict[str, CheckResult], wanted: int) -> CheckResult:
    """Combine the probes' verdicts: one bad is bad, else one unknown or missing is unknown."""
    for state in (State.DOWN, State.UNKNOWN):
        found = next((result for result in verdicts.values() if result.state is state), None)
        if found is not None:
            return found
    if len(verdicts) < wanted:
        return CheckResult(State.UNKNOWN, "not every probe has answered yet")
    return next(iter(verdicts.values()))
