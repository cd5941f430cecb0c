import ast
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from wenyam.i18n.translate import LOCALES, mark, translator

WENYAM = Path(__file__).parents[3] / "wenyam"
CATALOGUE = LOCALES / "th" / "LC_MESSAGES" / "wenyam.po"
SAYING = ("say", "mark", "_")
AGAIN = "run: pybabel compile -d wenyam/i18n/locales -D wenyam"


def sentences_in_code() -> Iterator[str]:
    """Yield every sentence that a call of `say`, `mark` or `_` names."""
    for path in sorted(WENYAM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                called = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if called in SAYING and isinstance(node.args[0].value, str):
                    yield node.args[0].value


def catalogue() -> dict[str, str]:
    with CATALOGUE.open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def test_every_sentence_in_code_is_translated_and_none_is_left_over() -> None:
    in_code = set(sentences_in_code())
    assert len(in_code) > 50
    assert in_code - set(catalogue()) == set(), (
        "not in wenyam/i18n/locales/th/LC_MESSAGES/wenyam.po; add it, then: pybabel compile -d wenyam/i18n/locales -D wenyam"
    )
    assert set(catalogue()) - in_code == set(), "in wenyam.po, but nobody says it"


def test_every_translation_is_thai_or_the_same_short_word() -> None:
    for english, thai in catalogue().items():
        assert any("THAI" in unicodedata.name(character, "") for character in thai), english
        assert thai == unicodedata.normalize("NFC", thai).strip()


def test_the_compiled_catalogue_says_what_the_written_one_says() -> None:
    with CATALOGUE.with_suffix(".mo").open("rb") as file:
        compiled = GNUTranslations(file)
    held = {key: text for key, text in compiled._catalog.items() if key}  # type: ignore[attr-defined]  # no public way to list
    assert held == catalogue(), AGAIN


def test_english_says_the_key_and_thai_its_translation() -> None:
    assert translator("en")("Availability") == "Availability"
    assert translator("th")("Availability") == "ความพร้อมใช้งาน"
    assert mark("Availability") == "Availability"


def test_nothing_is_nothing_in_every_language() -> None:
    assert [translator(language)("") for language in ("th", "en")] == ["", ""]


def test_an_unknown_language_is_refused() -> None:
    with pytest.raises(ValueError, match="there is no language 'fr'; there are: th, en"):
        translator("fr")


def test_speaking_english_loads_no_catalogue() -> None:
    script = "import sys, wenyam.i18n.translate as t; t.translator('en'); sys.exit('gettext' in sys.modules)"
    subprocess.run([sys.executable, "-S", "-c", script], check=True, cwd=WENYAM.parent)
