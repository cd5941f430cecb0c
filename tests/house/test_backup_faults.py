"""The page of backup faults names tests that are there."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
INTEGRATION = REPOSITORY / "tests" / "integration"
PAGE = REPOSITORY / "docs" / "reference" / "backup-faults.md"
NAMED = re.compile(r"`(test_\w+)(\.py)?`")


def test_every_fault_has_a_test_and_every_test_that_is_named_is_there() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 20
    for row in rows:
        names = NAMED.findall(row)
        files = [INTEGRATION / f"{name}.py" for name, ending in names if ending]
        tests = [name for name, ending in names if not ending]
        assert files, row
        assert tests, row
        code = "".join(file.read_text(encoding="utf-8") for file in files)
        assert [name for name in tests if f"def {name}(" not in code] == [], row
