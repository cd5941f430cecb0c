"""What a name that does not exist may have meant."""

import subprocess
import sys

from wenyam.nearest import did_you_mean, near_names

NAMES = ["core-1", "core-2", "edge-1", "erp"]


def test_the_nearest_name_comes_first() -> None:
    assert near_names("core-22", NAMES, most=2) == ["core-2", "core-1"]
    assert near_names("core-22", NAMES) == ["core-2"]


def test_a_name_like_no_other_meant_none() -> None:
    assert near_names("zzz", NAMES) == []
    assert did_you_mean("zzz", NAMES) == ""
    assert did_you_mean("zzz", []) == ""


def test_the_nearest_name_is_asked_about() -> None:
    assert did_you_mean("epr", iter(NAMES)) == "; did you mean 'erp'?"


def test_less_likeness_finds_names_further_away() -> None:
    assert did_you_mean("core", ["coarse-grain"], likeness=0.6) == ""
    assert did_you_mean("core", ["coarse-grain"], likeness=0.5) == "; did you mean 'coarse-grain'?"


def test_completion_looks_no_name_up_and_loads_nothing_for_it() -> None:
    script = (
        "import sys\n"
        "from wenyam.cli.main import main\n"
        "assert main(['completion', 'bash']) == 0\n"
        "assert 'difflib' not in sys.modules"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
