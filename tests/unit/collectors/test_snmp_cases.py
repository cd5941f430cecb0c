"""Recorded devices give the samples they gave when their case was reviewed. Refresh: python -m wenyam.testing.cases --refresh."""

from pathlib import Path

import pytest

from wenyam.testing.cases import Case, cases, load, main, read_case, run_case

FOLDER = Path(__file__).parents[2] / "cases" / "snmp"


MARKED = [pytest.param(folder, marks=[pytest.mark.long] if read_case(folder).long else []) for folder in cases(FOLDER)]


@pytest.mark.parametrize("folder", MARKED, ids=lambda folder: folder.name)
async def test_a_recorded_device_gives_what_its_case_expects(folder: Path) -> None:
    expected, given = await run_case(folder)
    assert given == expected


def test_a_folder_without_a_case_is_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([str(tmp_path), "--refresh"])
    assert f"there is no case.yaml below {tmp_path}" in capsys.readouterr().err


def test_a_case_refuses_another_recording_than_its_own() -> None:
    with pytest.raises(ValueError, match="the case was written for 0000"):
        load(Case(recording="UPS/eaton-93e-80.snmprec.bz2", sha256="0000"))
