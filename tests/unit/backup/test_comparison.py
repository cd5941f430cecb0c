"""Every kind of difference is its own sentence, and nothing to compare is never equal."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.backup.comparison import LEFT_OUT, UNSETTLED, compare, notes, value_of
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant

TEXTS = st.text(max_size=8)
PARTS = st.dictionaries(TEXTS, st.dictionaries(TEXTS, TEXTS, max_size=3), max_size=3)


def manifest(parts: Mapping[str, Mapping[str, str]], source: str = "postgresql") -> Manifest:
    return Manifest(source, Instant(1), parts)


THEN = manifest(
    {
        "rows": {"public.customer": "1000", "public.ลูกค้า": "5"},
        "indexes": {"public.customer_name_idx": "btree (name)"},
        "files": {"/srv/a": "type=file mode=0644 size=5", "/srv/b": "type=link target=x"},
    }
)


def _with(section: str, **items: str | None) -> Manifest:
    """Return the manifest with items of one section changed or, for None, removed."""
    kept = {**THEN.parts[section], **items}
    return manifest({**THEN.parts, section: {item: value for item, value in kept.items() if value is not None}})


def test_the_same_is_no_difference() -> None:
    assert compare(THEN, manifest(THEN.parts)) == ()


@pytest.mark.parametrize(
    ("now", "sentence"),
    [
        (_with("rows", **{"public.customer": "0"}), "rows of public.customer: 0, at backup time 1000"),
        (_with("rows", **{"public.ลูกค้า": None}), "rows: public.ลูกค้า is missing"),
        (_with("rows", **{"public.new": "7"}), "rows: extra public.new"),
        (_with("rows", **{"public.customer": ""}), "rows of public.customer: nothing, at backup time 1000"),
        (_with("indexes", **{"public.customer_name_idx": None}),
         "indexes: the whole section is missing, at backup time it had 1 items"),
        (manifest({**THEN.parts, "routines": {"f": "x", "g": "y"}}), "routines: the whole section is extra, with 2 items"),
        (_with("files", **{"/srv/a": "type=file mode=0600 size=5"}), "files of /srv/a: mode 0600, at backup time 0644"),
        (_with("files", **{"/srv/a": "type=file mode=0600 size=4"}),
         "files of /srv/a: mode 0600, at backup time 0644, size 4, at backup time 5"),
        (_with("files", **{"/srv/b": "type=file size=1"}),
         "files of /srv/b: type file, at backup time link, target nothing, at backup time x, size 1, at backup time nothing"),
        (manifest(THEN.parts, "mariadb"), "source: mariadb, at backup time postgresql"),
    ],
)  # fmt: skip
def test_each_difference_is_a_sentence(now: Manifest, sentence: str) -> None:
    assert compare(THEN, now) == (sentence,)


@pytest.mark.parametrize("parts", [{}, {"rows": {}}, {LEFT_OUT: {"/x": "socket"}}, {UNSETTLED: {"/x": "grew"}}])
def test_nothing_to_compare_is_a_difference_even_when_both_are_empty(parts: Mapping[str, Mapping[str, str]]) -> None:
    empty = manifest(parts)
    assert "nothing to compare: the manifest at backup time is empty" in compare(empty, empty)
    assert "nothing to compare: the manifest after the restore is empty" in compare(THEN, empty)


def test_long_lists_are_summed_up() -> None:
    then = manifest({"rows": {f"t{number:05}": "1" for number in range(4332)}, "tables": {"t": "x"}})
    said = compare(then, manifest({"rows": {"t00000": "2"}, "tables": {"t": "x"}}))
    assert said[0] == "rows of t00000: 2, at backup time 1"
    assert said[1] == "rows: t00001 is missing"
    assert said[-1] == "rows: and 4,311 more are missing"
    assert len(said) == 22


def test_hostile_and_long_text_is_one_short_clean_line() -> None:
    name = "a\x1b[31m\nb\udcff"
    said = compare(manifest({"rows": {name: "x" * 9000, "c": "1"}}), manifest({"rows": {name: "y", "c": "1"}}))
    assert len(said) == 1
    assert said[0].startswith("rows of a\\nb\\xff: y, at backup time xxx")
    assert len(said[0]) < 300


def test_of_long_values_the_place_where_they_part_is_shown() -> None:
    long = "create view v as " + "select a from b union " * 40
    said = compare(manifest({"views": {"v": long + "select 1"}}), manifest({"views": {"v": long + "select 2"}}))
    assert said[0].endswith("union select 1")
    assert "union select 2, at backup time" in said[0]


def test_what_changed_during_the_backup_must_come_back_but_proves_nothing() -> None:
    unsettled = {"/log": "size 5 to 9", "/new": "appeared"}
    then = manifest({"files": {"/log": "type=file", "/a": "type=file size=1"}, UNSETTLED: unsettled})
    a, log = {"/a": "type=file size=1"}, {"/log": "type=file size=9"}
    assert compare(then, manifest({"files": {**a, **log, "/new": "type=file"}})) == ()
    assert compare(then, manifest({"files": {**log, "/a": "type=file size=2"}})) == ("files of /a: size 2, at backup time 1",)
    assert compare(then, manifest({"files": a})) == ("files: /log is missing",)
    assert notes(then) == ("changed during the backup: /log (size 5 to 9)", "changed during the backup: /new (appeared)")


def test_one_value_that_moved_excuses_nothing_else_of_the_same_name() -> None:
    then = manifest({"rows": {"t": "5"}, "columns": {"t": "a, b"}, UNSETTLED: {value_of("rows", "t"): "5 to 6"}})
    assert compare(then, manifest({"rows": {"t": "6"}, "columns": {"t": "a, b"}})) == ()
    assert compare(then, manifest({"rows": {"t": "6"}, "columns": {"t": "a"}})) == ("columns of t: a, at backup time a, b",)


def test_what_was_left_out_is_told_and_not_missed() -> None:
    sockets = {f"/run/{number}": "socket" for number in range(25)}
    then = manifest({"files": {"/a": "type=file"}, LEFT_OUT: sockets})
    assert compare(then, manifest({"files": {"/a": "type=file"}})) == ()
    assert notes(then)[-1] == "left out: and 5 more"


@given(PARTS, PARTS)
def test_two_manifests_are_alike_only_when_they_say_the_same_and_something(
    one: dict[str, dict[str, str]], two: dict[str, dict[str, str]]
) -> None:
    said = compare(manifest(one), manifest(two))
    full_one, full_two = ({section: items for section, items in parts.items() if items} for parts in (one, two))
    assert (said == ()) == (full_one == full_two and bool(full_one))
