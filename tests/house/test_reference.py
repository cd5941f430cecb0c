"""Generated pages say what the program does now."""

import importlib.util
import re
from pathlib import Path

import pytest

from wenyam import plugins

REPOSITORY = Path(__file__).parents[2]
PAGES = {
    plugins.CHECKS: ("checks",),
    plugins.COLLECTORS: ("collectors", "profiles"),
    plugins.SOURCES: ("backup-sources-files", "backup-sources-databases", "backup-sources-network"),
    plugins.DESTINATIONS: ("backup-repositories",),
    plugins.NOTIFIERS: ("alert-channels",),
    plugins.STEPS: ("dr-steps",),
}


@pytest.mark.parametrize("group", PAGES)
def test_every_plug_in_is_explained_on_a_page(group: str) -> None:
    pages = [f"docs/reference/{page}.md" for page in PAGES[group]]
    text = "\n".join((REPOSITORY / page).read_text(encoding="utf-8") for page in pages)
    told = {word for line in re.findall(r"^(?:#|\|).*|`[a-z0-9_]+`", text, re.MULTILINE) for word in re.findall(r"\w+", line)}
    assert [name for name in plugins.names(group) if name not in told] == [], f"not told in {' or '.join(pages)}"


def test_the_page_of_verbs_is_what_the_parsers_say() -> None:
    spec = importlib.util.spec_from_file_location("verbs", Path(__file__).with_name("verbs.py"))
    assert spec is not None
    assert spec.loader is not None
    verbs = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verbs)
    written = (REPOSITORY / "docs/reference/verbs.md").read_text(encoding="utf-8")
    assert written == verbs.reference(), "run: python tests/house/verbs.py > docs/reference/verbs.md"
