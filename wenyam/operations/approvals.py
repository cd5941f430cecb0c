"""Signatures in a run of a plan: the text written, the signature taken back, each once; paper through a second person."""

from dataclasses import dataclass
from pathlib import Path

from wenyam.dr import approvals, evidence, facts
from wenyam.dr.approvals import APPROVE, COMPLETE, NOT_COMPLETE
from wenyam.dr.course import SKIP, Stage
from wenyam.errors import UsageError
from wenyam.links import signed_text
from wenyam.links.signatures import Signer, has_valid_key, verify
from wenyam.links.signed_text import SignatureRefusedError, SignedText
from wenyam.links.tools import Tools
from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.inventory import Person
from wenyam.model.recovery import PlanStep
from wenyam.operations.confirmation_evidence import Scan
from wenyam.operations.decisions import Bench, require_skippable
from wenyam.operations.turns import turn
from wenyam.settings.unknown import unknown
from wenyam.store.interface import Writer

SIGNATURE, PAPER = "signature", "paper"


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper signed by hand by somebody without a key, and the second person through whom it is given."""

    person: str
    witness: str
    scan: Scan


@dataclass(frozen=True, slots=True)
class Signing:
    """What is to be signed: for a step that waits for signatures, or to skip one."""

    bench: Bench
    step: PlanStep
    skips: bool = False
    complete: bool = True
    paper: Paper | None = None

    @property
    def purpose(self) -> str:
        """Return what the signature serves."""
        return approvals.SKIP if self.skips else approvals.purpose_of(self.step)

    @property
    def said(self) -> str:
        """Return what the signer says beside the mode; a test is complete or not, an approval says nothing more."""
        if self.skips:
            return SKIP
        return "" if self.purpose == APPROVE else COMPLETE if self.complete else NOT_COMPLETE

    def text(self, reason: str) -> SignedText:
        """Write the text; refused at once where it could not be taken back."""
        self._require_open()
        bench, paper = self.bench, self.paper
        approvals.require_version(bench.plan, bench.course)
        if not reason.strip() and (self.skips or not self.complete):
            raise SignatureRefusedError("this needs a reason", hint="Add --reason TEXT.")
        beside = ""
        if paper is not None:
            self._require_paper(paper)
            beside = f"on paper by {paper.person} through {paper.witness}, scan sha256:{paper.scan.digest}"
        return approvals.text_of(
            bench.configuration.instance.name, bench.plan, bench.course, self.step, purpose=self.purpose, said=self.said,
            reason=reason, now=bench.clock.now(), beside=beside,
        )  # fmt: skip

    async def take(self, writer: Writer, content: bytes, signature: bytes) -> ChainedFact:
        """Take a signed text in and put it on record; SignatureRefusedError for every other one."""
        text, signer = await self.verified(content, signature)
        return self.record(writer, text, signer, signature)

    async def verified(self, content: bytes, signature: bytes) -> tuple[SignedText, Signer]:
        """Return the text and whoever signed it; SignatureRefusedError when it cannot be taken in."""
        bench, text = self.bench, signed_text.parse(content)
        signed_text.require(text, self.text(text.reason), now=bench.clock.now(), used=())
        people = bench.configuration.inventory.people.values()
        ssh_keygen = Tools(bench.configuration.instance.tools)("ssh-keygen")
        signer = await verify(content, signature, people, now=bench.clock.now(), ssh_keygen=ssh_keygen)
        if self.paper is not None and signer.person.id != self.paper.witness:
            raise SignatureRefusedError(f"{signer.person.id} signed, but the second person of this paper is {self.paper.witness}")
        if self.paper is None:
            self._require_signer(signer.person)
        return text, signer

    def on_paper(self, writer: Writer, reason: str) -> ChainedFact:
        """Take a paper in that nobody signs for, because its second person has no key either."""
        if self.paper is None:
            raise UsageError("nothing is handed in: neither a signature nor a paper")
        witness = self._person(self.paper.witness)
        if has_valid_key(witness, self.bench.clock.now()):
            raise SignatureRefusedError(
                f"{witness.id} has a key, so the paper is handed in with {witness.id}'s signature",
                hint="Write the text with --text FILE, have it signed, then hand both in with --signature.",
            )
        return self.record(writer, self.text(reason), None, b"")

    def _require_open(self) -> None:
        self.bench.require_open()
        on_record = self.bench.course.step(self.step.id)
        if self.skips:
            require_skippable(self.bench, self.step)
            self.bench.require_right(self.step)
        elif not approvals.waits_for_signatures(self.step):
            raise SignatureRefusedError(f"step '{self.step.id}' waits for no signature")
        elif on_record.is_over:
            raise SignatureRefusedError(f"step '{self.step.id}' is {on_record.stage.value} already")
        elif on_record.stage is Stage.STOPPED:
            raise SignatureRefusedError(f"step '{self.step.id}' has stopped; decide 'retry' first")

    def _require_signer(self, person: Person) -> None:
        bench = self.bench
        if self.skips:
            approvals.require_second(bench.plan, bench.course, person, bench.actor, bench.configuration.inventory)
        else:
            approvals.require_signer(bench.plan, bench.course, self.step, person)

    def _require_paper(self, paper: Paper) -> None:
        if self.purpose in (APPROVE, approvals.SKIP):
            raise SignatureRefusedError("this is signed with a key; paper is for user tests and statements")
        person, witness = self._person(paper.person), self._person(paper.witness)
        approvals.require_signer(self.bench.plan, self.bench.course, self.step, person)
        approvals.require_paper(person, witness, self.bench.course, self.bench.actor, self.bench.clock.now())

    def _person(self, name: str) -> Person:
        people = self.bench.configuration.inventory.people
        if name not in people:
            raise unknown("person", name, people)
        return people[name]

    def record(self, writer: Writer, text: SignedText, signer: Signer | None, signature: bytes) -> ChainedFact:
        """Put a text on record that was `verified`; SignatureRefusedError when it was accepted before."""
        with turn(self._state, "dr-signatures", SignatureRefusedError):
            used = {str(each.fact.body.get("nonce")) for each in writer.facts_after(0, _WITH_NONCE)}
            signed_text.require(text, text, now=self.bench.clock.now(), used=used)
            self._keep(text, signature)
            return writer.append(self._fact(text, signer))

    def _fact(self, text: SignedText, signer: Signer | None) -> Fact:
        bench, paper = self.bench, self.paper
        run, now, key = bench.course.run, bench.clock.now(), "" if signer is None else signer.key
        who = paper.person if paper is not None else "" if signer is None else signer.person.id
        if self.skips:
            return facts.decided(
                run, self.step.id, now, bench.actor, decision=SKIP, reason=text.reason, second=who, nonce=text.nonce, key=key,
                text=text.digest,
            )  # fmt: skip
        if self.purpose == APPROVE:
            return facts.approved(
                run, self.step.id, now, bench.actor, person=who, digest=bench.course.digest, reason=text.reason,
                text=text.digest, nonce=text.nonce, key=key,
            )  # fmt: skip
        return facts.signed(
            run, self.step.id, now, bench.actor, person=who, complete=self.complete,
            method=SIGNATURE if paper is None else PAPER, reason=text.reason, text=text.digest, nonce=text.nonce, key=key,
            witness="" if paper is None else paper.witness, scan="" if paper is None else paper.scan.digest,
        )  # fmt: skip

    def _keep(self, text: SignedText, signature: bytes) -> None:
        """Keep what was signed, so that anybody with ssh-keygen can look again."""
        directory = evidence.prepare(self._state, self.bench.course.run)
        name = f"{self.step.id}-{text.nonce[:12]}"
        evidence.keep_bytes(directory, f"{name}.txt", str(text).encode())
        if signature:
            evidence.keep_bytes(directory, f"{name}.txt.sig", signature)
        if self.paper is not None:
            evidence.keep_bytes(directory, f"{name}-scan{self.paper.scan.suffix}", self.paper.scan.content)

    @property
    def _state(self) -> Path:
        return Path(self.bench.configuration.instance.state_directory)


_WITH_NONCE = (facts.APPROVED, facts.SIGNED, facts.DECIDED)


def waiting_step(bench: Bench, name: str | None) -> PlanStep:
    """Return the step that is meant: the one named, or the only one that waits for signatures now."""
    if name is not None:
        return bench.step(name)
    waiting = [
        step
        for step in bench.plan.steps
        if approvals.waits_for_signatures(step) and bench.course.step(step.id).stage is Stage.RUNNING
    ]
    if len(waiting) != 1:
        names = ", ".join(step.id for step in waiting) or "none"
        raise UsageError(f"name the step; these of {bench.course.run} wait for signatures now: {names}")
    return waiting[0]
