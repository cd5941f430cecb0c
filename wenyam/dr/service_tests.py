"""A service looked at once, as the watcher would, but at other addresses: its probes, then all its checks."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from wenyam import plugins
from wenyam.collectors.contract import Target
from wenyam.collectors.http import HttpOptions
from wenyam.dr.attempts import left
from wenyam.dr.contract import StepPlace
from wenyam.engine.board import Board
from wenyam.engine.credentials import CredentialGuard
from wenyam.engine.runner import Runner
from wenyam.engine.service_probes import probe_verdict
from wenyam.i18n.clean_text import clean
from wenyam.model.instants import Instant
from wenyam.model.inventory import CheckPlan, ReadPlan
from wenyam.model.samples import Collection, SampleSet
from wenyam.model.states import CheckResult, State

_LINE = 300


@dataclass(frozen=True, slots=True)
class Seen:
    """What one probe or check came to."""

    name: str
    result: CheckResult

    @property
    def is_good(self) -> bool:
        """A warning is told, and is no reason against moving users."""
        return self.result.state in (State.UP, State.OK, State.WARN)

    @property
    def line(self) -> str:
        """Write it for the evidence."""
        return f"{self.name}: {self.result.state}: {clean(self.result.summary, _LINE)}"


@dataclass(frozen=True, slots=True)
class Look:
    """One look at a whole service."""

    at: Instant
    probes: tuple[Seen, ...]
    checks: tuple[Seen, ...]

    @property
    def seen(self) -> tuple[Seen, ...]:
        """Everything."""
        return (*self.probes, *self.checks)

    @property
    def bad(self) -> tuple[Seen, ...]:
        """What speaks against it."""
        return tuple(each for each in self.seen if not each.is_good)


class ServiceTest:
    """Looks at one service or device; made once for one attempt, so that connections and memories are shared."""

    def __init__(
        self,
        place: StepPlace,
        name: str,
        reads: Sequence[ReadPlan],
        checks: Sequence[CheckPlan],
        *,
        address: str = "",
        profile: str = "auto",
        moved: Mapping[str, str] | None = None,
    ) -> None:
        """Take what is read and judged, and for some of the reads the address they are asked at instead (`moved`)."""
        self._place = place
        self._name, self._address, self._profile = name, address, profile
        self._reads = [_moved(plan, (moved or {}).get(plan.job)) for plan in reads]
        self._checks = tuple(checks)
        self._runner = Runner(place.clock, place.links, CredentialGuard(place.clock, Board(place.clock, {}), retry=0.0))
        self._runner.configure({}, place.configuration.inventory.credentials)

    async def look(self) -> Look:
        """Run every probe and judge every check."""
        at = self._place.clock.now()
        collections = [await self._read(plan) for plan in self._reads]
        families = [family for each in collections if each.reading is not None for family in each.reading.families]
        samples, given = SampleSet(families), {family.name for family in families}
        return Look(
            at,
            tuple(Seen(f"probe {each.job}", probe_verdict(each)) for each in collections),
            tuple(Seen(f"check {plan.name}", _judged(plan, samples, at)) for plan in self._checks if _is_owed(plan, given)),
        )

    async def _read(self, plan: ReadPlan) -> Collection:
        short = replace(plan, timeout=left(self._place, plan.timeout))
        target = Target(self._name, plan.address or self._address, self._profile)
        return await self._runner.read(self._name, None, target, short)


def _moved(plan: ReadPlan, address: str | None) -> ReadPlan:
    """Return a probe at another address; a page is fetched there under its own name."""
    if address is None:
        return plan
    options = plan.options
    if isinstance(options, HttpOptions) and "{address}" not in options.url:
        options = options.model_copy(update={"at_address": True})
    return replace(plan, address=address, options=options)


def _judged(plan: CheckPlan, samples: SampleSet, at: Instant) -> CheckResult:
    result: CheckResult = plugins.load(plugins.CHECKS, plan.check).judge(plan.parameters, samples, at)
    return result


def _is_owed(plan: CheckPlan, given: set[str]) -> bool:
    """Tell whether a check can be judged by one look: one of the kind's defaults only where its samples are there."""
    needs = set(plugins.load(plugins.CHECKS, plan.check).needs(plan.parameters))
    return not plan.optional or bool(needs & given)
