"""Why a watcher does not answer, in the reader's language."""

from typing import Final

from wenyam.i18n.translate import Translator, mark

_SILENT: Final = (
    mark("The watcher does not answer"), mark("No such file or directory"), mark("Connection refused"), mark("Permission denied"),
    mark("Is 'wenyam run' running, and may you use its control socket?"),
)  # fmt: skip
"""What a silent watcher is told with, as `errors.WatcherSilentError` and the operating system write it."""


def told_silence(said: str, say: Translator) -> str:
    """Return why the watcher does not answer in the translator's language; what it was asked at stays as it is."""
    for known in _SILENT:
        said = said.replace(known, say(known))
    return said
