"""Rows of two sites beside each other, from real databases: what never arrived is counted and named."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio
from pydantic import ValidationError

from wenyam.dr.contract import StepError
from wenyam.dr.steps.compare_rows import CompareRowsStep
from wenyam.model.backup import Verdict
from wenyam.testing.databases import Postgres
from wenyam.testing.recovery import TwoSites

pytestmark = pytest.mark.real
CANARY = "canary-2e8b40"
KEYS = "SELECT number FROM letters"


@pytest.fixture(scope="module")
def database() -> Iterator[Postgres]:
    with Postgres(password=CANARY) as running:
        for name in ("was_there", "now_there"):
            running.execute(f"CREATE DATABASE {name}")
            running.execute("CREATE TABLE letters AS SELECT n AS number, 'x' AS text FROM generate_series(1, 20) AS n", name)
        running.execute("DELETE FROM letters WHERE number > 15; INSERT INTO letters VALUES (99, 'x')", "now_there")
        yield running


@pytest_asyncio.fixture
async def sites(tmp_path: Path) -> AsyncIterator[TwoSites]:
    made = TwoSites(tmp_path)
    made.device("main-db", "main")
    made.device("dr-db", "dr")
    made.login("db", "sql", {"username": "postgres"}, password=CANARY)
    yield made
    await made.close()


def step(database: Postgres, text: str = KEYS, **options: object) -> CompareRowsStep:
    was, now = (
        {"host": host, "credential": "db", "port": database.port, "database": f"{name}_there"}
        for host, name in (("main-db", "was"), ("dr-db", "now"))
    )
    given = {"engine": "postgresql", "was": was, "now": now, "text": text, **options}
    return CompareRowsStep(CompareRowsStep.Config.model_validate(given))


async def test_rows_that_never_arrived_are_counted_and_named_and_newer_ones_are_told(sites: TwoSites, database: Postgres) -> None:
    place = sites.place()
    outcome = await step(database).run(place)
    assert outcome.verdict is Verdict.PASS
    assert outcome.summary == "5 of 20 rows of main-db never reached dr-db, which has 1 newer ones"
    assert outcome.evidence["lost"].split() == ["16", "17", "18", "19", "20"]
    assert place.said == {f"{place.step.id}.rows_lost": 5}
    assert CANARY not in repr(outcome)


async def test_a_rehearsal_compares_and_leaves_no_figure(sites: TwoSites, database: Postgres) -> None:
    place = sites.place()
    outcome = await step(database).rehearse(place)
    assert outcome.summary == "20 rows of main-db can be compared with 16 of dr-db"
    assert place.said == {}


async def test_too_many_rows_and_more_than_a_key_are_refused_with_advice(sites: TwoSites, database: Postgres) -> None:
    with pytest.raises(StepError, match=r"main-db has more than 10 rows.*Ask for the newest ones only"):
        await step(database, at_most=10).run(sites.place())
    with pytest.raises(StepError, match="more than one column; ask for the key alone"):
        await step(database, "SELECT number, text FROM letters").run(sites.place())
    with pytest.raises(StepError, match="no_such_table"):
        await step(database, "SELECT number FROM no_such_table").run(sites.place())


async def test_nothing_to_compare_and_keys_that_are_none_are_never_no_loss(sites: TwoSites, database: Postgres) -> None:
    place = sites.place()
    with pytest.raises(StepError, match="the question finds no row on main-db, so nothing was compared"):
        await step(database, "SELECT number FROM letters WHERE number > 2569").run(place)
    with pytest.raises(StepError, match="gives one value for several rows of main-db, so it is no key"):
        await step(database, "SELECT text FROM letters").run(place)
    with pytest.raises(StepError, match="so nothing was compared"):
        await step(database, "SELECT number FROM letters WHERE number > 2569").rehearse(place)
    assert place.said == {}


@pytest.mark.parametrize("text", ["DELETE FROM letters", "SELECT 1; DROP TABLE letters", "selection"])
def test_only_one_statement_that_reads_is_taken(database: Postgres, text: str) -> None:
    with pytest.raises(ValidationError, match="must be one statement that begins with SELECT or WITH"):
        step(database, text)


def test_a_server_is_not_compared_with_itself(database: Postgres) -> None:
    one = {"host": "main-db", "credential": "db", "port": database.port}
    with pytest.raises(ValidationError, match="'was' and 'now' are the same server"):
        CompareRowsStep.Config.model_validate({"engine": "postgresql", "was": one, "now": one, "text": KEYS})
