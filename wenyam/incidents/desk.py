"""What people do with incidents: every act gives its facts, or is refused with a sentence. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass

from wenyam.errors import UsageError
from wenyam.i18n.dates import format_with_zone
from wenyam.incidents import facts
from wenyam.incidents.book import Book
from wenyam.incidents.closing import missing
from wenyam.incidents.incident import Category, Incident, Party
from wenyam.incidents.proposal import propose
from wenyam.incidents.refusal import IncidentRefusedError, line, lines
from wenyam.model.causes import CauseCode
from wenyam.model.facts import Fact
from wenyam.model.instants import Instant
from wenyam.model.inventory import Inventory
from wenyam.settings.unknown import unknown

PASS, FAIL = "pass", "fail"


@dataclass(frozen=True, slots=True)
class Desk:
    """Where one person acts at one moment. Nothing is adopted here: whoever records the facts does that."""

    book: Book
    inventory: Inventory
    actor: str
    now: Instant
    time_zone: str
    """The zone in which people are told of moments."""

    def told(self, instant: Instant) -> str:
        """Write a moment for whoever is refused."""
        return format_with_zone(instant, self.time_zone)

    def known(self, code: str) -> Incident:
        """Return an incident, open or closed; UsageError when there is none of this code."""
        incident = self.book.get(code)
        if incident is None:
            raise UsageError(f"there is no incident '{line(code, 'the code', needed=False)}'", hint="See: wenyam incident list")
        return incident

    def open(self, code: str) -> Incident:
        """Return an open incident; IncidentRefusedError when it is closed."""
        incident = self.known(code)
        if incident.closed is not None:
            raise IncidentRefusedError(
                f"{incident.code} was closed {self.told(incident.closed.at)} by {incident.closed.by}",
                hint="A closed incident stays closed; for new trouble: wenyam incident open --title TEXT",
            )
        return incident

    def acknowledge(self, code: str, what: str = "") -> list[Fact]:
        """Say that somebody has seen it; nothing when somebody has already."""
        incident = self.open(code)
        if incident.acknowledged is not None:
            return []
        return [self._act(facts.ACKNOWLEDGED, incident, line(what, "the note", needed=False))]

    def assign(self, code: str, person: str) -> list[Fact]:
        """Give it to a person of `people`."""
        incident = self.open(code)
        _require(person, self.inventory.people, "person")
        already = incident.assigned is not None and incident.assigned.what == person
        return [] if already else [self._act(facts.ASSIGNED, incident, person)]

    def note(self, code: str, text: str) -> list[Fact]:
        """Write something down, also on what is closed."""
        return [self._act(facts.NOTED, self.known(code), lines(text, "the note"))]

    def cause(self, code: str, cause: str) -> list[Fact]:
        """Give the cause of R2.4; it then counts in availability too."""
        incident = self.open(code)
        if incident.category is Category.REQUEST:
            raise IncidentRefusedError(f"{incident.code} is a service request, which has no cause of an outage")
        _require(cause, [each.value for each in CauseCode], "cause")
        return [self._act(facts.CAUSE, incident, cause)]

    def hand_off(self, code: str, party: str, name: str = "", reference: str = "") -> list[Fact]:
        """Hand it to the hosting centre or a contractor, or note the number they gave for it."""
        incident = self.open(code)
        _require(party, [each.value for each in Party], "party")
        if incident.fixed is not None:
            raise IncidentRefusedError(
                f"{incident.code} is good again since {self.told(incident.fixed)}; there is nothing to hand off"
            )
        to = Party(party)
        named = line(name, "the name", needed=False) or self._name_of(incident, to)
        number = line(reference, "the reference", needed=False)
        same = incident.handed_off is not None and (incident.party, incident.handed_off.what) == (to, named)
        if same and number in ("", incident.details.get("reference", "")):
            return []
        return [facts.handed_off(incident.code, self.now, self.actor, party=to, name=named, reference=number)]

    def fixed(self, code: str, text: str = "") -> list[Fact]:
        """Say that it is good again, or delivered, where no check can see that."""
        incident = self.open(code)
        self._require_good(incident)
        if incident.fixed is not None:
            return []
        return [facts.fixed(incident.code, self.now, self.actor, line(text, "the text", needed=False))]

    def test(self, code: str, result: str, text: str) -> list[Fact]:
        """Record a test result; one that failed sends it back to whoever repairs."""
        incident = self.open(code)
        _require(result, (PASS, FAIL), "test result")
        words = lines(text, "what was tested, in words,")
        tested = facts.tested(incident.code, self.now, self.actor, words, passed=result == PASS)
        if result == FAIL and incident.fixed is None:
            raise IncidentRefusedError(f"{incident.code} is not fixed yet; a test that fails sends back what was fixed")
        if incident.fixed is not None:
            return [tested]
        self._require_good(incident)
        return [facts.fixed(incident.code, self.now, self.actor, ""), tested]

    def how_to(self, code: str, text: str) -> list[Fact]:
        """Write how it is solved, for the next incident of the kind; also on what is closed."""
        return [self._act(facts.HOW_TO, self.known(code), lines(text, "the how-to note"))]

    def close(self, code: str, text: str = "") -> list[Fact]:
        """Close it; IncidentRefusedError with everything that is missing."""
        incident = self.open(code)
        wanted = missing(incident)
        if wanted:
            raise IncidentRefusedError(f"{incident.code} cannot be closed yet; it needs {'; '.join(map(str, wanted))}")
        return [self._act(facts.CLOSED, incident, line(text, "the text", needed=False))]

    def _act(self, kind: str, incident: Incident, what: str) -> Fact:
        return facts.acted(kind, incident.code, self.now, self.actor, what)

    def _require_good(self, incident: Incident) -> None:
        if incident.failing:
            raise IncidentRefusedError(f"{incident.code} is not good yet: {bad(incident)}")

    def _name_of(self, incident: Incident, party: Party) -> str:
        """Return whom a party is by configuration; IncidentRefusedError when it names nobody."""
        if party is Party.HOSTING_CENTRE:
            site = self.inventory.sites.get(incident.site)
            if site is None or not site.hosting_centre:
                raise IncidentRefusedError(
                    f"site '{incident.site}' has no hosting centre",
                    hint=f"Name it here with --to NAME, and for good in sites.{incident.site}.hosting_centre.",
                )
            return site.hosting_centre
        proposal = propose(incident, self.inventory, self.now)
        if proposal.party is Party.CONTRACTOR:
            return proposal.name
        if incident.party is Party.CONTRACTOR and incident.handed_off is not None:
            return incident.handed_off.what
        raise IncidentRefusedError(
            f"no contract in force covers {incident.root or incident.title}",
            hint=f"Name the contractor with --to NAME, or ask for procurement: wenyam incident export {incident.code} --memo",
        )


def bad(incident: Incident) -> str:
    """Say what is not good, the first three by name."""
    named = ", ".join(f"{member.subject} is {member.state.value}" for member in incident.failing[:3])
    more = len(incident.failing) - 3
    return named + (f" (+{more})" if more > 0 else "")


def _require(name: str, names: Iterable[str], what: str) -> None:
    known = list(names)
    if name in known:
        return
    raise unknown(what, line(name, what, needed=False), known)
