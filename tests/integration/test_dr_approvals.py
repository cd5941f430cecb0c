"""Approvals with real signatures: every way in which one must not count is seen refused, and then the good one accepted."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from wenyam.dr import facts
from wenyam.dr.approvals import LIFE, who_approved
from wenyam.dr.journal import course_of
from wenyam.errors import WenyamError
from wenyam.links.signed_text import SignatureRefusedError, SignedText, parse
from wenyam.model.facts import ChainedFact
from wenyam.model.instance import Configuration
from wenyam.model.recovery import Mode
from wenyam.operations.approvals import Paper, Signing, waiting_step
from wenyam.operations.confirmation_evidence import read_scan
from wenyam.operations.decisions import Bench, DecisionRefusedError, bench_of, decide
from wenyam.operations.recoveries import writer_of
from wenyam.settings.loader import load
from wenyam.store.interface import Writer
from wenyam.testing.clock import FakeClock
from wenyam.testing.recovery_plans import PLAN, committee_keys, write_configuration
from wenyam.testing.signing import make_key, sign

pytestmark = pytest.mark.real

STEPS: list[dict[str, Any]] = [
    {"id": "agree", "do": "approve"},
    {"id": "agree-more", "do": "approve"},
    {"id": "plug", "do": "manual", "with": {"text": "pull"}},
    {"id": "users", "do": "user_test", "with": {"representatives": ["nid", "prasit"], "needed": 2}},
]


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return committee_keys(tmp_path_factory.mktemp("keys"))


@dataclass
class Room:
    """A run whose steps all wait; somchai runs it, and hands signatures in."""

    folder: Path
    keys: Path
    clock: FakeClock
    writer: Writer
    run: str = "20261127t000000-aaaaaa"

    @property
    def configuration(self) -> Configuration:
        return load(self.folder)

    def begin(self, run: str, mode: Mode = Mode.DRILL) -> None:
        plan = self.configuration.recovery.plans[PLAN]
        self.writer.append(facts.began(run, plan, mode, self.clock.now(), "somchai", reason="", version="1"))
        for step in plan.steps:
            self.writer.append(facts.step_began(run, step.id, self.clock.now(), "somchai", 1))

    def bench(self, actor: str = "somchai", run: str = "") -> Bench:
        return bench_of(self.configuration, self.clock, actor, self.writer, run or self.run)

    def signing(self, step: str = "agree", run: str = "", **more: Any) -> Signing:
        bench = self.bench(run=run)
        return Signing(bench, waiting_step(bench, step), **more)

    def hand_in(self, text: SignedText, by: str, step: str = "agree", namespace: str = "wenyam", **more: Any) -> ChainedFact:
        content = str(text).encode()
        signature = sign(self.keys / by, content, namespace)
        return asyncio.run(self.signing(step, **more).take(self.writer, content, signature))

    def refused(self, text: SignedText, by: str, step: str = "agree", **more: Any) -> str:
        with pytest.raises(WenyamError) as caught:
            self.hand_in(text, by, step, **more)
        return str(caught.value)

    def counted(self, step: str = "agree") -> list[str]:
        course, _ = course_of(self.writer, self.run)
        plan = self.configuration.recovery.plans[PLAN]
        return [str(each.fact.body["person"]) for each in who_approved(plan, step, course.actors, course.acts)]


@pytest.fixture
def room(tmp_path: Path, keys: Path) -> Iterator[Room]:
    folder, clock = write_configuration(tmp_path / "c", STEPS, keys=keys), FakeClock()
    writer = writer_of(load(folder), clock)
    found = Room(folder, keys, clock, writer)
    found.begin(found.run)
    yield found
    assert writer.verify().problem == ""
    writer.close()


def test_two_members_who_do_not_run_it_approve_and_what_they_signed_is_kept(room: Room) -> None:
    for name in ("malee", "wichai"):
        room.hand_in(room.signing().text("เห็นชอบ"), name)
    assert room.counted() == ["malee", "wichai"]
    assert room.counted("agree-more") == []
    kept = sorted(path.suffix for path in (room.folder / "state" / "dr" / room.run).iterdir())
    assert kept == [".sig", ".sig", ".txt", ".txt"]


def test_a_forged_signature_is_refused(room: Room, tmp_path: Path) -> None:
    text = room.signing().text("")
    stranger = make_key(tmp_path / "stranger")
    with pytest.raises(SignatureRefusedError, match="belongs to nobody in 'people'"):
        asyncio.run(room.signing().take(room.writer, str(text).encode(), sign(stranger, str(text).encode())))
    other = replace(text, reason="another reason")
    with pytest.raises(SignatureRefusedError, match="Was the text changed after signing"):
        asyncio.run(room.signing().take(room.writer, str(other).encode(), sign(room.keys / "malee", str(text).encode())))
    assert "was made for 'git'" in room.refused(text, "malee", namespace="git")
    assert room.counted() == []
    room.hand_in(text, "malee")
    assert room.counted() == ["malee"]


def test_one_from_another_run_or_for_another_step_or_handed_in_twice_is_refused(room: Room) -> None:
    other = "20261127t000001-bbbbbb"
    room.begin(other)
    replayed = room.signing(run=other).text("")
    assert f"the text says 'run: {other}/agree', here it is '{room.run}/agree'" in room.refused(replayed, "malee")
    assert "here it is" in room.refused(room.signing("agree-more").text(""), "malee")
    text = room.signing().text("")
    room.hand_in(text, "malee")
    assert "handed in before" in room.refused(text, "malee")
    assert room.counted() == ["malee"]


def test_one_for_another_mode_is_refused(room: Room) -> None:
    real = "20261127t000002-cccccc"
    room.begin(real, Mode.FAILOVER)
    text = room.signing().text("")
    moved = replace(text, run=f"{real}/agree")
    assert "the text says 'mode: drill', here it is 'failover'" in room.refused(moved, "malee", run=real)


def test_an_expired_one_is_refused(room: Room) -> None:
    text = room.signing().text("")
    room.clock.jump(LIFE + 1)
    assert "the text expired at" in room.refused(text, "malee")
    room.hand_in(room.signing().text(""), "malee")
    assert room.counted() == ["malee"]


def test_whoever_runs_it_does_not_count_and_neither_does_anybody_outside_the_committee(room: Room) -> None:
    assert "somchai runs" in room.refused(room.signing().text(""), "somchai")
    assert "nid is not in the committee" in room.refused(room.signing().text(""), "nid")
    room.hand_in(room.signing().text(""), "malee")
    # Who takes the run up again runs it too: what he signed before counts no more.
    room.writer.append(facts.resumed(room.run, room.clock.now(), "malee", digest=room.bench().plan.digest))
    assert room.counted() == []


def test_a_removed_person_is_refused_and_counts_no_more(room: Room, keys: Path) -> None:
    room.hand_in(room.signing().text(""), "malee")
    text = room.signing().text("")
    write_configuration(room.folder, STEPS, keys=keys, plan={"committee": {"members": ["wichai", "anong"], "quorum": 2}})
    assert room.counted() == []
    assert "was changed since" in room.refused(text, "malee")
    # With the committee as it was, but the key taken away from wichai:
    fewer = room.folder.parent / "fewer"
    fewer.mkdir()
    for path in keys.iterdir():
        if not path.name.startswith("wichai"):
            (fewer / path.name).write_bytes(path.read_bytes())
            (fewer / path.name).chmod(0o600)
    write_configuration(room.folder, STEPS, keys=fewer)
    assert room.counted() == ["malee"]
    assert "belongs to nobody in 'people'" in room.refused(room.signing().text(""), "wichai")


def test_one_over_another_version_of_the_plan_is_refused(room: Room, keys: Path) -> None:
    text = room.signing().text("")
    room.hand_in(room.signing().text(""), "wichai")
    write_configuration(room.folder, [*STEPS, {"id": "more", "do": "pause"}], keys=keys)
    assert "was changed since" in room.refused(text, "malee")
    digest = room.bench().plan.digest
    room.writer.append(facts.resumed(room.run, room.clock.now(), "somchai", digest=digest, reason="a step was missing"))
    assert "the text says 'what: sha256:" in room.refused(text, "malee")
    assert room.counted() == []  # and what was signed for the old version counts no more
    room.hand_in(room.signing().text(""), "malee")
    assert room.counted() == ["malee"]


def test_skipping_needs_a_reason_and_another_persons_signature_and_an_approval_is_never_skipped(room: Room) -> None:
    with pytest.raises(DecisionRefusedError, match="second person's signature"):
        decide(room.writer, room.bench(), "plug", "skip", "no")
    with pytest.raises(DecisionRefusedError, match="is never skipped"):
        room.signing("agree", skips=True).text("no time")
    with pytest.raises(SignatureRefusedError, match="needs a reason"):
        room.signing("plug", skips=True).text("")
    text = room.signing("plug", skips=True).text("the plug is pulled already")
    assert "somchai runs" in room.refused(text, "somchai", "plug", skips=True)
    assert "nid has no say" in room.refused(text, "nid", "plug", skips=True)
    assert "here it is" in room.refused(text, "malee", "agree")
    fact = room.hand_in(text, "malee", "plug", skips=True)
    assert (fact.fact.body["decision"], fact.fact.body["second"]) == ("skip", "malee")
    course, _ = course_of(room.writer, room.run)
    assert course.step("plug").decided_by == "somchai and malee"


def test_what_waits_for_signatures_is_not_done_by_saying_so(room: Room) -> None:
    for step in ("agree", "users"):
        with pytest.raises(DecisionRefusedError, match="waits for signatures"):
            decide(room.writer, room.bench(), step, "done", "I say so")


def test_users_sign_or_confirm_on_paper_through_a_second_person(room: Room, tmp_path: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(b"%PDF-1.4 signed by hand")
    paper = Paper("prasit", "wichai", read_scan(scan))
    assert "malee is none of those who test" in room.refused(room.signing("users").text(""), "malee", "users")
    with pytest.raises(SignatureRefusedError, match="must be somebody else"):
        room.signing("users", paper=replace(paper, witness="somchai")).text("")
    with pytest.raises(SignatureRefusedError, match="paper is for people without one"):
        room.signing("users", paper=replace(paper, person="nid")).text("")
    with pytest.raises(SignatureRefusedError, match="handed in with wichai's signature"):
        room.signing("users", paper=paper).on_paper(room.writer, "fine")
    text = room.signing("users", paper=paper).text("ครบถ้วน")
    assert "malee signed, but the second person" in room.refused(text, "malee", "users", paper=paper)
    fact = room.hand_in(text, "wichai", "users", paper=paper)
    assert (fact.fact.body["person"], fact.fact.body["method"], fact.fact.body["witness"]) == ("prasit", "paper", "wichai")
    bad = room.signing("users", complete=False)
    with pytest.raises(SignatureRefusedError, match="needs a reason"):
        bad.text("")
    fact = room.hand_in(bad.text("ขาดเอกสารเดือนตุลาคม"), "nid", "users", complete=False)
    assert fact.fact.body["complete"] is False


def test_a_text_says_what_it_is_for_and_reads_back(room: Room) -> None:
    text = room.signing().text("เห็นชอบ\nให้ดำเนินการ")
    assert parse(str(text).encode()) == text
    assert text.purpose == "dr-approve"
    assert "plan 'erp' (ERP moves to the DR site), step 'agree'" in text.about
