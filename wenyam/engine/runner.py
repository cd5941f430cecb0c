"""The runner: one reading of one target, inside its deadline, its site's limit and its credential's patience."""

import asyncio
import logging
from collections.abc import Mapping
from typing import Any

from wenyam import plugins
from wenyam.clock import Clock
from wenyam.collectors.contract import Collector, Context, Target
from wenyam.engine.credentials import CredentialGuard
from wenyam.errors import CollectError, NoAnswerError, SecretError, WenyamError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, ReadPlan, Site
from wenyam.model.samples import Collection, Failure, FailureReason, Reading

_LOG = logging.getLogger(__name__)

SLOW_SHARE = 4
"""One in this many of a site's parallel readings may be of targets that ran into their deadline last time."""


class CredentialRestingError(CollectError):
    """The credentials were refused a while ago and are not tried again yet."""

    reason = "credentials"


class Lanes:
    """A site's limits: targets that were slow last time queue by themselves, so that they never delay the others."""

    def __init__(self, site: Site) -> None:
        """Take the site's number of parallel readings."""
        self._usual = asyncio.Semaphore(site.parallel_reads)
        self._slow = asyncio.Semaphore(max(1, site.parallel_reads // SLOW_SHARE))
        self._were_slow: set[str] = set()

    def lane(self, name: str) -> asyncio.Semaphore:
        """Return the queue this target belongs in."""
        return self._slow if name in self._were_slow else self._usual

    def note(self, name: str, *, slow: bool) -> None:
        """Remember whether it ran into its deadline."""
        if slow:
            self._were_slow.add(name)
        else:
            self._were_slow.discard(name)


class Runner:
    """Runs read plans. A failure is a value in the collection, whatever went wrong."""

    def __init__(self, clock: Clock, links: Links, guard: CredentialGuard) -> None:
        """Take what every reading needs."""
        self._clock = clock
        self._links = links
        self._guard = guard
        self._lanes: dict[str, Lanes] = {}
        self._credentials: Mapping[str, Credential] = {}
        self._collectors: dict[tuple[str, str], tuple[ReadPlan, Collector]] = {}
        self._memories: dict[tuple[str, str], dict[str, Any]] = {}

    def configure(self, sites: Mapping[str, Site], credentials: Mapping[str, Credential]) -> None:
        """Take new limits and credentials; memories of devices stay."""
        self._lanes = {name: Lanes(site) for name, site in sites.items()}
        self._credentials = credentials
        self._collectors.clear()

    async def read(self, name: str, site: str | None, target: Target, plan: ReadPlan) -> Collection:
        """Read once and bring home a collection under `name`."""
        lanes = self._lanes.get(site or "")
        if lanes is None:
            return await self._timed(name, target, plan)
        async with lanes.lane(target.name):
            collection = await self._timed(name, target, plan)
        lanes.note(target.name, slow=collection.took >= plan.timeout)
        return collection

    async def probe(self, target: Target, plan: ReadPlan, seconds: float) -> float:
        """Ask within so many seconds for the least that proves life; raises a CollectError."""
        self._respect(plan, target)
        collector = self._collector(target, plan)
        try:
            async with asyncio.timeout(seconds):
                return await collector.probe(target, self._context(target, plan, seconds))
        except TimeoutError as error:
            raise NoAnswerError(f"{plan.collector} at {target.address} within {seconds:g} s") from error

    async def _timed(self, name: str, target: Target, plan: ReadPlan) -> Collection:
        started, begun = self._clock.now(), self._clock.monotonic()
        outcome = await self._outcome(target, plan)
        took = self._clock.monotonic() - begun
        if isinstance(outcome, Failure):
            return Collection(name, plan.job, started, took, failure=outcome)
        return Collection(name, plan.job, started, took, reading=outcome)

    async def _outcome(self, target: Target, plan: ReadPlan) -> Reading | Failure:
        try:
            self._respect(plan, target)
            collector = self._collector(target, plan)  # made before the device's time begins: profiles take seconds to read
            async with asyncio.timeout(plan.timeout):
                reading = await collector.collect(target, self._context(target, plan, plan.timeout))
        except TimeoutError:
            return Failure(FailureReason.TIMEOUT, f"{plan.job}: not finished within {plan.timeout:g} s")
        except CollectError as error:
            return self._failed(error, target, plan)
        except SecretError as error:
            return Failure(FailureReason.CREDENTIALS, f"{plan.job}: {error}")
        except WenyamError as error:
            return Failure(FailureReason.ERROR, f"{plan.job}: {error}")
        except Exception as error:  # noqa: BLE001  # a collector's own fault must not stop the watch; it is logged and shown
            _LOG.exception("reading %s of %s failed in a way nobody foresaw", plan.job, target.name)
            return Failure(FailureReason.ERROR, f"{plan.job}: {type(error).__name__}: see the log")
        if plan.credential is not None:
            self._guard.accepted(plan.credential, target.name)
        return reading

    def _failed(self, error: CollectError, target: Target, plan: ReadPlan) -> Failure:
        reason = FailureReason(error.reason)
        if reason is FailureReason.CREDENTIALS and plan.credential is not None and not isinstance(error, CredentialRestingError):
            self._guard.refused(plan.credential, target.name)
        return Failure(reason, f"{plan.job}: {error}", debug=repr(error.__cause__) if error.__cause__ else "")

    def _respect(self, plan: ReadPlan, target: Target) -> None:
        """Refuse to try a credential that is resting."""
        if plan.credential is None:
            return
        seconds = self._guard.wait(plan.credential, target.name)
        if seconds > 0:
            raise CredentialRestingError(f"credential '{plan.credential}'; next try in {seconds:.0f} s")

    def _collector(self, target: Target, plan: ReadPlan) -> Collector:
        """Return the collector made for this plan, made again when the plan changed."""
        key = (target.name, plan.job)
        known = self._collectors.get(key)
        if known is None or known[0] is not plan:
            made: Collector = plugins.load(plugins.COLLECTORS, plan.collector)(plan.options)
            known = self._collectors[key] = (plan, made)
        return known[1]

    def _context(self, target: Target, plan: ReadPlan, seconds: float) -> Context:
        return Context(
            clock=self._clock,
            links=self._links,
            deadline=self._clock.monotonic() + seconds,
            credential=None if plan.credential is None else self._credentials[plan.credential],
            memory=self._memories.setdefault((target.name, plan.job), {}),
        )
