"""The sealed envelope beside the configuration: what is on record of it, and the repositories and people as they are now."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wenyam import plugins
from wenyam.backup import escrow_facts
from wenyam.backup.escrow import Opener
from wenyam.backup.escrow_facts import EscrowState, Kept
from wenyam.backup.repositories.destination import Destination
from wenyam.links import age
from wenyam.links.signatures import fingerprint, is_valid
from wenyam.model.backup import RepositoryPlan
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import Person
from wenyam.store.interface import Reader

_EVER = Period(Instant(0), Instant(2**53))


@dataclass(slots=True)
class EscrowMemory:
    """Keeps what was read of the envelope, so that a look costs what is new. No key is ever read for it."""

    _facts: list[ChainedFact] = field(default_factory=list)
    _head: int = 0

    def look(self, reader: Reader, configuration: Configuration, now: Instant) -> EscrowState:
        """Return what is known now, without reading a key: whoever can read one has put on record whether it changed."""
        head = reader.head().sequence
        if head < self._head:
            self._facts, self._head = [], 0
        found = reader.facts_after(self._head, escrow_facts.KINDS)
        self._facts += [each for each in found if each.sequence <= head]
        self._head = head
        plans = configuration.backup.repositories
        kept = {name: Kept(destination_of(plan).place, None) for name, plan in plans.items()}
        return escrow_facts.state_of(self._facts, kept, keys_of(configuration.inventory.people, now))


def facts_of(reader: Reader) -> list[ChainedFact]:
    """Return every fact about envelopes, in the order of writing."""
    found = (each for kind in escrow_facts.KINDS for each in reader.facts(_EVER, kind))
    return sorted(found, key=lambda fact: fact.sequence)


def destination_of(plan: RepositoryPlan) -> Destination:
    """Return where a repository lies."""
    made: Destination = plugins.load(plugins.DESTINATIONS, plan.kind)(plan.options)
    return made


def usable_keys(person: Person, now: Instant) -> list[tuple[Opener, str]]:
    """Return the keys of a person that can open an envelope now, each with its public half."""
    keys = [key.public for key in person.keys if is_valid(key, now) and key.public.split()[0] in age.KINDS]
    return [(Opener(person.id, public.split()[0], fingerprint(public)), public) for public in keys]


def keys_of(people: Mapping[str, Person], now: Instant) -> dict[str, Sequence[str]]:
    """Return the fingerprints that can open an envelope now, by person."""
    return {name: [opener.fingerprint for opener, _ in usable_keys(person, now)] for name, person in people.items()}
