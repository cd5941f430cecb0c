"""What the Wenyam of a site says, asked over its control socket as the dashboard would."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from wenyam.errors import WatcherSilentError
from wenyam.links.control import ask
from wenyam.testing.lab.errors import LabDownError, LabError
from wenyam.testing.sites.laboratory import TwoSites
from wenyam.testing.sites.plan import Part, node_of

_POLL_SECONDS = 0.1
_GOOD = ("up", "ok")
Rows = dict[str, dict[str, Any]]


class Watch:
    """The Wenyam of one site."""

    def __init__(self, lab: TwoSites, site: str) -> None:
        """Take the lab and the site."""
        self._lab = lab
        self._node = node_of(site, Part.WATCH)

    def states(self) -> Rows:
        """Return every state by subject; nothing while nobody answers."""
        try:
            # Through the machine's own root: short enough for a Unix socket's name, and gone when the machine is.
            root = Path(f"/proc/{self._lab.machines.process_of(self._node)}/root")
            answer = ask(root / "srv/wenyam/run/control.sock", {"action": "snapshot"})
        except (WatcherSilentError, LabDownError):
            return {}
        return {str(row["subject"]): row for row in answer["states"]}

    def answers(self) -> bool:
        """Tell whether it answers at all."""
        return bool(self.states())

    def state(self, subject: str) -> str:
        """Return one subject's state, empty when it has none."""
        return str(self.states().get(subject, {}).get("state", ""))

    def wait_state(self, subject: str, state: str, seconds: float) -> None:
        """Wait until a subject has this state; LabError with what it has instead."""
        self._wait(lambda rows: rows.get(subject, {}).get("state") == state, f"{subject} is {state}", seconds)

    def wait_all_good(self, seconds: float) -> None:
        """Wait until nothing is wrong."""
        # A plan that was never practised is red in a new lab, as it should be.
        self._wait(lambda rows: bool(rows) and all(_is_well(name, row) for name, row in rows.items()), "all is well", seconds)

    def _wait(self, wanted: Callable[[Rows], bool], what: str, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not wanted(rows := self.states()):
            if time.monotonic() > deadline:
                bad = "\n".join(
                    f"{name} {row['state']} {row['summary']}" for name, row in rows.items() if row["state"] not in _GOOD
                )
                raise LabError(f"{self._node.name}, not within {seconds:g} s: {what}\n{bad}")
            time.sleep(_POLL_SECONDS)


def _is_well(name: str, row: Mapping[str, Any]) -> bool:
    return row["state"] in _GOOD or name.startswith("job:dr-")
