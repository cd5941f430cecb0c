"""What a channel did not take from a run at once: left to the outbox of alerts, which tries until it is taken (ADR 0015)."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from wenyam.alerts import facts
from wenyam.dr.contract import StepPlace
from wenyam.model.alerting import Message
from wenyam.model.inventory import Person


@dataclass(frozen=True, slots=True)
class Letter:
    """One message of a step through one channel."""

    place: StepPlace
    channel: str
    waits: bool
    """It was left to the outbox, which has not delivered it yet."""
    was_delivered: bool
    """The outbox delivered it since."""

    @property
    def key(self) -> str:
        """Return the idempotency key: the same for every try, by the run or by the outbox."""
        return _key(self.place, self.channel)

    async def leave(self, message: Message, people: Sequence[Person]) -> None:
        """Leave it to the outbox; once is enough."""
        if not self.waits:
            place, names = self.place, [person.id for person in people]
            now = place.clock.now()
            await place.record.add(
                facts.letter(self.key, now, place.actor, run=place.run, channel=self.channel, people=names, message=message)
            )

    async def taken(self) -> None:
        """Take it back from the outbox, for the channel took it from the run itself."""
        if self.waits:
            place = self.place
            now = place.clock.now()
            await place.record.add(facts.letter_taken(self.key, now, place.actor, run=place.run, channel=self.channel))


async def letter_of(place: StepPlace, channel: str) -> Letter:
    """Return what became of a step's message through a channel so far."""
    known = await place.record.since_start(*facts.LETTERS, facts.DELIVERED)
    kinds = {each.fact.kind for each in known if each.fact.body.get("key") == _key(place, channel)}
    delivered = facts.DELIVERED in kinds
    return Letter(place, channel, facts.LETTER in kinds and not delivered and facts.LETTER_TAKEN not in kinds, delivered)


def _key(place: StepPlace, channel: str) -> str:
    return hashlib.sha256(f"{place.run}/{place.step.id}/{channel}".encode()).hexdigest()
