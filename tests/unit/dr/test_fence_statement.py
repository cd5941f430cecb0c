"""Two people state that a site cannot write: who counts, who does not, and that a writer is stronger than their word."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.steps.fence import FenceStep
from wenyam.model.facts import Fact, FactBody
from wenyam.model.inventory import Person, SigningKey, Text
from wenyam.model.recovery import Mode
from wenyam.testing.clock import FakeClock
from wenyam.testing.recovery import OPERATOR, RUN, STEP, TwoSites

KEY = SigningKey("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGID8c+5Z1dGofKqobzAJyOIJRBX7NIA0wmJYkXH1vYx")


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[TwoSites]:
    made = TwoSites(tmp_path, FakeClock())
    for name, roles in ((OPERATOR, ("operator",)), ("anong", ("operator",)), ("malee", ("superior",)), ("wichai", ("user",))):
        made.people[name] = Person(name, Text(name, name), keys=(KEY,), roles=roles)
    yield made
    asyncio.run(made.close())


def _fence(people: int = 2) -> FenceStep:
    statement = {"by": ["role:operator", "malee"], "people": people}
    return FenceStep(FenceStep.Config.model_validate({"statement": statement}))


async def _sign(sites: TwoSites, person: str, *, step: str = STEP, complete: bool = True, method: str = "signature") -> None:
    body: FactBody = {"run": RUN, "step": step, "person": person, "complete": complete, "method": method}
    await sites.notes.add(Fact("dr-signed", sites.clock.now(), person, body))


def _place(sites: TwoSites) -> StepPlace:
    return replace(sites.place(Mode.FAILOVER), deadline=float("inf"))


async def test_it_waits_until_two_different_people_who_may_have_signed(sites: TwoSites) -> None:
    clock = sites.clock
    assert isinstance(clock, FakeClock)
    waiting = asyncio.create_task(_fence().run(_place(sites)))
    for who in ("anong", "anong", OPERATOR, "wichai"):
        await _sign(sites, who)
    await _sign(sites, "malee", complete=False)
    await _sign(sites, "malee", step="other")
    await _sign(sites, "malee", method="paper")
    await clock.advance(5)
    assert not waiting.done()
    await _sign(sites, "malee")
    await clock.advance(3)
    outcome = await waiting
    assert outcome.summary == "anong and malee state that site main cannot write"
    assert sites.said == {f"{STEP}.fenced": "main"}
    await _fence().undo(_place(sites))
    assert sites.said == {}


def test_who_may_sign_is_told(sites: TwoSites) -> None:
    plan = sites.place().plan
    assert _fence().may_sign(sites.people["anong"], plan) == ""
    assert _fence().may_sign(sites.people["wichai"], plan) == "wichai is none of those who may state it"
    assert _fence().unknown(sites.configuration) == ()
    assert _fence(4).unknown(sites.configuration) == ("4 people must sign the statement, but only 3 may",)


async def test_a_rehearsal_counts_the_keys_that_are_valid_now(sites: TwoSites) -> None:
    assert "can sign the statement: anong, malee" in (await _fence().rehearse(sites.place())).summary
    for name in ("anong", "malee"):
        sites.people[name] = replace(sites.people[name], keys=())
    with pytest.raises(StepError, match="2 people must sign the statement, 0 hold a key that is valid now"):
        await _fence().rehearse(sites.place())


def test_a_fence_without_any_proof_is_refused() -> None:
    with pytest.raises(ValueError, match="what proves that the site cannot write"):
        FenceStep.Config.model_validate({"site": "main"})
    with pytest.raises(ValueError, match="greater than or equal to 2"):
        FenceStep.Config.model_validate({"statement": {"by": ["anong"], "people": 1}})
