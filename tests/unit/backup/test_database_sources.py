"""What the sources of databases share, without a server."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from wenyam.backup.comparison import UNSETTLED, compare
from wenyam.backup.sources.databases import DatabaseOptions, databases_in, file_name, secret_file, unsettled
from wenyam.backup.sources.postgresql_manifest import _settled, queries, quoted
from wenyam.errors import SourceError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant


@pytest.mark.parametrize(
    "given",
    [{}, {"databases": []}, {"databases": ["a"], "all": True}, {"databases": ["a", "a"]}, {"databases": ["a"], "sslmode": "x"}],
)
def test_either_names_or_all_are_given(given: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        DatabaseOptions.model_validate(given)


@pytest.mark.parametrize("name", ["erp", "ฐาน ข้อมูล", "a/../b", "100%", "%2f", "new\nline", "-x", ".hidden", "q\"'"])
def test_a_database_has_a_file_of_its_name_whatever_it_is(name: str) -> None:
    file = file_name(name, ".sql")
    assert "/" not in file
    assert file.isprintable()
    assert databases_in({file: Path("x"), "roles.sql": Path("y")}, ".sql") == {name: Path("x")}


def test_a_secret_lies_in_a_narrow_file_and_only_for_a_while(tmp_path: Path) -> None:
    with secret_file(tmp_path / "s", "canary") as path:
        assert path.stat().st_mode & 0o777 == 0o600
        assert path.read_text(encoding="utf-8") == "canary"
    assert not path.exists()
    with pytest.raises(SourceError, match="absent"), secret_file(tmp_path / "absent" / "s", "x"):
        pass


def test_only_what_moved_is_unsettled() -> None:
    assert unsettled("rows", {"a": "1", "b": "2"}, {"a": "1", "b": "3", "c": "4"}) == {
        "rows of b": "2 before the dump, 3 after it",
        "rows of c": "absent before the dump, 4 after it",
    }


def test_a_table_whose_rows_moved_is_still_held_to_its_columns() -> None:
    moved = {UNSETTLED: unsettled("rows", {"t": "5"}, {"t": "6"})}
    then = Manifest("mariadb", Instant(0), {"rows": {"t": "5"}, "columns": {"t": "a, b"}, **moved})
    now = Manifest("mariadb", Instant(0), {"rows": {"t": "6"}, "columns": {"t": "a"}})
    assert compare(then, now) == ("columns of t: a, at backup time a, b",)


def test_the_same_condition_read_back_by_postgresql_is_the_same() -> None:
    """Both texts were measured: the first on a table as it was made, the second after its restore."""
    made = "CHECK (((kind)::text = ANY ((ARRAY['a'::character varying, 'b'::character varying])::text[])))"
    restored = "CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('b'::character varying)::text])))"
    other = "CHECK (((kind)::text = ANY (ARRAY[('a'::character varying)::text, ('c'::character varying)::text])))"
    assert _settled("constraints", made) == _settled("constraints", restored) == "CHECK kind = ANY ARRAY['a','b']"
    assert _settled("constraints", made) != _settled("constraints", other)
    assert _settled("routines", made) == made


def test_every_query_of_the_manifest_has_its_short_words_spelled_out() -> None:
    assert {"columns", "grants", ":tables"} <= queries().keys()
    assert [name for name, text in queries().items() if "OURS" in text or "OWN(" in text] == []
    assert quoted('a"B') == '"a""B"'
