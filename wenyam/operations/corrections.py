"""Availability corrected afterwards: a named person with the right role signs what a stretch of time really was (design D14)."""

import hashlib
import json
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Final

from wenyam.availability.corrections import EVERYTHING, FACT_KIND, CorrectedState, Correction
from wenyam.clock import Clock
from wenyam.errors import UsageError, WenyamError
from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import format_with_zone
from wenyam.links import signed_text
from wenyam.links.signatures import Signer, verify
from wenyam.links.signed_text import SignatureRefusedError, SignedText
from wenyam.links.tools import Tools
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, from_datetime, to_iso
from wenyam.model.states import Subject
from wenyam.operations.accounts import COUNTED
from wenyam.operations.availability import named
from wenyam.operations.turns import turn
from wenyam.store import files
from wenyam.store.interface import Reader, Writer

PURPOSE: Final = "availability-correct"
_ABOUT: Final = re.compile(r"(\S+) from (\S+Z) until (\S+Z)")
_KEPT: Final = "corrections"


class CorrectionRefusedError(WenyamError):
    """The correction was not taken."""

    permanent = True


@dataclass(frozen=True, slots=True)
class Claim:
    """What a stretch of time is said to have been; nobody has signed it yet."""

    subject: Subject | None
    """None for every subject."""
    start: Instant
    end: Instant
    state: CorrectedState
    reason: str

    @property
    def about(self) -> str:
        """The words that whoever signs reads, and that are read back."""
        return f"{EVERYTHING if self.subject is None else self.subject} from {to_iso(self.start)} until {to_iso(self.end)}"

    @property
    def digest(self) -> str:
        """SHA-256 (hex) of what is said, without the reason."""
        text = json.dumps([self.about, self.state.value], ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class CorrectionDesk:
    """Where corrections are written, judged and taken in."""

    configuration: Configuration
    clock: Clock
    actor: str
    """Who gives the command."""

    @property
    def state(self) -> Path:
        """Return the state directory."""
        return Path(self.configuration.instance.state_directory)

    def claim(self, reader: Reader, subject: str, period: tuple[Instant, Instant], state: str, reason: str) -> Claim:
        """Return what is to be signed; UsageError for what is about nothing, or about what is still to come."""
        start, end = period
        if end <= start:
            raise UsageError("it ends before it starts")
        if end > self.clock.now():
            told = format_with_zone(end, self.configuration.instance.availability.time_zone)
            raise UsageError(f"it ends at {told}, which is still to come", hint="Work to come: wenyam maintenance add.")
        said = clean(reason, signed_text.LINE)
        if not said:
            raise UsageError("a correction needs a reason")
        return Claim(self._subject(reader, subject), start, end, CorrectedState(state), said)

    def text(self, claim: Claim) -> SignedText:
        """Make the text to sign."""
        return signed_text.new_text(
            purpose=PURPOSE, site=self.configuration.instance.name, about=claim.about, digest=claim.digest,
            mode=claim.state.value, run=f"correction-{claim.digest[:16]}", reason=claim.reason, now=self.clock.now(),
        )  # fmt: skip

    async def take_in(self, writer: Writer, content: bytes, signature: bytes) -> ChainedFact:
        """Take a signed text in and record the correction; SignatureRefusedError or CorrectionRefusedError otherwise."""
        text = signed_text.parse(content)
        claim = self.claim_of(writer, text)
        self._require(text, claim, used=())
        people = self.configuration.inventory.people.values()
        ssh_keygen = Tools(self.configuration.instance.tools)("ssh-keygen")
        signer = await verify(content, signature, people, now=self.clock.now(), ssh_keygen=ssh_keygen)
        self._require_right(signer)
        with turn(self.state, "corrections", CorrectionRefusedError):
            used = {str(each.fact.body.get("nonce")) for each in writer.facts_after(0, [FACT_KIND])}
            self._require(text, claim, used=used)
            self._keep(text, signature)
            return self._record(writer, claim, text, signer)

    def claim_of(self, reader: Reader, text: SignedText) -> Claim:
        """Read back what a text is about; SignatureRefusedError when it is no correction."""
        found = _ABOUT.fullmatch(text.about)
        if text.purpose != PURPOSE or found is None:
            raise SignatureRefusedError("the text is about no correction of availability", hint="Write a new one and sign that.")
        try:
            start, end = (from_datetime(datetime.fromisoformat(moment)) for moment in found.groups()[1:])
            return self.claim(reader, found[1], (start, end), text.mode, text.reason)
        except ValueError as error:
            raise SignatureRefusedError(f"the text is no correction of availability: {error}") from error

    def _subject(self, reader: Reader, text: str) -> Subject | None:
        if text == EVERYTHING:
            return None
        chosen = named(self.configuration.inventory, reader.lives(), text)
        if len(chosen.members) != 1 or chosen.members[0].kind not in COUNTED or chosen.kind != chosen.members[0].kind.value:
            raise UsageError(f"'{text}' is a {chosen.kind}; a correction is about one device, link or service, or '*' for all")
        return chosen.members[0]

    def _require(self, text: SignedText, claim: Claim, *, used: Collection[str]) -> None:
        signed_text.require(text, self.text(claim), now=self.clock.now(), used=used)

    def _require_right(self, signer: Signer) -> None:
        person, allowed = signer.person, self.configuration.instance.corrected_by
        if not set(person.roles) & set(allowed):
            raise CorrectionRefusedError(
                f"{person.id} may not correct availability; roles that may: {', '.join(allowed) or 'none'}"
            )
        if person.id == self.actor:
            raise CorrectionRefusedError(f"{person.id} gives this command; whoever takes a correction in cannot be who signed it")

    def _record(self, writer: Writer, claim: Claim, text: SignedText, signer: Signer) -> ChainedFact:
        correction = Correction(
            claim.subject, claim.start, claim.end, claim.state, text.reason, signer.person.id, self.clock.now()
        )
        fact = correction.fact()
        proof = {"entered_by": self.actor, "text": text.digest, "nonce": text.nonce, "key": signer.key}
        return writer.append(replace(fact, body={**fact.body, **proof}))

    def _keep(self, text: SignedText, signature: bytes) -> None:
        """Keep what was signed, so that anybody with ssh-keygen can look again."""
        directory = self.state / "evidence"
        files.share_directory(directory)
        files.share_directory(directory / _KEPT)
        name = f"{text.run}-{text.nonce[:12]}.txt"
        files.write(directory / _KEPT / name, str(text).encode())
        files.write(directory / _KEPT / f"{name}.sig", signature)
