"""Restores confirmed with real signatures and on paper: every rule seen refusing, then the good way seen accepted."""

import asyncio
import hashlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from wenyam.backup import catalogue, facts
from wenyam.errors import UsageError, WenyamError
from wenyam.links.signed_text import LIFE, SignedText, parse
from wenyam.model.backup import Verdict
from wenyam.model.instance import Configuration
from wenyam.model.instants import Instant, Period, after
from wenyam.model.inventory import Person
from wenyam.operations.confirmation_evidence import EvidenceGoneError, read_scan
from wenyam.operations.confirmation_rules import ConfirmationRefusedError
from wenyam.operations.confirmations import Confirmed, Desk, Paper
from wenyam.store.sqlite import open_writer
from wenyam.store.writer import SqliteWriter
from wenyam.testing.clock import FakeClock
from wenyam.testing.restores import EVIDENCE, JOB, configuration, record_test
from wenyam.testing.signing import make_key, person, sign

pytestmark = pytest.mark.real

EVER = Period(Instant(0), Instant(2**53))
DAY = 86_400.0
USERS = ("user_representative",)


@dataclass
class Office:
    """Malee signs, Prasit has no key, Somchai runs restores, Anong takes confirmations in, Wichai and Nid are second persons."""

    folder: Path
    clock: FakeClock
    writer: SqliteWriter
    people: dict[str, Person]
    key: dict[str, Path]
    test: int = 0

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def configuration(self) -> Configuration:
        return configuration(self.folder, self.people.values())

    def desk(self, actor: str = "anong") -> Desk:
        return Desk(self.configuration, self.clock, actor)

    def text(self, reason: str = "ตรวจแล้ว", *, complete: bool = True, paper: Paper | None = None) -> SignedText:
        return self.desk().text(self.desk().case(self.writer, JOB), reason, complete=complete, paper=paper)

    def hand_in(
        self, text: SignedText | bytes, by: str, actor: str = "anong", paper: Paper | None = None, namespace: str = "wenyam"
    ) -> Confirmed:
        content = text if isinstance(text, bytes) else str(text).encode()
        desk = self.desk(actor)
        case = desk.case(self.writer, JOB)
        return asyncio.run(desk.by_signature(self.writer, case, content, sign(self.key[by], content, namespace), paper))

    def paper(self, who: str = "prasit", witness: str = "wichai") -> Paper:
        scan = self.folder / "scan.PDF"
        scan.write_bytes(b"%PDF-1.4 signed by hand")
        return Paper(who, witness, read_scan(scan))

    def proven(self) -> bool:
        return catalogue.read(self.writer, EVER)[JOB].last_proven is not None

    def facts(self) -> int:
        assert self.writer.verify().problem == ""
        return len(self.writer.facts(EVER, facts.CONFIRMED))


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("keys")
    return {name: make_key(folder / name) for name in ("malee", "somchai", "anong", "wichai", "stranger")}


@pytest.fixture
def office(tmp_path: Path, keys: dict[str, Path]) -> Iterator[Office]:
    people = [
        person("malee", keys["malee"], roles=USERS),
        person("prasit", roles=USERS),
        person("somchai", keys["somchai"], roles=("operator", *USERS)),
        person("anong", keys["anong"], roles=("operator", *USERS)),
        person("wichai", keys["wichai"], roles=("superior",)),
        person("nid", roles=("superior",)),
    ]
    clock = FakeClock()
    writer = open_writer(tmp_path / "state", clock, "pwo", ballast_bytes=0)
    made = Office(tmp_path, clock, writer, {each.id: each for each in people}, keys)
    made.test = record_test(writer, made.state, clock.now())
    yield made
    writer.close()


def refused(office: Office, text: SignedText | bytes, by: str, **more: str) -> str:
    before = office.facts()
    with pytest.raises(WenyamError) as caught:
        office.hand_in(text, by, **more)  # type: ignore[arg-type]  # only words are given
    assert office.facts() == before
    return str(caught.value)


def test_a_representative_confirms_by_signature_and_the_papers_are_kept(office: Office) -> None:
    text = office.text()
    done = office.hand_in(text, "malee")
    body = done.fact.fact.body
    assert (done.person, done.complete, done.note, done.fact.fact.actor) == ("malee", True, "", "anong")
    assert (body["test"], body["method"], body["reason"], body["nonce"]) == (office.test, "signature", "ตรวจแล้ว", text.nonce)
    assert "announce, report and keep the evidence by " in done.next_step
    restore = office.desk().case(office.writer, JOB).restore
    assert (restore.confirmed_by, restore.refused_by, office.proven()) == (("malee",), (), True)
    kept = office.state / "evidence/confirmations"
    (signature,) = kept.glob("*.sig")
    assert signature.with_suffix("").read_bytes() == str(text).encode()
    assert str(body["key"]).startswith("SHA256:")
    assert all(path.stat().st_mode & 0o007 == 0 for path in kept.iterdir())


def test_not_complete_goes_back_to_loading_and_the_restore_no_longer_counts(office: Office) -> None:
    assert office.proven()
    done = office.hand_in(office.text("ใบสั่งซื้อเดือนนี้หาย", complete=False), "malee")
    assert not office.proven()
    assert f"wenyam restore test {JOB} --snapshot 5f5f5f5f5f5f5f5f --from-copy main" in done.next_step
    assert "no longer counts as proven" in done.next_step
    load = office.desk().case(office.writer, JOB).steps[1]
    assert (load.ended, load.due) == (None, after(office.clock.now(), DAY))
    assert "malee found test" in refused(office, office.text(), "malee")
    office.clock.jump(3600)
    record_test(office.writer, office.state, office.clock.now())
    office.hand_in(office.text(), "malee")
    assert office.proven()


def test_not_complete_needs_a_reason(office: Office) -> None:
    with pytest.raises(ConfirmationRefusedError, match="needs a reason"):
        office.text("  ", complete=False)


def test_only_user_representatives_confirm(office: Office) -> None:
    assert "wichai is no user representative (role user_representative)" in refused(office, office.text(), "wichai")
    assert "belongs to nobody" in refused(office, office.text(), "stranger")


def test_whoever_ran_it_or_takes_it_in_cannot_confirm(office: Office) -> None:
    assert "somchai ran test" in refused(office, office.text(), "somchai")
    assert "anong gives this command" in refused(office, office.text(), "anong")
    assert "malee gives this command" in refused(office, office.text(), "malee", actor="malee")


def test_a_failed_test_is_not_called_complete_but_may_be_called_incomplete(office: Office) -> None:
    record_test(office.writer, office.state, office.clock.now(), verdict=Verdict.FAIL, problem="12 rows are missing")
    with pytest.raises(ConfirmationRefusedError, match="failed \\(12 rows are missing\\); complete is only what passed"):
        office.text()
    text = replace(office.text("rows missing", complete=False), mode="complete")
    assert "complete is only what passed" in refused(office, text, "malee")
    office.hand_in(office.text("rows missing", complete=False), "malee")


def test_not_tested_may_be_confirmed_and_is_said_to_prove_nothing(office: Office) -> None:
    office.clock.jump(5)
    number = record_test(office.writer, office.state, office.clock.now(), verdict=Verdict.NOT_TESTED, problem="no server")
    done = office.hand_in(office.text(), "malee")
    assert done.fact.fact.body["test"] == number
    assert "NOT TESTED, so this does not count as proven" in done.note


def test_a_text_serves_once_for_this_test_for_a_while(office: Office) -> None:
    text = office.text()
    office.hand_in(text, "malee")
    assert "handed in before" in refused(office, text, "malee")
    assert "malee has said so about test" in refused(office, office.text(), "malee")
    office.clock.jump(10)
    record_test(office.writer, office.state, office.clock.now())
    assert "the text says 'about: erp-db, restore test" in refused(office, text, "malee")
    late = office.text()
    office.clock.jump(LIFE)
    assert "the text expired at" in refused(office, late, "malee")


def test_a_changed_text_or_another_purpose_is_refused(office: Office) -> None:
    text = office.text()
    for changed in (
        replace(text, purpose="dr-approve"), replace(text, site="dr"), replace(text, what="sha256:" + "0" * 64),
        replace(text, run="test-999"),
    ):  # fmt: skip
        assert "the text says" in refused(office, changed, "malee")
    assert "it was made for 'file'" in refused(office, text, "malee", namespace="file")
    assert "none that Wenyam wrote" in refused(office, str(text).encode() + b" ", "malee")
    assert "is 'complete' or 'not-complete', not 'perhaps'" in refused(office, replace(text, mode="perhaps"), "malee")
    content = str(text).encode()
    desk = office.desk()
    signature = sign(office.key["malee"], content)
    other = str(replace(text, reason="x")).encode()
    with pytest.raises(WenyamError, match="it is not malee's over this text"):
        asyncio.run(desk.by_signature(office.writer, desk.case(office.writer, JOB), other, signature))


def test_a_key_that_has_expired_confirms_nothing(office: Office) -> None:
    text = office.text()
    office.people["malee"] = person("malee", office.key["malee"], roles=USERS, valid_until=office.clock.now())
    assert "malee's key SHA256:" in refused(office, text, "malee")
    office.people["malee"] = person("malee", office.key["malee"], roles=USERS, valid_from=after(office.clock.now(), 1))
    assert "is not valid before" in refused(office, text, "malee")


def test_evidence_that_was_changed_confirms_nothing(office: Office) -> None:
    (path,) = (office.state / EVIDENCE).iterdir()
    path.write_bytes(path.read_bytes() + b" ")
    with pytest.raises(EvidenceGoneError, match="no file of erp-db has the SHA-256"):
        office.text()


def test_paper_comes_through_a_second_person_who_signs_for_it(office: Office) -> None:
    paper = office.paper()
    text = office.text(paper=paper)
    assert f"on paper by prasit through wichai, scan sha256:{paper.scan.digest}" in parse(str(text).encode()).about
    done = office.hand_in(text, "wichai", paper=paper)
    body = done.fact.fact.body
    assert (done.person, body["witness"], body["method"], done.note) == ("prasit", "wichai", "paper", "")
    assert body["scan"] == hashlib.sha256(b"%PDF-1.4 signed by hand").hexdigest()
    (kept,) = (office.state / "evidence/confirmations").glob("*-scan.pdf")
    assert kept.read_bytes() == b"%PDF-1.4 signed by hand"
    assert office.desk().case(office.writer, JOB).restore.confirmed_by == ("prasit",)


def test_a_paper_whose_second_person_has_no_key_is_taken_and_that_is_said(office: Office) -> None:
    desk = office.desk()
    case = desk.case(office.writer, JOB)
    with pytest.raises(ConfirmationRefusedError, match="wichai has a key, so the paper is handed in with wichai's signature"):
        desk.on_paper(office.writer, case, office.paper(), "", complete=True)
    done = desk.on_paper(office.writer, case, office.paper(witness="nid"), "", complete=True)
    assert "nobody signed for this paper" in done.note
    assert done.fact.fact.body["key"] == ""


@pytest.mark.parametrize(
    ("who", "witness", "sentence"),
    [
        ("malee", "wichai", "malee has a key and signs with it"),
        ("nid", "wichai", "nid is no user representative"),
        ("prasit", "prasit", "prasit confirms, so the second person of the paper must be somebody else"),
        ("prasit", "somchai", "somchai ran the restore, so the second person"),
        ("prasit", "anong", "anong gives this command, so the second person"),
        ("prasit", "nobody", "there is no person 'nobody'"),
        ("nobody", "wichai", "there is no person 'nobody'"),
    ],
)
def test_who_may_not_be_on_a_paper(office: Office, who: str, witness: str, sentence: str) -> None:
    with pytest.raises(WenyamError, match=sentence):
        office.text(paper=office.paper(who, witness))
    assert office.facts() == 0


def test_a_paper_with_another_scan_or_another_signer_is_refused(office: Office) -> None:
    paper = office.paper()
    text = office.text(paper=paper)
    other = office.folder / "other.pdf"
    other.write_bytes(b"%PDF another")
    with pytest.raises(WenyamError, match="the text says 'about:"):
        office.hand_in(text, "wichai", paper=replace(paper, scan=read_scan(other)))
    with pytest.raises(ConfirmationRefusedError, match="malee signed, but the second person of this paper is wichai"):
        office.hand_in(text, "malee", paper=paper)
    with pytest.raises(WenyamError, match="the text says 'about:"):
        office.hand_in(text, "wichai")
    other.write_bytes(b"")
    with pytest.raises(UsageError, match="is empty or larger"):
        read_scan(other)


def test_two_who_hand_in_one_text_at_once_are_one_confirmation(office: Office) -> None:
    text = office.text()

    def try_it(_: int) -> str:
        try:
            office.hand_in(text, "malee")
        except WenyamError as error:
            return str(error)
        return ""

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(try_it, range(4)))
    assert answers.count("") == 1
    assert office.facts() == 1


def test_steps_have_limits_and_say_what_is_overdue(office: Office) -> None:
    def steps() -> list[tuple[bool, bool, float]]:
        found = office.desk().case(office.writer, JOB).steps
        return [(step.ended is not None, step.is_overdue(office.clock.now()), step.limit / DAY) for step in found]

    assert steps() == [(True, False, 2.0), (True, False, 1.0), (False, False, 1.0), (False, False, 1.0)]
    office.clock.jump(DAY + 1)
    assert steps()[2] == (False, True, 1.0)
    office.hand_in(office.text(), "malee")
    assert steps()[2] == (True, True, 1.0)
    office.clock.jump(9 * DAY)
    assert steps()[3] == (False, False, 1.0)


@pytest.mark.parametrize(
    ("job", "test", "sentence"), [("hr", None, "no backup job 'hr'"), (JOB, 999, "no restore test 999; the newest are: ")]
)
def test_what_is_not_there_is_said(office: Office, job: str, test: int | None, sentence: str) -> None:
    with pytest.raises(UsageError, match=sentence):
        office.desk().case(office.writer, job, test)
