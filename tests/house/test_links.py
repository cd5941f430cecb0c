"""Every link in a page leads somewhere."""

import re
import subprocess
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]


def test_every_relative_link_of_every_page_exists() -> None:
    pages = subprocess.run(["git", "ls-files", "*.md"], cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout.split()
    assert "README.md" in pages
    broken = [f"{page}: {target}" for page in pages for target in _targets(page) if not _leads_somewhere(page, target)]
    assert broken == []


def _targets(page: str) -> list[str]:
    return re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", (REPOSITORY / page).read_text(encoding="utf-8"))


def _leads_somewhere(page: str, target: str) -> bool:
    return bool(re.match(r"[a-z]+:", target)) or (REPOSITORY / page).parent.joinpath(target).exists()
