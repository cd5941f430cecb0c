"""One attempt to get a mail to everybody: who still waits, who has it, who never will, and what the relays said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wenyam.alerts.contract import NotifyError
from wenyam.links.mail import Refusal
from wenyam.model.alerting import Delivery


@dataclass(slots=True)
class Attempt:
    """Fills up while relay after relay is asked."""

    waiting: dict[str, tuple[str, ...]]
    """Mail address -> the persons behind it."""
    taken: set[str]
    """Addresses that a relay has taken the mail for, in earlier attempts too."""
    refused: dict[str, str]
    """Person -> why nothing more can be tried."""
    failures: list[NotifyError] = field(default_factory=list)
    relay: str = "an earlier try"

    def note(self, relay: str, said: Mapping[str, Refusal]) -> None:
        """Take in a relay's answer about every recipient."""
        for address in list(self.waiting):
            refusal = said.get(address)
            if refusal is None:
                self.relay = relay
                self.taken.add(address)
                del self.waiting[address]
            elif refusal.lasting:
                self._never(address, f"{relay} refused {address}: {refusal.code} {refusal.words}")
            else:
                self.failures.append(NotifyError(f"{relay} put off {address}: {refusal.code} {refusal.words}"))

    def note_refusal(self, why: str) -> None:
        """Take in that the message itself was refused."""
        for address in list(self.waiting):
            self._never(address, why)

    def outcome(self) -> Delivery:
        """Return the delivery; NotifyError while somebody waits, or when nobody was reached."""
        if self.waiting:
            raise joined(self.failures)
        if not self.taken:
            raise NotifyError("; ".join(dict.fromkeys(self.refused.values())), lasting=True)
        return Delivery(f"{self.relay} took it for {len(self.taken)} mailbox{'' if len(self.taken) == 1 else 'es'}", self.refused)

    def _never(self, address: str, why: str) -> None:
        for person in self.waiting.pop(address):
            self.refused[person] = why


def joined(failures: Sequence[NotifyError]) -> NotifyError:
    """Return one error for several; lasting only when each of them is."""
    hint = next((failure.advice for failure in failures if failure.advice), "")
    what = "; ".join(dict.fromkeys(failure.what for failure in failures))
    return NotifyError(what, hint=hint, lasting=all(failure.lasting for failure in failures))
