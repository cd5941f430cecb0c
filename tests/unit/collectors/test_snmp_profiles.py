"""Profiles: the shipped ones are sound, broken ones are refused with file, line and a sentence, the right one is chosen."""

import asyncio
from pathlib import Path

import pytest

from wenyam.collectors import snmp_library
from wenyam.collectors.snmp_labels import Rows, row_labels
from wenyam.collectors.snmp_library import PARTS, SHIPPED, Library, load, shipped
from wenyam.collectors.snmp_profile import Label, SampleEntry
from wenyam.collectors.snmp_shelf import Shelf
from wenyam.errors import ConfigurationError
from wenyam.links.snmp import oids
from wenyam.settings.problems import BrokenConfigurationError
from wenyam.testing import recording

GENERIC = "title: any\nevidence: {kind: unproven}\n"


def broken(folder: Path, text: str, name: str = "x") -> list[str]:
    (folder / "generic.yaml").write_text(GENERIC, encoding="utf-8")
    (folder / PARTS).mkdir()
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(BrokenConfigurationError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


HEAD = "title: x\nevidence: {kind: unproven}\nmatch: {object_id: 1.3.6.1.4.1.1}\n"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + "tabels: {}\n", "x.yaml:4: unknown key 'tabels'; did you mean 'tables'?"),
        (HEAD + "include: [interface]\n", "x.yaml: include: there is no part 'interface'"),
        ("evidence: {kind: unproven}\nmatch: {object_id: 1.3.6}\n", "x.yaml:1: 'title' is missing"),
        ("title: x\nevidence: {kind: unproven}\n", "x.yaml: 'match' is missing; only 'generic' fits every device"),
        (
            "title: x\nevidence: {kind: recording}\nmatch: {object_id: 1.3.6}\n",
            "x.yaml:2: evidence: evidence 'recording' needs 'source'",
        ),
        (
            "title: x\nevidence: {kind: recording, source: a}\nmatch: {object_id: 1.3.6}\n",
            "x.yaml:2: evidence: evidence 'recording' needs 'sha256' of the recording's file",
        ),
        ("title: x\nevidence: {kind: unproven}\nmatch: {}\n", "x.yaml:3: match: 'match' needs 'object_id' or 'description'"),
        (
            "title: x\nevidence: {kind: unproven}\nmatch: {description: '('}\n",
            "x.yaml:3: match.description: '(' is no regular expression: missing ), unterminated subpattern at position 0",
        ),
        (HEAD + "scalars:\n  a: 1.3.x\n", "x.yaml:5: scalars.a: '1.3.x' is no object identifier"),
        (
            HEAD + "scalars:\n  class: 1.3.6\n",
            "x.yaml:5: scalars.class: 'class' means something else in expressions; choose another name",
        ),
        (HEAD + "samples:\n  - {sample: cpu, value: 1}\n", "x.yaml:5: samples.1: there is no sample 'cpu'"),
        (HEAD + "samples:\n  - {sample: processes, value: a}\n", "x.yaml:5: samples.1.value: 'a' is not one of the scalars"),
        (HEAD + "samples:\n  - {sample: processes, value: a +}\n", "x.yaml:5: samples.1.value: 'a +' is no expression"),
        (
            HEAD + "samples:\n  - {sample: load_average, value: 1}\n",
            "x.yaml:5: samples.1: load_average needs labels: window",
        ),
        (
            HEAD + "samples:\n  - {sample: processes, value: 1, labels: {cpu: {text: all}}}\n",
            "x.yaml:5: samples.1: processes has no label 'cpu' (it has: none)",
        ),
        (
            HEAD + "samples:\n  - {sample: fan_status, value: 1, labels: {component: {text: a}}, map: {1: good}}\n",
            "x.yaml:5: samples.1: 'good' is no status; there are ok, degraded, failed, absent, unknown, or write a number",
        ),
        (
            HEAD
            + "tables:\n  t:\n    columns: {a: 1.3.6}\n    samples:\n"
            + "      - {sample: fan_status, value: a, labels: {component: b}}\n",
            "x.yaml:5: tables.t: fan_status: the label's column 'b' is not one of the table's 'rows'",
        ),
        (
            HEAD + "tables:\n  t:\n    columns: {a: 1.3.6}\n    where: a == 1\n",
            "x.yaml:7: tables.t.where: 'a' is not one of the table's 'rows'",
        ),
        (
            HEAD + "tables:\n  t:\n    rows: {a: {oid: 1.3.6, at: b}}\n",
            "x.yaml:5: tables.t: 'a': 'at' names 'b', which is not a plain column of 'rows'",
        ),
    ],
)
def test_a_broken_profile_is_refused_with_line_and_sentence(tmp_path: Path, text: str, problem: str) -> None:
    assert problem in broken(tmp_path, text)


def test_a_part_matches_no_device(tmp_path: Path) -> None:
    (tmp_path / PARTS).mkdir()
    (tmp_path / PARTS / "p.yaml").write_text(HEAD, encoding="utf-8")
    assert broken_parts(tmp_path) == ["parts/p.yaml: a part has neither 'match' nor 'include'"]


def broken_parts(folder: Path) -> list[str]:
    (folder / "generic.yaml").write_text(GENERIC, encoding="utf-8")
    with pytest.raises(BrokenConfigurationError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


def test_generic_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(BrokenConfigurationError, match=r"generic\.yaml: is missing"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("object_id", "description", "expected"),
    [
        ("1.3.6.1.4.1.9.1.516", "Cisco IOS Software", "cisco-ios"),
        ("1.3.6.1.4.1.9.12.3.1.3.1084", "Cisco NX-OS(tm) n5000", "cisco-nexus"),
        ("1.3.6.1.4.1.91.1", "somebody else", "generic"),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux host 6.1.0", "linux"),
        ("1.3.6.1.4.1.8072.3.2.10", "Linux GSE200M 2.6.27 armv5tejl", "huawei-ups"),
        ("1.3.6.1.4.1.8072.3.2.10", "Gizmo OS 1", "generic"),
        ("1.3.6.1.4.1.311.1.1.3.1.2", "Hardware: x86 - Software: Windows", "windows"),
        ("", "", "generic"),
    ],
)
def test_the_longest_object_identifier_then_the_description_choose(object_id: str, description: str, expected: str) -> None:
    assert shipped().choose(object_id, description) == expected


def test_what_a_device_has_tells_it_from_others_that_say_the_same_of_themselves() -> None:
    library, who = shipped(), ("1.3.6.1.4.1.8072.3.2.10", "Linux host 6.1.0 #1 SMP")
    questions = library.questions(*who)
    assert "1.3.6.1.4.1.6574.1.1.0" in questions
    assert library.choose(*who, ["1.3.6.1.4.1.6574.1.1.0"]) == "synology"
    assert library.choose(*who, ["1.3.6.1.4.1.674.10892.1.300.10.1.9.1"]) == "dell-omsa"
    assert library.choose(*who) == "linux"
    assert library.questions("1.3.6.1.4.1.9.1.516", "Cisco IOS Software") == []


def test_a_label_may_have_a_text_before_what_it_is_taken_from() -> None:
    label = Label(index=0, prefix="bank ")
    entry = SampleEntry.model_validate({"sample": "current_amperes", "value": "1", "labels": {"sensor": label}})
    rows: Rows = [({}, oids.encode_arc(2)), ({}, b"")]
    assert row_labels(entry, rows) == ((("sensor", "bank 2"),), (("sensor", ""),))


def test_a_profile_that_is_not_there_is_named_with_the_nearest() -> None:
    with pytest.raises(ConfigurationError, match="there is no SNMP profile 'cisco-io'; did you mean 'cisco-ios'"):
        shipped().named("cisco-io")


@pytest.mark.parametrize("name", [name for name, profile in shipped().profiles.items() if profile.evidence.kind == "recording"])
def test_evidence_is_the_recording_it_names(name: str) -> None:
    evidence = shipped().profiles[name].evidence
    package, path = evidence.source.split(" ", 1)
    assert recording.fingerprint(recording.package_path(path, package.replace("-", "_"))) == evidence.sha256


def test_every_shipped_profile_is_sound_and_is_for_what_its_first_lines_say() -> None:
    library = load(SHIPPED)
    assert {name: profile.match for name, profile in library.profiles.items() if profile.match} == Shelf(SHIPPED).matches()


@pytest.mark.parametrize(
    "text",
    [
        HEAD,
        "title: x\nevidence: {kind: unproven}\nmatch:\n  # why\n\n# and why\n  object_id:\n  - 1.3.6.1\nvendor: match\n",
        "title: x\nevidence: {kind: unproven}\nmatch: # why\n  {object_id: 1.3.6.1,\n  description: '^match:\n  x'}",
        "title: x\nevidence: {kind: unproven}\nmatch: {description: a\n   b, object_id: [1.3.6, 1.4.1]}\nscalars: {a: 1.3.6}\n",
        "{title: x, evidence: {kind: unproven}, match: {object_id: 1.3.6}}\n",
        'title: x\n"match": {object_id: 1.3.6}\nevidence: {kind: unproven}\n',
        "title: x\nevidence: {kind: unproven}\nscalars: {a: &a 1.3.6}\nmatch: {object_id: *a}\n",
        "title: 'x\n\n  match: y'\nevidence: {kind: unproven}\nmatch: {object_id: 1.3.6}\n",
    ],
)
def test_what_a_profile_is_for_is_the_same_whether_only_that_is_read_or_all_of_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    assert Shelf(tmp_path).matches() == {"x": Shelf(tmp_path)["x"].match}


async def test_a_device_has_only_its_own_files_read() -> None:
    library = Library(SHIPPED)
    assert library.choose("1.3.6.1.4.1.12356.101.1", "") == "fortinet"
    sources = await library.at_hand("fortinet")
    assert [source.title for source in sources] == [source.title for source in load(SHIPPED).sources("fortinet")]
    # What has no word about devices must be read to know that; it is the one that is for all others.
    assert {name for name in library.profiles if library.profiles.is_read(name)} == {"fortinet", "generic"}
    assert {name for name in library.parts if library.parts.is_read(name)} == set(sources[0].include)


async def test_others_have_their_turn_while_files_are_read() -> None:
    turns = 0

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    library = Library(SHIPPED)
    beside = asyncio.create_task(others())
    sources = await library.at_hand("generic")
    assert turns >= len(sources) - 1
    again = turns
    assert await library.at_hand("generic") == sources
    assert turns == again
    beside.cancel()


def test_notifications_are_found_without_reading_what_has_none() -> None:
    library = Library(SHIPPED)
    whole = load(SHIPPED)
    assert list(library.traps.values()) == [
        entry
        for shelf in (whole.profiles, whole.parts)
        for profile in shelf.values()
        for entry in profile.traps
        for _ in entry.oid
    ]
    assert not library.parts.is_read("entity")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (HEAD + "scalars:\n  a: 1.3.x\n", "x.yaml:5: scalars.a: '1.3.x' is no object identifier"),
        (HEAD + "include: [other]\n", "x.yaml: include: there is no part 'other'"),
        (HEAD + "samples:\n  - {sample: processes, value: a}\n", "x.yaml:5: samples.1.value: 'a' is not one of the scalars"),
        ("", "x.yaml:1: says nothing"),
    ],
)
async def test_a_file_that_is_broken_is_told_with_its_line_when_a_device_needs_it(
    tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "x.yaml").write_text(text, encoding="utf-8")
    library = Library(tmp_path)
    with pytest.raises(BrokenConfigurationError) as caught:
        await library.at_hand("x")
    assert problem in [str(each) for each in caught.value.problems]


def test_a_match_that_is_broken_is_told_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text("title: x\nevidence: {kind: unproven}\nmatch: {object_id: 1.x}\n", encoding="utf-8")
    with pytest.raises(BrokenConfigurationError) as caught:
        Library(tmp_path).choose("1.3", "")
    assert "x.yaml:3: match.object_id: '1.x' is no object identifier" in [str(each) for each in caught.value.problems]


def test_a_file_that_went_away_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "x.yaml").write_text(HEAD, encoding="utf-8")
    library = Library(tmp_path)
    (tmp_path / "x.yaml").unlink()
    with pytest.raises(ConfigurationError, match=r"x\.yaml cannot be read"):
        library.named("x")


def test_profiles_lie_in_the_package() -> None:
    assert (snmp_library.SHIPPED / "generic.yaml").is_file()
