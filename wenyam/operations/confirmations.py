"""Restores confirmed by those who use the data (R5.2, design D14): by a signature, or on paper through a second person."""

from dataclasses import dataclass
from pathlib import Path

from wenyam.backup import catalogue, facts
from wenyam.backup.catalogue import History, Restore
from wenyam.clock import Clock
from wenyam.errors import UsageError
from wenyam.i18n.dates import format_with_zone
from wenyam.links import signed_text
from wenyam.links.signatures import Signer, verify
from wenyam.links.signed_text import SignedText
from wenyam.links.tools import Tools
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after, to_iso
from wenyam.model.inventory import Person
from wenyam.operations import confirmation_evidence as evidence
from wenyam.operations import confirmation_rules as rules
from wenyam.operations.confirmation_rules import COMPLETE, NOT_COMPLETE, ConfirmationRefusedError
from wenyam.operations.confirmation_steps import Step, steps_of
from wenyam.operations.turns import turn
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Reader, Writer

PURPOSE = "restore-confirm"
SIGNATURE, PAPER = "signature", "paper"
_RUN = "test-"
LOOK_BACK_SECONDS = 400 * 86_400.0
"""As far back as the catalogue is read; no text lives nearly as long."""


@dataclass(frozen=True, slots=True)
class Paper:
    """A confirmation on paper: whose it is, through whom it comes, and its scan."""

    person: str
    witness: str
    scan: evidence.Scan


@dataclass(frozen=True, slots=True)
class Case:
    """One restore test with what was said about it."""

    restore: Restore
    evidence: Path
    said: tuple[ChainedFact, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A confirmation on record."""

    fact: ChainedFact
    person: str
    complete: bool
    note: str
    """What it does not prove; empty when there is nothing to add."""
    next_step: str


@dataclass(frozen=True, slots=True)
class Desk:
    """Where confirmations are written, judged and taken in."""

    configuration: Configuration
    clock: Clock
    actor: str
    """Who gives the command."""

    @property
    def state(self) -> Path:
        """Return the state directory."""
        return Path(self.configuration.instance.state_directory)

    def case(self, reader: Reader, job: str, test: int | None = None) -> Case:
        """Return a job's newest restore test, or the one with this number; UsageError when there is none."""
        if job not in self.configuration.backup.jobs:
            raise unknown("backup job", job, self.configuration.backup.jobs)
        period = self._period()
        restore = _chosen(catalogue.read(reader, period).get(job) or History(job), test)
        said = tuple(each for each in reader.facts(period, facts.CONFIRMED) if each.fact.body["test"] == restore.sequence)
        limits = self.configuration.backup.jobs[job].restore.step_limits
        return Case(restore, evidence.of_test(self.state, restore), said, steps_of(restore, said, limits))

    def test_of(self, content: bytes) -> int | None:
        """Return the number of the test that a signed text is about; None when it says none."""
        number = signed_text.parse(content).run.removeprefix(_RUN)
        return int(number) if number.isdecimal() else None

    def text(self, case: Case, reason: str, *, complete: bool, paper: Paper | None = None) -> SignedText:
        """Make the text to sign; ConfirmationRefusedError when it could not be taken back anyway."""
        mode = COMPLETE if complete else NOT_COMPLETE
        rules.require_sense(case.restore, mode, reason)
        if paper is not None:
            self._require_paper(case.restore, paper)
        return self._text(case, reason, mode, paper)

    async def by_signature(
        self, writer: Writer, case: Case, content: bytes, signature: bytes, paper: Paper | None = None
    ) -> Confirmed:
        """Take a signed text in: from a user representative, or with a paper from its second person."""
        text = signed_text.parse(content)
        rules.require_sense(case.restore, text.mode, text.reason)
        signed_text.require(text, self._text(case, text.reason, text.mode, paper), now=self.clock.now(), used=())
        people = self.configuration.inventory.people.values()
        ssh_keygen = Tools(self.configuration.instance.tools)("ssh-keygen")
        signer = await verify(content, signature, people, now=self.clock.now(), ssh_keygen=ssh_keygen)
        if paper is None:
            rules.require_may_confirm(case.restore, signer.person, self.actor)
        else:
            self._require_paper(case.restore, paper)
            rules.require_witness(signer.person, paper.witness)
        return self._record(writer, case, text, signer, signature=signature, paper=paper)

    def on_paper(self, writer: Writer, case: Case, paper: Paper, reason: str, *, complete: bool) -> Confirmed:
        """Take a paper in that nobody signs for, because its second person has no key either."""
        text = self.text(case, reason, complete=complete, paper=paper)
        rules.require_no_key(self._person(paper.witness), self.clock.now())
        return self._record(writer, case, text, None, signature=b"", paper=paper)

    def _text(self, case: Case, reason: str, mode: str, paper: Paper | None) -> SignedText:
        restore = case.restore
        about = (
            f"{restore.job}, restore test {restore.sequence} of {to_iso(restore.at)}, {restore.verdict.value}, "
            f"snapshot {restore.snapshot[:8]} in {restore.repository}"
        )
        if paper is not None:
            about += f"; on paper by {paper.person} through {paper.witness}, scan sha256:{paper.scan.digest}"
        return signed_text.new_text(
            purpose=PURPOSE, site=self.configuration.instance.name, about=about, digest=restore.evidence, mode=mode,
            run=f"{_RUN}{restore.sequence}", reason=reason, now=self.clock.now(),
        )  # fmt: skip

    def _record(
        self, writer: Writer, case: Case, text: SignedText, signer: Signer | None, *, signature: bytes, paper: Paper | None
    ) -> Confirmed:
        restore, complete = case.restore, text.mode == COMPLETE
        person = paper.person if paper is not None else signer.person.id if signer is not None else ""
        with turn(self.state, "confirmations", ConfirmationRefusedError):
            said = [each.fact.body for each in writer.facts(self._period(), facts.CONFIRMED)]
            used = {str(body["nonce"]) for body in said}
            signed_text.require(text, text, now=self.clock.now(), used=used)
            rules.require_news(restore, said, person, text.mode)
            self._keep(restore, text, signature, paper)
            fact = writer.append(
                facts.confirmed(
                    restore.job, restore.sequence, self.clock.now(), self.actor, person=person, complete=complete,
                    method=SIGNATURE if paper is None else PAPER, reason=text.reason, result=restore.evidence, text=text.digest,
                    nonce=text.nonce, key="" if signer is None else signer.key, witness="" if paper is None else paper.witness,
                    scan="" if paper is None else paper.scan.digest,
                )
            )  # fmt: skip
        note = rules.note(restore, signed=signer is not None)
        return Confirmed(fact, person, complete, note, self._next_step(restore, complete=complete))

    def _keep(self, restore: Restore, text: SignedText, signature: bytes, paper: Paper | None) -> None:
        """Keep what was signed, so that anybody with ssh-keygen can look again."""
        name = f"{restore.job}-test-{restore.sequence}-{text.nonce[:12]}"
        evidence.keep(self.state, f"{name}.txt", str(text).encode())
        if signature:
            evidence.keep(self.state, f"{name}.txt.sig", signature)
        if paper is not None:
            evidence.keep(self.state, f"{name}-scan{paper.scan.suffix}", paper.scan.content)

    def _require_paper(self, restore: Restore, paper: Paper) -> None:
        person, witness = self._person(paper.person), self._person(paper.witness)
        rules.require_paper(restore, person, witness, self.actor, self.clock.now())

    def _person(self, name: str) -> Person:
        people = self.configuration.inventory.people
        if name not in people:
            raise unknown("person", name, people)
        return people[name]

    def _next_step(self, restore: Restore, *, complete: bool) -> str:
        _, load, _, announce = self.configuration.backup.jobs[restore.job].restore.step_limits
        due = after(self.clock.now(), announce if complete else load)
        told = format_with_zone(due, self.configuration.instance.availability.time_zone)
        if complete:
            return f"announce, report and keep the evidence by {told}"
        return f"this restore no longer counts as proven; load it again by {told}: {rules.again(restore)}"

    def _period(self) -> Period:
        now = self.clock.now()
        return Period(after(now, -LOOK_BACK_SECONDS), Instant(now + 1))


def _chosen(history: History, test: int | None) -> Restore:
    known = history.restores
    if not known:
        raise UsageError(f"{history.job} has no restore test yet", hint=f"Run: wenyam restore test {history.job}")
    found = known[-1] if test is None else next((each for each in known if each.sequence == test), None)
    if found is None:
        numbers = ", ".join(str(each.sequence) for each in known[-10:])
        raise UsageError(f"{history.job} has no restore test {test}; the newest are: {numbers}")
    return found
