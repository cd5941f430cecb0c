"""Profiles: the shipped ones are sound, broken ones are refused with file, line and a sentence, the right one is chosen."""

from pathlib import Path

import pytest

from wenyam.collectors import snmp_library
from wenyam.collectors.snmp_labels import Rows, row_labels
from wenyam.collectors.snmp_library import PARTS, load, shipped
from wenyam.collectors.snmp_profile import Label, SampleEntry
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


def test_profiles_lie_in_the_package() -> None:
    assert (snmp_library.SHIPPED / "generic.yaml").is_file()
