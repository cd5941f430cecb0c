"""Asking the running watcher to do something; what it refuses is told as if it had been refused here."""

from typing import Any

from wenyam.errors import UsageError, WenyamError
from wenyam.links.control import ask
from wenyam.model.instance import Configuration
from wenyam.operations.status import socket_path


class NotDoneError(WenyamError):
    """The watcher did not do this."""


def ask_watcher(configuration: Configuration, request: dict[str, Any]) -> dict[str, Any]:
    """Return the answer to one request; UsageError or NotDoneError with the watcher's sentence, WatcherSilentError for none."""
    answer = ask(socket_path(configuration), request)
    if "error" not in answer:
        return answer
    sentence = str(answer["error"])
    misunderstood = f"{UsageError().sentence}: "
    if sentence.startswith(misunderstood):
        raise UsageError(sentence.removeprefix(misunderstood).removesuffix("."))
    raise NotDoneError(sentence.removesuffix("."))
