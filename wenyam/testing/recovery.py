"""A plan with one step, its two sites and a place to do it in, for tests of the kinds of steps."""

from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wenyam.clock import Clock, SystemClock
from wenyam.dr.contract import StepPlace
from wenyam.dr.steps.fence import FenceStep
from wenyam.links.pools import Links
from wenyam.links.tools import Tools
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.instance import Configuration, Instance
from wenyam.model.inventory import (
    AliveProbe,
    AliveRule,
    Credential,
    Device,
    Inventory,
    Person,
    SecretReference,
    Service,
    Site,
    Text,
    Witness,
)
from wenyam.model.recovery import Action, Committee, Mode, PlanStep, RecoveryPlan, Rights
from wenyam.settings.secrets import SecretReader
from wenyam.testing.sshd import Sshd

STEP = "the-step"
RUN = "run-1"
OPERATOR = "somchai"
_ALIVE = AliveRule((AliveProbe("icmp"),))
_SECONDS = 60.0


@dataclass
class Notes:
    """A run's facts, kept in a list."""

    facts: list[ChainedFact] = field(default_factory=list)

    async def add(self, fact: Fact) -> None:
        """Keep a fact."""
        self.facts.append(ChainedFact(len(self.facts) + 1, fact, "", ""))

    async def since_start(self, *kinds: str) -> tuple[ChainedFact, ...]:
        """Return the facts of these kinds."""
        return tuple(chained for chained in self.facts if chained.fact.kind in kinds)


@dataclass
class TwoSites:
    """Devices of the sites `main` and `dr`, credentials with secrets in files, and one step's place."""

    folder: Path
    clock: Clock = field(default_factory=SystemClock)
    devices: dict[str, Device] = field(default_factory=dict)
    credentials: dict[str, Credential] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    witnesses: dict[str, Witness] = field(default_factory=dict)
    notes: Notes = field(default_factory=Notes)
    said: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Open nothing yet."""
        self.known_hosts = self.folder / "known_hosts"
        self.evidence = self.folder / "evidence"
        self.evidence.mkdir(mode=0o700, exist_ok=True)
        self.links = Links(self.clock, SecretReader({}), str(self.known_hosts))

    def device(self, name: str, site: str, address: str = "127.0.0.1") -> None:
        """Add a device."""
        self.devices[name] = Device(name, "server", (address,), site, "anong", "anong", _ALIVE)

    def login(self, name: str, kind: str, settings: Mapping[str, str], **secrets: str) -> None:
        """Add a credential, each secret in a file of its own."""
        references: dict[str, SecretReference] = {}
        for secret, text in secrets.items():
            path = self.folder / f"{name}-{secret}"
            path.touch(0o600)
            path.write_text(text, encoding="utf-8")
            references[secret] = SecretReference("file", str(path))
        self.credentials[name] = Credential(name, kind, dict(settings), references)

    def trust(self, server: Sshd, credential: str) -> None:
        """Record a server's host key, and add the credential that logs in there."""
        known = self.known_hosts.read_text(encoding="ascii") if self.known_hosts.exists() else ""
        self.known_hosts.write_text(known + server.host_key_line, encoding="ascii")
        reference = {"key": SecretReference("file", str(server.client_key))}
        self.credentials[credential] = Credential(credential, "ssh-key", {"username": server.username}, reference)

    @property
    def configuration(self) -> Configuration:
        """All of it as a configuration."""
        inventory = Inventory(
            sites={name: Site(name, Text(name, name)) for name in ("main", "dr", "users")},
            people=self.people,
            credentials=self.credentials,
            devices=self.devices,
            services=self.services,
            witnesses=self.witnesses,
        )
        instance = Instance("pwo", "dr", state_directory=str(self.folder / "state"), run_directory=str(self.folder / "run"))
        return Configuration(instance, inventory, str(self.folder))

    def place(
        self,
        mode: Mode = Mode.DRILL,
        *,
        kind: str = "ssh",
        options: Any = None,
        seconds: float = _SECONDS,
        services: Iterable[str] = (),
    ) -> StepPlace:
        """Give a step its place."""
        step = PlanStep(STEP, "The step", Action(kind, options), 1800.0)
        plan = RecoveryPlan("erp", "ERP moves", "anong", "main", "dr", tuple(services), (step,), Committee(), Rights(), "ab" * 32)
        return StepPlace(
            configuration=self.configuration, clock=self.clock, links=self.links, tools=Tools(), plan=plan, step=step,
            mode=mode, run=RUN, actor=OPERATOR, record=self.notes, evidence=self.evidence,
            deadline=self.clock.monotonic() + seconds, said=self.said,
        )  # fmt: skip

    async def close(self) -> None:
        """Close what was opened."""
        await self.links.close()


@asynccontextmanager
async def database_pair(folder: Path, username: str, password: str) -> AsyncIterator[TwoSites]:
    """Give two sites with a database server each, `db-main` and `db-dr`, and the login `db` of both."""
    made = TwoSites(folder)
    made.device("db-main", "main")
    made.device("db-dr", "dr")
    made.login("db", "sql", {"username": username}, password=password)
    yield made
    await made.close()


def promotion(main_port: int, dr_port: int, **options: object) -> dict[str, object]:
    """Return the options of a step that promotes the server of `db-dr`."""
    main = {"host": "db-main", "credential": "db", "port": main_port}
    return {"host": "db-dr", "credential": "db", "port": dr_port, "primary": main, **options}


def fence_by_reading(engine: str, port: int) -> FenceStep:
    """Return a fence that asks the database of `db-main` whether it takes writes."""
    proof = {"proof": "database_read_only", "engine": engine, "host": "db-main", "credential": "db", "port": port}
    return FenceStep(FenceStep.Config.model_validate({"proofs": [proof]}))
