"""Generated pages say what the program does now."""

import importlib.util
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_the_page_of_verbs_is_what_the_parsers_say() -> None:
    spec = importlib.util.spec_from_file_location("verbs", Path(__file__).with_name("verbs.py"))
    assert spec is not None
    assert spec.loader is not None
    verbs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verbs)
    written = (REPOSITORY / "docs/reference/verbs.md").read_text(encoding="utf-8")
    assert written == verbs.reference(), "run: python tests/house/verbs.py > docs/reference/verbs.md"
