"""Tests a service at the DR site: all its probes and checks, at other addresses, through the collectors that watch it."""

from typing import ClassVar, Final

from wenyam import plugins
from wenyam.dr.attempts import left
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.options import StepOptions, unknown_name
from wenyam.dr.service_tests import Look, ServiceTest
from wenyam.errors import SecretError
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Service
from wenyam.model.recovery import Outcome, failed, passed
from wenyam.settings.values import Address, Duration, Name

SERVED_AT: Final = "served_at"
"""What the first good look leaves: its instant, by which the recovery time is measured."""
_LOOK_AGAIN: Final = 0.5


class TestServiceOptions(StepOptions):
    """Which service, and where it is asked."""

    __test__: ClassVar[bool] = False  # no class of pytest's, whatever its name

    service: Name
    """Service of the inventory, with probes of its own."""
    address: Address | None = None
    """Where every probe is asked instead of its own address."""
    addresses: dict[str, Address] = {}  # noqa: RUF012  # pydantic copies it
    """Where single probes are asked, by their names."""
    within: Duration = 60.0
    """How long it is looked at again and again until all is good."""


class TestServiceStep:
    """Tests one service."""

    __test__: ClassVar[bool] = False
    Config: ClassVar[type[TestServiceOptions]] = TestServiceOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = False

    def __init__(self, config: TestServiceOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is tested where."""
        config = self._config
        at = sorted({*config.addresses.values(), *([] if config.address is None else [config.address])})
        return f"test every probe and check of service {config.service}" + (f" at {', '.join(at)}" if at else "")

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known, and one for a service that has nothing to test."""
        config, services = self._config, configuration.inventory.services
        if found := unknown_name("service", config.service, services):
            return found
        jobs = {plan.job for plan in services[config.service].probes}
        if not jobs:
            return (f"service '{config.service}' has no probes of its own, so nothing of it can be tested",)
        return tuple(sentence for name in config.addresses for sentence in unknown_name("probe", name, jobs))

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Load every collector and check and read every secret; how the service answers now is told and not judged."""
        service = self._service(place)
        for plan in service.probes:
            plugins.load(plugins.COLLECTORS, plan.collector)
            self._read_secrets(place, plan.credential)
        look = await self._test(place, service).look()
        words = "all is good" if not look.bad else "; ".join(each.line for each in look.bad)
        return passed(f"{len(look.seen)} probes and checks can be made; now {words}", seen=_lines(look))

    async def prepare(self, place: StepPlace) -> None:
        """Look once, whatever comes of it: loading a library takes longer than a probe may."""
        await self._test(place, self._service(place)).look()

    async def run(self, place: StepPlace) -> Outcome:
        """Look until everything is good, or the time is up."""
        test = self._test(place, self._service(place))
        deadline = place.clock.monotonic() + left(place, self._config.within)
        look = await test.look()
        while look.bad and place.clock.monotonic() < deadline - _LOOK_AGAIN:
            place.say("; ".join(each.line for each in look.bad))
            await place.clock.sleep(_LOOK_AGAIN)
            look = await test.look()
        if look.bad:
            return failed(
                f"service {self._config.service} does not work: {'; '.join(e.line for e in look.bad)}", seen=_lines(look)
            )
        place.said[f"{place.step.id}.{SERVED_AT}"] = int(look.at)
        return passed(f"service {self._config.service} works: {len(look.seen)} probes and checks are good", seen=_lines(look))

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # looking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Take nothing back: nothing was changed."""
        return passed("nothing was changed, so nothing is taken back")

    def _service(self, place: StepPlace) -> Service:
        return place.configuration.inventory.services[self._config.service]

    def _test(self, place: StepPlace, service: Service) -> ServiceTest:
        config = self._config
        everywhere = {} if config.address is None else {plan.job: config.address for plan in service.probes}
        moved = {**everywhere, **config.addresses}
        return ServiceTest(place, service.name, service.probes, service.checks, moved=moved)

    def _read_secrets(self, place: StepPlace, name: str | None) -> None:
        credential = None if name is None else place.configuration.inventory.credentials.get(name)
        try:
            for reference in () if credential is None else credential.secrets.values():
                place.links.secrets.read(reference)
        except SecretError as error:
            raise StepError(error.sentence, hint=error.advice) from error


def _lines(look: Look) -> str:
    return "\n".join(each.line for each in look.seen)
