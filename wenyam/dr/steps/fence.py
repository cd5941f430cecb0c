"""Fencing: proof that a site cannot write, by looking, or by the signed statement of two people where nothing can be seen."""

import asyncio
from typing import Annotated, ClassVar, Final

from pydantic import Field, model_validator

from wenyam.dr.attempts import step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.fencing import AnyProof, Found, Proof
from wenyam.dr.options import StepOptions
from wenyam.dr.statements import Statement, stated, unknown_signers, who_may, why_not
from wenyam.links.signatures import has_valid_key
from wenyam.model.instance import Configuration
from wenyam.model.inventory import Person
from wenyam.model.recovery import Mode, Outcome, RecoveryPlan, passed
from wenyam.settings.values import Name

FENCED: Final = "fenced"
"""What a passed fence leaves for later steps: the name of the site."""
_LOOK_AGAIN: Final = 2.0


class FenceOptions(StepOptions):
    """Which site, and what proves it."""

    site: Name | None = None
    """The site that must not write; left out: the plan's main site, and in a failback its DR site."""
    proofs: Annotated[tuple[AnyProof, ...], Field(max_length=50)] = ()
    """All of them must hold. One that shows a writer fails the step, whatever people say."""
    statement: Statement | None = None
    """Who may state it by signature, where a proof cannot be seen."""

    @model_validator(mode="after")
    def _something(self) -> "FenceOptions":
        if not self.proofs and self.statement is None:
            raise ValueError("'proofs' or 'statement' is needed: what proves that the site cannot write?")
        return self


class FenceStep:
    """Proves that a site cannot write; it stops nothing itself."""

    Config: ClassVar[type[FenceOptions]] = FenceOptions
    changes: ClassVar[bool] = False
    repeatable: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    purpose: ClassVar[str] = "dr-fence"
    """What the statement's signatures are for, so that they serve nothing else."""

    def __init__(self, config: FenceOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what must be proven."""
        proofs = "; ".join(proof.words() for proof in self._config.proofs)
        ways = [proofs] if proofs else []
        if self._config.statement is not None:
            ways.append(f"{self._config.statement.people} people state it by signature")
        return f"prove that site {self._config.site or 'that is left'} cannot write: {', or '.join(ways)}"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        found = [sentence for proof in self._config.proofs for sentence in proof.unknown(configuration)]
        site = self._config.site
        if site is not None and site not in configuration.inventory.sites:
            found.append(f"there is no site '{site}'")
        if self._config.statement is not None:
            found.extend(unknown_signers(configuration, self._config.statement))
        return tuple(found)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """Reach everything that would be looked at, and see that enough people hold a key that is valid now."""
        for proof in self._config.proofs:
            await proof.rehearse(place)
        words = [f"{len(self._config.proofs)} proofs can be looked at"] if self._config.proofs else []
        if self._config.statement is not None:
            words.append(_signers_ready(self._config.statement, place))
        return passed("; ".join(words))

    async def run(self, place: StepPlace) -> Outcome:
        """Look; what shows a writer fails, what cannot be seen waits for two people where the plan names them."""
        config, site = self._config, fenced_site(self._config.site, place.plan, place.mode)
        proofs = await asyncio.gather(*(_looked(proof, place) for proof in config.proofs))
        evidence = {f"proof-{number}": _line(proof) for number, proof in enumerate(proofs, 1)}
        unproven = _judge(site, proofs)
        if proofs and not unproven:
            place.said[f"{place.step.id}.{FENCED}"] = site
            return passed(f"site {site} cannot write: {'; '.join(proof.words for proof in proofs)}", **evidence)
        if config.statement is None:
            advice = "Look at the equipment; two people can state it by signature where the step has a 'statement'."
            raise StepError(f"it is not proven that site {site} cannot write: {unproven}", hint=advice)
        return await self._wait(place, config.statement, site, evidence)

    async def was_done(self, place: StepPlace) -> bool | None:  # noqa: ARG002  # looking twice is the same as once
        """Tell that it may just be done again."""
        return False

    async def undo(self, place: StepPlace) -> Outcome:
        """Take the proof back: nothing was changed, and later steps may no longer rely on it."""
        place.said.pop(f"{place.step.id}.{FENCED}", None)
        return passed("nothing was changed; the proof counts no more")

    def may_sign(self, person: Person, plan: RecoveryPlan) -> str:  # noqa: ARG002  # the form every waiting step has
        """Say why a person may not sign the statement; empty when they may."""
        statement = self._config.statement
        return "this step asks for no statement" if statement is None else why_not(person, statement)

    async def _wait(self, place: StepPlace, statement: Statement, site: str, evidence: dict[str, str]) -> Outcome:
        """Wait for the people; the proofs are looked at once more before their word is taken."""
        place.say(f"waits for {statement.people} people who state that site {site} cannot write")
        while len(people := await stated(place, statement)) < statement.people:
            await place.clock.sleep(_LOOK_AGAIN)
        again = await asyncio.gather(*(_looked(proof, place) for proof in self._config.proofs))
        _judge(site, again)
        place.said[f"{place.step.id}.{FENCED}"] = site
        who = " and ".join(people)
        return passed(f"{who} state that site {site} cannot write", **evidence, statement=f"{statement.text}\n{who}")


def fenced_site(named: str | None, plan: RecoveryPlan, mode: Mode) -> str:
    """Return the site that users leave."""
    return named or (plan.dr_site if mode is Mode.FAILBACK else plan.main_site)


def is_fenced(place: StepPlace, site: str) -> bool:
    """Tell whether a fence of this site passed in this run."""
    return any(name.endswith(f".{FENCED}") and found == site for name, found in place.said.items())


async def _looked(proof: AnyProof, place: StepPlace) -> Proof:
    """Look once; a host that cannot be logged in to shows nothing."""
    try:
        with step_errors():
            return await proof.look(place)
    except StepError as error:
        return Proof(Found.NOT_SEEN, f"not seen whether {proof.words()}", error.what)


def _judge(site: str, proofs: list[Proof]) -> str:
    """Return what is not proven; StepError when one look shows a writer."""
    writers = [proof.words for proof in proofs if proof.found is Found.CAN_WRITE]
    if writers:
        raise StepError(
            f"site {site} can still write: {'; '.join(writers)}", hint="Stop it there first; nothing may write at two sites."
        )
    return "; ".join(f"{proof.words} ({proof.seen})" for proof in proofs if proof.found is Found.NOT_SEEN)


def _line(proof: Proof) -> str:
    return f"{proof.found}: {proof.words}" + (f"\n{proof.seen}" if proof.seen else "")


def _signers_ready(statement: Statement, place: StepPlace) -> str:
    now = place.clock.now()
    others = (person for person in who_may(place.configuration, statement) if person.id != place.actor)
    ready = [person.id for person in others if has_valid_key(person, now)]
    if len(ready) < statement.people:
        raise StepError(f"{statement.people} people must sign the statement, {len(ready)} hold a key that is valid now")
    return f"{len(ready)} people can sign the statement: {', '.join(ready)}"
