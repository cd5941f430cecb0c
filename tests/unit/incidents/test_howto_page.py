"""Every command of the page about incidents is one that the parser understands."""

import re
import shlex
from pathlib import Path

from wenyam.cli.main import verb_parser

PAGE = Path(__file__).parents[3] / "docs" / "howto" / "incidents.md"


def test_every_command_of_the_page_is_understood() -> None:
    commands = re.findall(r"^    wenyam incident ([^<#\n]*)", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(commands) >= 20
    acts = {verb_parser("incident").parse_args(shlex.split(command)).verb for command in commands}
    assert acts == {
        "list", "show", "open", "ack", "assign", "note", "cause", "hand-off", "fixed", "test", "how-to", "close", "personal-data",
        "export",
    }  # fmt: skip
