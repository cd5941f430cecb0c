"""What changed in the configuration of a network device: two of its masked copies side by side."""

from collections.abc import Sequence
from pathlib import Path

from wenyam.backup.sources import network_copies
from wenyam.backup.sources.network_copies import MaskedCopy
from wenyam.errors import UsageError
from wenyam.i18n.dates import local_iso
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
    zone = configuration.instance.availability.time_zone
    last = known[-1] if newer is None else _named(known, newer, job, zone)
    if older is None and known.index(last) == 0:
        raise UsageError(f"{job} has nothing older to compare with: the copy of {local_iso(last.at, zone)} is the first")
    first = known[known.index(last) - 1] if older is None else _named(known, older, job, zone)
    heads = f"--- {job} {local_iso(first.at, zone)}\n+++ {job} {local_iso(last.at, zone)}\n"
    found = network_copies.difference(first.text(), last.text())
    return heads + "".join(found.splitlines(keepends=True)[2:]) if found else ""


def _named(known: Sequence[MaskedCopy], name: str, job: str, time_zone: str) -> MaskedCopy:
    """Return the newest copy whose moment begins with the text, a local date or more of it, or is it in UTC, as data has it."""
    found = [copy for copy in known if local_iso(copy.at, time_zone).startswith(name) or to_iso(copy.at) == name]
    if not found:
        moments = ", ".join(local_iso(copy.at, time_zone) for copy in known[-5:])
        raise UsageError(f"{job} has no copy of '{name}'; the newest are: {moments}")
    return found[-1]
