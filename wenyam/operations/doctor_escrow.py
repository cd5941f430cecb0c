"""Examination of the sealed envelope: without it a lost machine takes the keys of its own backups with it."""

from collections.abc import Iterable

from wenyam.errors import SecretError
from wenyam.i18n.dates import local_date
from wenyam.operations import escrow
from wenyam.operations.doctor_backups import AS_IT
from wenyam.operations.findings import Finding, Surroundings, bad, good, untested
from wenyam.store.opening import DATABASE
from wenyam.store.sqlite import open_reader

ABOUT = "envelope"
_HOW = "docs/howto/key-escrow.md: wenyam backup escrow"


def envelope(surroundings: Surroundings) -> Iterable[Finding]:
    """Examine whether the keys of the repositories lie in an envelope that was proven and is still right."""
    configuration, directory = surroundings.configuration, surroundings.state_directory
    if configuration is None or directory is None or not configuration.backup.repositories:
        return []
    if not (directory / DATABASE).exists():
        return [untested(ABOUT, "nothing is on record yet")]
    reader = open_reader(directory)
    try:
        found = escrow.state(configuration, reader, surroundings.clock.now())
    except SecretError as error:
        return [untested(ABOUT, error.sentence, AS_IT)]
    finally:
        reader.close()
    if found.made is None:
        return [bad(ABOUT, "no envelope was ever made: if this machine is lost, nobody can open its backups", _HOW)]
    findings = [bad(ABOUT, change, _HOW) for change in found.changes]
    if found.proven is None:
        findings.append(bad(ABOUT, "no restore from the envelope alone was ever proven", f"{_HOW} --prove"))
    findings += [untested(ABOUT, sentence, AS_IT) for sentence in found.untested]
    made = local_date(found.made, configuration.instance.availability.time_zone).isoformat()
    return findings or [good(ABOUT, f"made {made} for {len(found.openers)} keys, proven, and still right")]
