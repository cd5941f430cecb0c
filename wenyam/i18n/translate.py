"""Fixed sentences of screens and reports in Thai: the English sentence is the key, the catalogue knows the Thai one."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

LANGUAGES: Final = ("th", "en")
LOCALES: Final = Path(__file__).parent / "locales"
DOMAIN: Final = "wenyam"

Translator = Callable[[str], str]


def mark(text: str) -> str:
    """Return `text` as it is: marks a sentence that is translated later, where it is shown."""
    return text


def translator(language: str) -> Translator:
    """Return the function that says an English sentence in this language (`th` or `en`); ValueError for another one."""
    if language == "en":
        return mark
    if language not in LANGUAGES:
        raise ValueError(f"there is no language '{language}'; there are: {', '.join(LANGUAGES)}")
    import gettext  # noqa: PLC0415 - English, and every verb that prints data only, never pays for the catalogue

    say = gettext.translation(DOMAIN, LOCALES, [language]).gettext
    # To gettext the empty text is the key of the catalogue's own head.
    return lambda text: say(text) if text else text
