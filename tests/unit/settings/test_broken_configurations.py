"""Every broken configuration is told with exact sentences; `expected.txt` stands beside its files."""

import shutil
from pathlib import Path

import pytest

from wenyam.settings.loader import load
from wenyam.settings.problems import BrokenConfigurationError

CASES = Path(__file__).parents[2] / "cases" / "configuration"
NAMES = sorted(path.name for path in CASES.iterdir())


def problems_of(folder: Path) -> list[str]:
    with pytest.raises(BrokenConfigurationError) as caught:
        load(folder)
    return [str(problem) for problem in caught.value.problems]


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_configuration_is_told_with_exact_sentences(name: str, tmp_path: Path) -> None:
    folder = tmp_path / name
    shutil.copytree(CASES / name, folder)
    folder.chmod(0o755)
    expected = (folder / "expected.txt").read_text(encoding="utf-8").splitlines()
    (folder / "expected.txt").unlink()
    assert problems_of(folder) == expected


def test_there_are_at_least_forty_cases() -> None:
    assert len(NAMES) >= 40


@pytest.mark.parametrize("name", NAMES)
def test_no_case_repeats_a_secret_or_blames_what_is_shipped(name: str) -> None:
    expected = (CASES / name / "expected.txt").read_text(encoding="utf-8")
    assert "canary" not in expected
    assert "(shipped)" not in expected
    assert expected.strip()
