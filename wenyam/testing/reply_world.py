"""A watcher with a store and a reader of answers, for tests in this process and for a child that is killed."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

from wenyam.alerts.reply_reader import READABLE, ReplyReader
from wenyam.clock import Clock
from wenyam.engine.watcher import Watcher
from wenyam.errors import UsageError
from wenyam.incidents import facts as incident_facts
from wenyam.links.pools import Links
from wenyam.model.facts import Fact
from wenyam.model.guarding import GuardPlan, ReplyPlan
from wenyam.model.instance import Configuration, Instance
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Inventory, Person, SecretReference, Text
from wenyam.model.states import State
from wenyam.settings.secrets import SecretReader
from wenyam.store.sqlite import open_writer

ALWAYS = Period(Instant(0), Instant(2**53))
CODES = ("CK7M", "9XTR", "HTTP")
SERVER = "mx.example.org"
PEOPLE = {
    "somchai": Person("somchai", Text("สมชาย", "Somchai"), mail="Somchai@Example.org"),
    "malee": Person("malee", Text("มาลี", "Malee"), mail="malee@example.org"),
    "twin-1": Person("twin-1", Text("ก", "A"), mail="shared@example.org"),
    "twin-2": Person("twin-2", Text("ข", "B"), mail="shared@example.org"),
    "nobody": Person("nobody", Text("ค", "C")),
}


@dataclass
class ReplyWorld:
    """What a test asks and changes."""

    place: Path
    clock: Clock
    plan: ReplyPlan
    codes: tuple[str, ...] = CODES
    refusing: bool = False
    acknowledged: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Open the store and build the reader."""
        instance = Instance("test", "here", str(self.place / "state"), credential_retry=60.0)
        configuration = Configuration(instance, Inventory(people=PEOPLE), "", guarding=GuardPlan(replies=self.plan))
        secrets = SecretReader()
        links = Links(self.clock, secrets, str(self.place / "known_hosts"))
        self.writer = open_writer(self.place / "state", self.clock, "test", ballast_bytes=0)
        self.watcher = Watcher(self.clock, links, self.writer, configuration)
        self.reader = ReplyReader(self.watcher, secrets, self.acknowledge, self.codes.__contains__)

    async def acknowledge(self, code: str, person: str, via: str) -> str:
        """Write the fact of an acknowledgement, as the incidents do."""
        if self.refusing:
            raise UsageError(f"{code} is closed")
        self.acknowledged.append((code, person))
        fact = incident_facts.acted(incident_facts.ACKNOWLEDGED, code, self.clock.now(), person, via=via)
        await self.watcher.journal.record(fact)
        return f"{code} acknowledged"

    def use(self, **changes: object) -> None:
        """Read another mailbox, or the same otherwise."""
        self.plan = replace(self.plan, **changes)  # type: ignore[arg-type]  # a test names the fields
        self.watcher.configuration = replace(self.watcher.configuration, guarding=GuardPlan(replies=self.plan))

    def facts(self, kind: str) -> list[Fact]:
        """Return the facts of a kind."""
        return [chained.fact for chained in self.writer.facts(ALWAYS, kind)]

    def reasons(self) -> list[str]:
        """Return why answers were refused."""
        return [str(fact.body["reason"]) for fact in self.facts("reply-refused")]

    def mailbox(self) -> tuple[State, str]:
        """Return the state of the mailbox."""
        record = self.watcher.board.record(READABLE)
        return (State.UNKNOWN, "") if record is None else (record.state, record.summary)

    async def close(self) -> None:
        """Let go of everything."""
        await self.watcher.journal.close()


def plan_for(port: int, authority: Path, password: Path, *, security: str = "tls") -> ReplyPlan:
    """Return the plan of a mailbox on loopback."""
    return ReplyPlan(
        "127.0.0.1", "wenyam", SecretReference("file", str(password)), port, security,
        authority=str(authority), authserv_id=SERVER, timeout=5.0,
    )  # fmt: skip


def proven(domain: str = "example.org") -> str:
    """Return what the receiving server writes above a mail whose sender it proved."""
    return (
        f"Authentication-Results: {SERVER};\r\n\tdkim=pass (2048-bit key) header.d={domain};\r\n\tdmarc=pass header.from={domain}"
    )


def mail(
    sender: str = "Somchai <somchai@example.org>",
    subject: str = "Re: DOWN core-1 [CK7M]",
    text: str = "ack\r\n",
    *,
    number: object = 1,
    headers: Iterable[str] = (),
    results: str | None = None,
) -> bytes:
    """Return one answer as a mail program sends it."""
    plain = not any(line.lower().startswith("content-type") for line in headers)
    lines = [
        proven() if results is None else results,
        *headers,
        f"From: {sender}",
        "To: wenyam@example.org",
        f"Subject: {subject}",
        f"Message-ID: <{number}@mail.example.org>",
        "MIME-Version: 1.0",
        *(["Content-Type: text/plain; charset=utf-8"] if plain else []),
        "",
        text,
    ]  # fmt: skip
    return "\r\n".join(lines[not lines[0] :]).encode()
