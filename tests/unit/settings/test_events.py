"""The quick parser says what the thorough one says, or nothing: of every shipped file, and of whatever text chance makes."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenyam.settings import tree
from wenyam.settings.problems import Findings
from wenyam.settings.tree import Block, Rows

PACKAGE = Path(tree.__file__).parents[1]
SHIPPED = sorted(PACKAGE.rglob("*.yaml"))
PIECES = (
    *("a", "b: ", ": ", ":", "- ", "-", "\n", "\n  ", "\n    ", "? ", "{", "}", "[", "]", ",", ", ", "'", '"', "\\", "\\/"),
    *("\\x41", "|", "|\n", "|-\n  ", ">+\n", "&x ", "*x", "!", "!!str ", "#", " #", "~", "null", "true", "1.5", "---", "\n---\n"),
    *(
        "\n...\n",
        "%",
        "@",
        "`",
        "<<: ",
        "ก",
        "\u00a0",
        "\u2028",
        "\t",
        "🙂",
        " ",
        "::",
        "a:b",
        "a#b",
        "''",
        "\n\n",
        "\n- a",
        "\na: ",
    ),
    *("? a\n: b", "- - ", "- a: b\n  c: d\n", "{a: 1, b: [1,2]}", "{a:1}", "[a:b]", '{"a":1}', "[?a]", "{?a: b}", "k" * 1024),
)


def shape(value: Any) -> object:
    """Everything a value is, with the places of all its parts."""
    if isinstance(value, Block):
        return ("block", value.place, [(key, value.places[key], shape(inner)) for key, inner in value.items()])
    if isinstance(value, Rows):
        return ("rows", value.place, value.places, [shape(inner) for inner in value])
    return (type(value), value)


def both(text: str) -> tuple[Block | None, Block | None, Findings]:
    findings = Findings()
    return tree._quickly(text, "f.yaml"), tree._thoroughly(text, "f.yaml", findings), findings


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: str(path.relative_to(PACKAGE)))
def test_a_shipped_file_is_read_quickly_and_says_the_same(path: Path) -> None:
    quick, thorough, findings = both(path.read_text(encoding="utf-8"))
    assert quick is not None or thorough is None
    assert shape(quick) == shape(thorough)
    assert findings.problems == set()


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=14).map("".join), st.booleans())
def test_what_is_read_quickly_says_the_same(text: str, within: bool) -> None:  # noqa: FBT001  # chance says it
    quick, thorough, findings = both(f"a: {text}" if within else text)
    if quick is not None:
        assert findings.problems == set()
        assert shape(quick) == shape(thorough)


@pytest.mark.parametrize(
    "text",
    [
        *("a:\tb", "a: b\r\n", "a: b\u2028", "\ufeffa: b", "%YAML 1.1\n---\na: b", "a: b\n...\n...\n", "a: |\n  b", "a: >#\n  b"),
        *("a: b\na: c", "a: [", "a: !x b", "a: *b", "a: b\n---\nc: d", "- a", ""),
    ],
)
def test_what_the_parsers_may_see_differently_is_left_to_one(text: str) -> None:
    assert tree._quickly(text, "f.yaml") is None
