"""What the documentation says to type is understood by the parsers."""

import contextlib
import io
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from wenyam.cli.main import VERBS, verb_parser

REPOSITORY = Path(__file__).parents[2]
PAGES = [REPOSITORY / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")] + sorted(REPOSITORY.glob("docs/**/*.md"))
COMMAND = re.compile(r"^(?:sudo -u \S+ )?(?:\$W|\S*wenyam)(?: --config \S+)? ((?:" + "|".join(VERBS) + r")\b.*)$")
END = re.compile(r" +#| [|]+ | && | 2> | [<>]+ | &$")
OPEN = re.compile(r"…|\[--|\$\(")
"""What stands for something else, or is worked out by the shell."""


def typed(page: Path) -> Iterator[str]:
    """Yield the lines of a page that are to be typed: those of shell blocks, and those indented by four."""
    fence = ""
    for line in page.read_text(encoding="utf-8").replace("\\\n", " ").splitlines():
        if line.lstrip().startswith("```"):
            fence = "" if fence else line.strip()
        elif fence == "```" or fence.startswith("```sh") or (not fence and line.startswith("    ")):
            yield line.strip()


def commands(page: Path) -> Iterator[str]:
    """Yield what stands behind `wenyam` in them."""
    for found in filter(None, map(COMMAND.match, typed(page))):
        line = END.split(found[1], maxsplit=1)[0]
        if not OPEN.search(line):
            yield line


def refused(line: str) -> str:
    """Return why a line is not understood; empty when it is."""
    words, said = shlex.split(line), io.StringIO()
    try:
        with contextlib.redirect_stderr(said):
            verb_parser(words[0]).parse_args(words[1:])
    except SystemExit as error:
        return said.getvalue().strip().splitlines()[-1] if error.code else ""
    return ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_what_a_page_says_to_type_is_understood(page: Path) -> None:
    assert {line: why for line in commands(page) if (why := refused(line))} == {}


def test_there_is_something_to_look_at_and_a_wrong_word_is_seen() -> None:
    assert sum(1 for page in PAGES for _ in commands(page)) > 150
    assert "did you mean '--plan'?" in refused("backup run erp --paln")
