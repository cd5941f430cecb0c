"""Steps over a real sshd and real databases: done, refused, rehearsed without a touch, and no secret in what is kept."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from wenyam.dr.contract import StepError
from wenyam.dr.steps.sql import SqlStep
from wenyam.dr.steps.ssh import SshStep
from wenyam.model.backup import Verdict
from wenyam.model.recovery import Outcome
from wenyam.testing.databases import Postgres
from wenyam.testing.recovery import TwoSites
from wenyam.testing.sshd import Sshd

pytestmark = pytest.mark.real
CANARY = "canary-7f3a91"


@pytest.fixture(scope="module")
def server() -> Iterator[Sshd]:
    with Sshd() as running:
        yield running


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with Postgres(password=CANARY) as running:
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path, server: Sshd) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("app-dr", "dr")
    made.trust(server, "dr-ssh")
    yield made
    await made.close()


def _ssh(server: Sshd, *command: str, **options: object) -> SshStep:
    given = {"host": "app-dr", "credential": "dr-ssh", "port": server.port, "command": command, **options}
    return SshStep(SshStep.Config.model_validate(given))


def _sql(database: Postgres, text: str, **options: object) -> SqlStep:
    given = {"host": "app-dr", "credential": "db", "port": database.port, "engine": "postgresql", "text": text, **options}
    return SqlStep(SqlStep.Config.model_validate(given))


def _everything(outcome: Outcome) -> str:
    return repr(outcome) + repr(dict(outcome.evidence))


async def test_every_word_of_a_command_arrives_as_it_is(sites: TwoSites, server: Sshd) -> None:
    words = ["a b", "$(id)", "; rm -rf /", "it's", 'say "no"', "ศูนย์สำรอง"]
    outcome = await _ssh(server, "/usr/bin/printf", "%s/", *words).run(sites.place())
    assert outcome.evidence["output"] == "/".join(words) + "/"
    assert outcome.evidence["exit_code"] == "0"


async def test_another_exit_code_fails_with_the_commands_own_words_until_it_is_named(sites: TwoSites, server: Sshd) -> None:
    command = ("/bin/sh", "-c", "echo no such unit >&2; exit 5")
    outcome = await _ssh(server, *command).run(sites.place())
    assert (outcome.verdict, outcome.evidence["errors"]) == (Verdict.FAIL, "no such unit")
    assert outcome.summary.endswith("on app-dr ended with exit code 5: no such unit")
    outcome = await _ssh(server, *command, exit_codes=[0, 5]).run(sites.place())
    assert outcome.evidence == {"exit_code": "5", "errors": "no such unit"}


async def test_the_output_must_hold_what_is_expected(sites: TwoSites, server: Sshd) -> None:
    outcome = await _ssh(server, "echo", "stopped", expect="running").run(sites.place())
    assert (outcome.verdict, outcome.summary) == (Verdict.FAIL, "'echo stopped' on app-dr did not say 'running' but: stopped")
    assert "said 'running'" in (await _ssh(server, "echo", "it is running", expect="running").run(sites.place())).summary


async def test_a_program_that_is_not_there_is_found_by_the_rehearsal(sites: TwoSites, server: Sshd) -> None:
    for missing in ("/usr/local/bin/move-erp", "move-erp"):
        with pytest.raises(StepError, match=f"app-dr has no program '{missing}'"):
            await _ssh(server, missing).rehearse(sites.place())
        assert "was not found" in (await _ssh(server, missing).run(sites.place())).summary


async def test_a_rehearsal_starts_nothing(sites: TwoSites, server: Sshd, tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    step = _ssh(server, "/usr/bin/touch", str(mark), back=["/bin/rm", str(mark)], done=["test", "-e", str(mark)])
    assert "could be started" in (await step.rehearse(sites.place())).summary
    assert not mark.exists()
    assert await step.was_done(sites.place()) is False
    await step.run(sites.place())
    assert mark.exists()
    assert await step.was_done(sites.place()) is True
    await step.undo(sites.place())
    assert not mark.exists()


async def test_the_right_is_proven_by_the_command_the_plan_names(sites: TwoSites, server: Sshd, tmp_path: Path) -> None:
    right = tmp_path / "right"
    step = _ssh(server, "/bin/true", rehearsal=["test", "-e", str(right)])
    with pytest.raises(StepError, match=r"'test -e .*' on app-dr ended with exit code 1"):
        await step.rehearse(sites.place())
    right.touch()
    assert "proves the right" in (await step.rehearse(sites.place())).summary


async def test_a_step_that_cannot_tell_whether_it_ran_asks(sites: TwoSites, server: Sshd) -> None:
    assert await _ssh(server, "/bin/true").was_done(sites.place()) is None
    assert await _ssh(server, "/bin/true", done=["/bin/sh", "-c", "exit 7"]).was_done(sites.place()) is None
    with pytest.raises(StepError, match="nothing says how it is taken back"):
        await _ssh(server, "/bin/true").undo(sites.place())


async def test_a_wrong_key_fails_the_rehearsal_and_the_right_one_mends_it(sites: TwoSites, server: Sshd) -> None:
    stranger = server.make_key("stranger")
    good = sites.credentials["dr-ssh"].secrets["key"]
    sites.login("dr-ssh", "ssh-key", {"username": server.username}, key=stranger.read_text())
    with pytest.raises(StepError, match="refused the credentials"):
        await _ssh(server, "/bin/true").rehearse(sites.place())
    sites.credentials["dr-ssh"].secrets["key"] = good  # type: ignore[index]  # a dict in this test
    assert (await _ssh(server, "/bin/true").rehearse(sites.place())).summary


async def test_a_command_that_hangs_is_given_up_at_the_steps_time(sites: TwoSites, server: Sshd) -> None:
    with pytest.raises(StepError, match=r"did not end in time|within"):
        await _ssh(server, "/bin/sleep", "30").run(sites.place(seconds=1.0))
    with pytest.raises(StepError, match=r"its time is up|within|did not end in time|the time is up"):
        await _ssh(server, "/bin/true").run(sites.place(seconds=0.0))


async def test_hostile_output_is_kept_harmless(sites: TwoSites, server: Sshd) -> None:
    outcome = await _ssh(server, "/usr/bin/printf", r"\033]0;own\007red\033[31m\nline two\n\377").run(sites.place())
    assert outcome.evidence["output"].split("\n")[:2] == ["red", "line two"]
    assert "\x1b" not in _everything(outcome)


def test_unknown_names_are_told_all_at_once(tmp_path: Path) -> None:
    sites = TwoSites(tmp_path)
    sites.login("web", "http-basic", {"username": "x"}, password="y")
    step = SshStep(SshStep.Config(host="nowhere", credential="web", command=("true",)))
    assert step.unknown(sites.configuration) == (
        "there is no device 'nowhere'",
        "credential 'web' is of kind http-basic; wanted is ssh-key or ssh-password",
    )
    assert step.describe() == "run on nowhere: true"


async def test_a_question_passes_only_with_the_expected_answer(sites: TwoSites, database: Postgres) -> None:
    sites.login("db", "sql", {"username": "postgres"}, password=CANARY)
    for text, answer in (("SELECT 41 + 1", 42), ("SELECT true", True), ("SELECT 'สวัสดี'", "สวัสดี"), ("SELECT 1", None)):
        assert (await _sql(database, text, expect=answer).run(sites.place())).summary
    with pytest.raises(StepError, match="the answer is '41', expected is '42'"):
        await _sql(database, "SELECT 41", expect=42).run(sites.place())
    for empty in ("SELECT NULL", "SELECT 1 WHERE false", "SELECT ''"):
        with pytest.raises(StepError, match="the answer is empty"):
            await _sql(database, empty).run(sites.place())


async def test_a_question_can_measure_how_new_the_data_is(sites: TwoSites, database: Postgres) -> None:
    sites.login("db", "sql", {"username": "postgres"}, password=CANARY)
    place = sites.place()
    step = _sql(database, "SELECT extract(epoch FROM timestamptz '2026-11-27 09:40:00.5+07')", newest_data=True)
    assert step.shows_newest_data
    await step.run(place)
    assert place.said == {"the-step.newest_data": 1_795_747_200_500}
    for text in ("SELECT 'yesterday'", "SELECT 'NaN'::float", "SELECT 'inf'::float"):
        with pytest.raises(StepError, match="is no Unix time"):
            await _sql(database, text, newest_data=True).run(sites.place())


async def test_a_question_cannot_change_anything(sites: TwoSites, database: Postgres) -> None:
    sites.login("db", "sql", {"username": "postgres"}, password=CANARY)
    with pytest.raises(StepError, match="read-only transaction"):
        await _sql(database, "CREATE TABLE taken (a int)").run(sites.place())
    assert database.execute("SELECT count(*) FROM pg_class WHERE relname = 'taken'").strip() == "0"


async def test_a_wrong_password_is_told_and_never_shown(sites: TwoSites, database: Postgres) -> None:
    sites.login("db", "sql", {"username": "postgres"}, password="wrong-" + CANARY)
    with pytest.raises(StepError, match="refused the credentials") as failed:
        await _sql(database, "SELECT 1").rehearse(sites.place())
    assert CANARY not in repr(failed.value) + str(failed.value) + repr(failed.value.__cause__)
    sites.login("db", "sql", {"username": "postgres"}, password=CANARY)
    outcome = await _sql(database, "SELECT 1").rehearse(sites.place())
    assert outcome.evidence == {"answer": "1"}
    assert CANARY not in _everything(outcome)
