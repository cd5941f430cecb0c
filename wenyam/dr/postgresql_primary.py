"""How far a fenced PostgreSQL primary came: it says so itself, or its control file does once the server is stopped."""

import re
from dataclasses import dataclass
from typing import Final

from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text
from wenyam.dr.hosts import QUESTION_SECONDS, Host, shown
from wenyam.dr.options import DatabaseOptions, HostOptions, Words

_POSITION: Final = """
SELECT CASE WHEN pg_is_in_recovery() THEN greatest(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())
            ELSE pg_current_wal_lsn() END::text
"""
_CLUSTER: Final = "SELECT system_identifier::text FROM pg_control_system()"
_LINE: Final = re.compile(r"^([A-Z][^:]*):[ \t]+(\S.*?)[ \t]*$", re.MULTILINE)
_STATE_LINE: Final = "Database cluster state"
_CHECKPOINT_LINE: Final = "Latest checkpoint location"
_CLUSTER_LINE: Final = "Database system identifier"
_SHUT_DOWN: Final = "shut down"


class ControlFile(HostOptions):
    """The control file of a stopped primary, read over SSH on its host."""

    command: Words
    """A command that prints what pg_controldata says, in English: `env LC_ALL=C …/pg_controldata -D …`."""


@dataclass(frozen=True, slots=True)
class PrimaryEnd:
    """The place in the log that a replica must have replayed to hold everything."""

    wanted: int
    """Bytes of log; a replica that replayed so many has all."""
    words: str
    """Where this is known from."""
    is_final: bool
    """Whether the primary is stopped, so that nothing more can come over."""


def log_bytes(position: str) -> int:
    """Return a position of the write-ahead log (`16/B374D848`, docs: pg_lsn) as bytes since its beginning; 0 for none."""
    high, _, low = position.partition("/")
    return (int(high, 16) << 32) + int(low, 16) if low else 0


async def primary_end(
    place: StepPlace, primary: DatabaseOptions, control_file: ControlFile | None, replica: DatabaseOptions
) -> PrimaryEnd:
    """Ask the primary, or read how far it came before it was stopped in order; StepError when neither tells."""
    try:
        position = as_text(await Database(place, "postgresql", primary).ask(_POSITION))
        return PrimaryEnd(log_bytes(position), f"the primary on {primary.host} stands at {position}", is_final=False)
    except StepError as error:
        if control_file is None:
            what = f"how far the primary on {primary.host} came is not known: {error.what}"
            raise StepError(what, hint="Give the step 'control_file', which tells it of a stopped primary.") from error
    said = await read_control_file(place, control_file, replica)
    state, checkpoint = said[_STATE_LINE], said[_CHECKPOINT_LINE]
    if state != _SHUT_DOWN:
        what = f"PostgreSQL on {control_file.host} does not run and was not stopped in order: its control file says '{state}'"
        raise StepError(what, hint="Start it, let the replica follow, and stop it in order; or run the plan as a failover.")
    words = f"the primary on {control_file.host} was stopped in order, its last record at {checkpoint}"
    return PrimaryEnd(log_bytes(checkpoint) + 1, words, is_final=True)


async def read_control_file(place: StepPlace, control_file: ControlFile, replica: DatabaseOptions) -> dict[str, str]:
    """Return the lines of the control file by name; StepError when it is not the one of this replica's primary."""
    done = await Host(place, control_file).must(control_file.command, QUESTION_SECONDS)
    said = dict(_LINE.findall(done.stdout.decode("utf-8", "replace")))
    asked = f"'{shown(control_file.command)}' on {control_file.host}"
    if missing := [name for name in (_STATE_LINE, _CHECKPOINT_LINE, _CLUSTER_LINE) if name not in said]:
        advice = "It must print what pg_controldata does, in English: put 'env LC_ALL=C' before it."
        raise StepError(f"{asked} says nothing of '{missing[0]}'", hint=advice)
    if said[_CLUSTER_LINE] != as_text(await Database(place, "postgresql", replica).ask(_CLUSTER)):
        advice = "Name the data directory of the primary that this replica follows."
        raise StepError(f"{asked} tells of another database system ({as_text(said[_CLUSTER_LINE])})", hint=advice)
    return said
