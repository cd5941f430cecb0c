"""What changed in the configuration of a network device: two of its masked copies side by side."""

from collections.abc import Sequence
from pathlib import Path

from wenyam.backup.sources import network_copies
from wenyam.backup.sources.network_copies import MaskedCopy
from wenyam.errors import UsageError
from wenyam.model.instance import Configuration
from wenyam.model.instants import to_iso

SOURCE = "network_config"


def difference_between(configuration: Configuration, job: str, older: str | None, newer: str | None) -> str:
    """Return the unified diff of two copies, by default the last two that differed; UsageError when there are none to compare."""
    if configuration.backup.jobs[job].source != SOURCE:
        raise UsageError(
            f"'{job}' backs up no network device's configuration; its source is {configuration.backup.jobs[job].source}"
        )
    known = network_copies.copies(Path(configuration.instance.state_directory), job)
    if not known:
        raise UsageError(f"{job} has no copy yet", hint=f"Run: wenyam backup run {job}.")
    last = known[-1] if newer is None else _named(known, newer, job)
    if older is None and known.index(last) == 0:
        raise UsageError(f"{job} has nothing older to compare with: the copy of {to_iso(last.at)} is the first")
    first = known[known.index(last) - 1] if older is None else _named(known, older, job)
    heads = f"--- {job} {to_iso(first.at)}\n+++ {job} {to_iso(last.at)}\n"
    found = network_copies.difference(first.text(), last.text())
    return heads + "".join(found.splitlines(keepends=True)[2:]) if found else ""


def _named(known: Sequence[MaskedCopy], name: str, job: str) -> MaskedCopy:
    """Return the newest copy whose moment begins with the text: a date, or more of it."""
    found = [copy for copy in known if to_iso(copy.at).startswith(name)]
    if not found:
        moments = ", ".join(to_iso(copy.at) for copy in known[-5:])
        raise UsageError(f"{job} has no copy of '{name}'; the newest are: {moments}")
    return found[-1]
