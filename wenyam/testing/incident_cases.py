"""A small site and a book to act on, for the tests of incidents."""

from dataclasses import dataclass, field, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.desk import Desk
from wenyam.incidents.incident import Category, Incident, Member, Origin
from wenyam.model.alerting import Severity
from wenyam.model.facts import Fact
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant, from_datetime
from wenyam.model.inventory import AliveProbe, AliveRule, Contract, Device, Inventory, Person, Service, Site, Text
from wenyam.model.states import State, Subject

ALIVE = AliveRule((AliveProbe("icmp"),))
CORE = Subject.parse("device:core-1")
UPS = Subject.parse("device:ups-1/on-battery")
ERP = Subject.parse("service:erp/overall")


def at(text: str) -> Instant:
    """Return a local time such as `2026-11-26 10:00` in Bangkok."""
    return from_datetime(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo("Asia/Bangkok")))


THURSDAY = at("2026-11-26 10:00")


def device(name: str, kind: str, contract: Contract | None = None, *, personal: bool = False, site: str = "head") -> Device:
    """Build a device of the small site."""
    return Device(name, kind, ("192.0.2.1",), site, "somchai", "somchai", ALIVE, contract=contract, personal_data=personal)


INVENTORY = Inventory(
    sites={
        "head": Site("head", Text("สำนักงาน", "Head office"), hosting_centre="MOAC data centre"),
        "dr": Site("dr", Text("ศูนย์สำรอง", "DR site")),
    },
    people={name: Person(name, Text(name, name)) for name in ("somchai", "malee")},
    devices={
        each.name: each
        for each in (
            device("core-1", "switch", Contract("Net Co", "C-1/2569", at("2027-09-30 00:00"), "02 111 1111")),
            device("old-1", "switch", Contract("Old Co", "C-9/2560", at("2020-09-30 00:00"))),
            device("files-1", "server", personal=True),
            device("ups-1", "ups"),
            device("dr-ups", "ups", site="dr"),
        )
    },
    services={"erp": Service("erp", Text("อีอาร์พี", "ERP"), "somchai", "somchai", None, site="head", personal_data=True)},
)
RULES = IncidentRules(hosted={"head": "MOAC data centre"})


@dataclass
class Case:
    """One incident, acted on through the desk; every act is adopted at once."""

    now: Instant = THURSDAY
    book: Book = field(default_factory=Book)
    code: str = "Q4RM"
    actor: str = "somchai"

    def opens(
        self, root: Subject | None = CORE, *, category: Category = Category.HARDWARE, severity: Severity = Severity.CRITICAL,
        origin: Origin = Origin.WATCHED, site: str = "head", cause: str = "", title: str = "",
    ) -> "Case":  # fmt: skip
        """Open it, as the intake would."""
        self.adopt(
            facts.opened(
                self.code,
                self.now,
                facts.TOOL,
                origin=origin,
                category=category,
                root=root,
                title=title or str(root),
                site=site,
                severity=severity,
                began=self.now,
                cause_code=cause,
            )
        )
        return self

    def fails(self, subject: Subject = CORE, state: State = State.DOWN, summary: str = "no answer") -> "Case":
        """Let a subject of it fail."""
        self.adopt(facts.members(self.code, self.now, [Member(subject, state, self.now, summary)]))
        return self

    def recovers(self, subject: Subject = CORE) -> "Case":
        """Let the last subject of it be good again."""
        self.adopt(facts.members(self.code, self.now, [Member(subject, State.UP, self.now, "answers")]))
        self.adopt(facts.recovered(self.code, self.now, self.now))
        return self

    def adopt(self, *found: Fact) -> None:
        """Take facts into the book."""
        for fact in found:
            self.book.adopt(fact)

    def does(self, act: str, *words: str, **more: object) -> list[Fact]:
        """Act at the desk and take what comes of it."""
        found: list[Fact] = getattr(self.desk, act)(self.code, *words, **more)
        self.adopt(*found)
        return found

    def other(self, code: str) -> "Case":
        """Return the same book about another incident."""
        return replace(self, code=code)

    @property
    def desk(self) -> Desk:
        """The desk at this moment."""
        return Desk(self.book, INVENTORY, self.actor, self.now, "Asia/Bangkok")

    @property
    def incident(self) -> Incident:
        """The incident as it is."""
        return self.book.incidents[self.code]
