"""A terminal of a given size that tests drive as a person does: keys in, what is on the screen out. tmux holds it."""

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

TMUX: Final = "/usr/bin/tmux"
_POLL_SECONDS: Final = 0.1
_SECONDS: Final = 20.0


class Tmux:
    """One program in a tmux server of its own, on a socket of its own; a context that ends both."""

    def __init__(self, words: Sequence[str], width: int, height: int, environment: Mapping[str, str] | None = None) -> None:
        """Name the program and the size in cells; `environment` is added to ours."""
        self._words, self._size = [*words], (width, height)
        self._environment = dict(environment or {})
        self._place = tempfile.TemporaryDirectory(prefix="wenyam-tmux-")

    @property
    def seen(self) -> str:
        """What a person sees now, line by line."""
        return self._ask("capture-pane", "-p")

    @property
    def painted(self) -> str:
        """The same with the escape sequences of its colours."""
        return self._ask("capture-pane", "-p", "-e")

    @property
    def ended(self) -> bool:
        """Whether the program has ended."""
        return self._ask("display-message", "-p", "#{pane_dead}").strip() == "1"

    def press(self, *keys: str) -> None:
        """Press keys by tmux's names of them: `a`, `Enter`, `Escape`, `PPage`."""
        self._ask("send-keys", *keys)

    def write(self, text: str) -> None:
        """Type a text as it is."""
        self._ask("send-keys", "-l", text)

    def resize(self, width: int, height: int) -> None:
        """Give the terminal another size, as somebody who drags its corner."""
        self._ask("resize-window", "-x", str(width), "-y", str(height))

    def until(self, wanted: Callable[[str], bool], what: str, seconds: float = _SECONDS) -> str:
        """Look until a person sees it and return the screen; AssertionError with the last screen after so many seconds."""
        end = time.monotonic() + seconds
        while not wanted(seen := self.seen):
            if time.monotonic() > end:
                raise AssertionError(f"not within {seconds:g} s: {what}\n{seen}")
            time.sleep(_POLL_SECONDS)
        return seen

    def until_ended(self, seconds: float = _SECONDS) -> None:
        """Wait until the program has ended by itself."""
        self.until(lambda _seen: self.ended, "the program ends", seconds)

    def __enter__(self) -> Self:
        """Open it."""
        width, height = self._size
        given = [part for name, value in self._environment.items() for part in ("-e", f"{name}={value}")]
        # The server is configured in the same command: a program that ends at once must leave its last words on the screen.
        self._ask(
            "new-session", "-d", "-x", str(width), "-y", str(height), *given, *self._words, ";", "set", "remain-on-exit", "on"
        )
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """End the program and the server."""
        self._ask("kill-server")
        self._place.cleanup()

    def _ask(self, *words: str) -> str:
        # -f: no configuration of whoever runs the tests; -u: letters are UTF-8 whatever the locale says.
        server = [TMUX, "-u", "-S", str(Path(self._place.name) / "socket"), "-f", "/dev/null"]
        done = subprocess.run(
            [*server, *words], check=True, capture_output=True, encoding="utf-8", timeout=_SECONDS, env=_without_size()
        )
        return done.stdout


def _without_size() -> dict[str, str]:
    """Return our environment without the size of another terminal, which programs believe more than their own."""
    return {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "TMUX", "NO_COLOR")}
