"""`doctor`: what on this machine would keep Wenyam from working. One list of examinations; one that breaks hides no other."""

from collections.abc import Sequence
from pathlib import Path

from wenyam.clock import Clock
from wenyam.errors import WenyamError
from wenyam.model.instance import Configuration
from wenyam.operations import (
    doctor_alerts,
    doctor_backups,
    doctor_configuration,
    doctor_cron,
    doctor_devices,
    doctor_duty,
    doctor_escrow,
    doctor_pages,
    doctor_servers,
    doctor_sister,
    doctor_state,
    doctor_system,
    doctor_timers,
)
from wenyam.operations.findings import Examination, Finding, Surroundings, Verdict, bad
from wenyam.settings.loader import load

EXAMINATIONS: tuple[Examination, ...] = (
    doctor_system.python,
    doctor_system.libraries,
    doctor_system.sqlite,
    doctor_system.account,
    doctor_system.ping,
    doctor_system.descriptors,
    doctor_system.clock,
    doctor_system.time_zones,
    doctor_cron.cron,
    doctor_timers.timers,
    doctor_configuration.configuration,
    doctor_configuration.secrets,
    doctor_configuration.tools,
    doctor_configuration.known_hosts,
    doctor_configuration.port,
    doctor_state.directory,
    doctor_state.space,
    doctor_state.ballast,
    doctor_state.database,
    doctor_state.watcher,
    doctor_backups.restic,
    doctor_backups.backup_programs,
    doctor_backups.backup_places,
    doctor_backups.repository_keys,
    doctor_escrow.envelope,
    doctor_servers.database_servers,
    doctor_devices.devices,
    doctor_alerts.channels,
    doctor_alerts.addresses,
    doctor_duty.duty,
    doctor_alerts.receivers,
    doctor_alerts.peers,
    doctor_pages.status_page,
    doctor_sister.settings_copies,
)
"""In the order in which they are shown."""


def surroundings(clock: Clock, folder: Path, *, root: Path = Path("/"), reach_devices: bool = False) -> Surroundings:
    """Gather what the examinations look at; a configuration that is not valid is left out, and examined as such."""
    return Surroundings(clock, folder, _valid(folder), root, reach_devices)


def _valid(folder: Path) -> Configuration | None:
    try:
        return load(folder)
    except (WenyamError, OSError):
        return None  # the examination of the configuration says why


def examine(around: Surroundings, examinations: Sequence[Examination] = EXAMINATIONS) -> list[Finding]:
    """Make every examination."""
    return [finding for examination in examinations for finding in _careful(examination, around)]


def _careful(examination: Examination, around: Surroundings) -> list[Finding]:
    about = examination.__name__.replace("_", " ")
    try:
        return list(examination(around))
    except WenyamError as error:
        return [bad(about, error.sentence, error.advice)]
    except OSError as error:
        return [bad(about, f"{error.filename or 'the system'}: {error.strerror or error}")]
    except Exception as error:  # noqa: BLE001  # an examination's own fault must not hide what the others find; it is shown
        return [bad(about, f"the examination itself failed: {type(error).__name__}: {error}", "Please report this.")]


def exit_code(findings: Sequence[Finding]) -> int:
    """Return 0 when all passed, 1 when any failed, 3 when something was not tested and nothing failed."""
    verdicts = {finding.verdict for finding in findings}
    if Verdict.FAIL in verdicts:
        return 1
    return 3 if Verdict.NOT_TESTED in verdicts else 0
