"""A fence stated by two real signatures, handed in as `wenyam dr approve` does; others' and other purposes' are refused."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from wenyam.clock import SystemClock
from wenyam.dr import facts
from wenyam.dr.contract import StepPlace
from wenyam.dr.journal import Journal, course_of
from wenyam.dr.steps.fence import FenceStep
from wenyam.errors import WenyamError
from wenyam.links.signed_text import SignedText
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Mode
from wenyam.operations.approvals import Signing, waiting_step
from wenyam.operations.decisions import bench_of
from wenyam.operations.recoveries import writer_of
from wenyam.settings.loader import load
from wenyam.store.interface import Writer
from wenyam.testing.recovery import TwoSites
from wenyam.testing.recovery_plans import PLAN, committee_keys, write_configuration
from wenyam.testing.signing import sign

pytestmark = pytest.mark.real
RUN = "20261127t000000-aaaaaa"
STEPS = [
    {"id": "fence", "do": "fence", "with": {"statement": {"by": ["malee", "wichai", "somchai"]}}},
    {"id": "users", "do": "user_test", "with": {"representatives": ["nid"]}},
]
CLOCK = SystemClock()


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    return committee_keys(tmp_path / "keys")


@pytest.fixture
def configuration(tmp_path: Path, keys: Path) -> Configuration:
    return load(write_configuration(tmp_path / "c", STEPS, keys=keys))


@pytest.fixture
def writer(configuration: Configuration) -> Iterator[Writer]:
    opened = writer_of(configuration, CLOCK)
    plan = configuration.recovery.plans[PLAN]
    opened.append(facts.began(RUN, plan, Mode.FAILOVER, CLOCK.now(), "somchai", reason="power lost", version="1"))
    for step in plan.steps:
        opened.append(facts.step_began(RUN, step.id, CLOCK.now(), "somchai", 1))
    yield opened
    assert opened.verify().problem == ""
    opened.close()


def _signing(configuration: Configuration, writer: Writer, step: str = "fence") -> Signing:
    bench = bench_of(configuration, CLOCK, "somchai", writer, RUN)
    return Signing(bench, waiting_step(bench, step))


def _place(configuration: Configuration, writer: Writer, sites: TwoSites) -> StepPlace:
    course, head = course_of(writer, RUN)
    plan = configuration.recovery.plans[PLAN]
    return replace(
        sites.place(Mode.FAILOVER), configuration=configuration, plan=plan, step=plan.steps[0], run=RUN,
        record=Journal(writer, course, head), deadline=float("inf"),
    )  # fmt: skip


async def test_two_signatures_for_this_fence_pass_it_and_no_other_does(
    configuration: Configuration, writer: Writer, keys: Path, tmp_path: Path
) -> None:
    sites = TwoSites(tmp_path)
    signing = _signing(configuration, writer)

    async def hand_in(text: SignedText, by: str) -> None:
        content = str(text).encode()
        await signing.take(writer, content, sign(keys / by, content))

    text = signing.text("the racks are dark")
    assert text.purpose == "dr-fence"
    place = _place(configuration, writer, sites)
    waiting = asyncio.create_task(FenceStep(place.step.action.options).run(place))
    await hand_in(text, "malee")
    for bad, by in (
        (text, "malee"),
        (signing.text(""), "somchai"),
        (signing.text(""), "anong"),
        (_signing(configuration, writer, "users").text(""), "wichai"),
        (replace(signing.text(""), purpose="dr-approve"), "wichai"),
    ):
        with pytest.raises(WenyamError):
            await hand_in(bad, by)
    assert not waiting.done()
    await hand_in(signing.text(""), "wichai")
    outcome = await asyncio.wait_for(waiting, 20)
    assert outcome.summary == "malee and wichai state that site main cannot write"
    await sites.close()
