"""Makes a streaming replica of PostgreSQL the primary, and proves it by a write."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Final

from wenyam.dr.attempts import left, step_errors
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text
from wenyam.dr.options import DatabaseOptions, PromotionOptions
from wenyam.dr.positions import Position, keep, read_kept, tell
from wenyam.dr.postgresql_primary import ControlFile, PrimaryEnd, log_bytes, primary_end, read_control_file
from wenyam.dr.writers import only_back, require_no_writer
from wenyam.errors import WenyamError
from wenyam.links.sql_sessions import Session
from wenyam.model.instance import Configuration
from wenyam.model.instants import from_datetime
from wenyam.model.recovery import PLANNED, Outcome, passed
from wenyam.settings.values import Duration, Size

_LOOK: Final = 0.2
_WAY_BACK: Final = "a command that runs pg_rewind or pg_basebackup there, as 'undo: {do: ssh, with: …}'"
_FOLLOW: Final = "Start the primary again, wait until the replica streams, stop it in order, and have this step tried again."
_ASK_SECONDS: Final = 60.0
_STATE: Final = """
SELECT pg_is_in_recovery(), coalesce(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn())::text, pg_last_wal_replay_lsn()::text,
       pg_last_xact_replay_timestamp(),
       greatest(0, coalesce(pg_wal_lsn_diff(pg_last_wal_receive_lsn(), pg_last_wal_replay_lsn()), 0))::bigint,
       CASE WHEN pg_is_in_recovery() THEN pg_is_wal_replay_paused() ELSE false END,
       (SELECT count(*) > 0 FROM pg_stat_wal_receiver), has_function_privilege('pg_promote(boolean, integer)', 'EXECUTE')
"""
_BEHIND: Final = """
SELECT pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, %s)::bigint
"""


class PromotePostgresqlOptions(PromotionOptions):
    """The replica that is promoted, and the primary that must not write any more."""

    maximum_lag: Size = 16 << 20
    """Write-ahead log the replica may be behind at a rehearsal."""
    catch_up: Duration = 300.0
    """Longest time for replaying what was received and, in a planned move, all that the primary wrote."""
    control_file: ControlFile | None = None
    """How a planned move learns that nothing of a stopped primary is missing; needed unless that still answers as a replica."""

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        stopped = () if self.control_file is None else self.control_file.unknown(configuration)
        return (*super().unknown(configuration), *stopped)


@dataclass(frozen=True, slots=True)
class _Replica:
    """What a replica says of itself."""

    in_recovery: bool
    received: str
    replayed: str
    last_commit: Any
    unplayed: int
    """Bytes received and not replayed."""
    paused: bool
    streaming: bool
    may_promote: bool

    @property
    def position(self) -> Position:
        """Where it stands."""
        return Position(self.replayed, None if self.last_commit is None else from_datetime(self.last_commit))


class PromotePostgresqlStep:
    """Promotes one replica."""

    Config: ClassVar[type[PromotePostgresqlOptions]] = PromotePostgresqlOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    shows_newest_data: ClassVar[bool] = True

    def __init__(self, config: PromotePostgresqlOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is promoted."""
        return f"promote the PostgreSQL replica on {self._config.host}, once {self._config.primary.host} cannot write"

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """See a streaming replica that is near its primary, and an account that may promote it."""
        replica = await self._state(place)
        host = self._config.host
        if not replica.in_recovery and replica.may_promote and only_back(place):
            stopped = await self._rehearse_stopped(place)
            words = f"{host} is the primary now, as it should be until a failback; its account may promote it then"
            return passed(f"{words}{stopped}")
        _require_replica(self._config, replica)
        if not replica.streaming:
            raise StepError(f"the replica on {host} is not streaming", hint="Look at its log; is the primary reached?")
        behind = await self._behind(place, replica)
        stopped = await self._rehearse_stopped(place)
        words = f"{host} streams from {self._config.primary.host}, {behind:,} bytes behind; its account may promote it"
        return passed(f"{words}{stopped}", position=replica.position.words)

    async def run(self, place: StepPlace) -> Outcome:
        """Refuse while the primary may write; wait for the replay, promote, and prove it by a write."""
        config = self._config
        await require_no_writer(place, "postgresql", config.primary)
        replica = await self._state(place)
        _require_replica(config, replica)
        end = await self._end(place)
        replica = await self._caught_up(place, replica, end)
        keep(place, replace(replica.position, has_all=end is not None))
        guarded = await require_no_writer(place, "postgresql", config.primary)  # it may have come back meanwhile
        place.say(f"{config.host}: promote at {replica.position.words}")
        proof = await self._promote(place)
        return passed(
            f"{config.host} is the primary now: {replica.position.words}; {proof}",
            primary=guarded, end="" if end is None else end.words, received=replica.received, replayed=replica.replayed,
            position=replica.position.words, write=proof,
        )  # fmt: skip

    async def was_done(self, place: StepPlace) -> bool | None:
        """Ask the server: a replica was not promoted, anything else was; what was kept before is told again."""
        try:
            replica = await self._state(place)
        except StepError:
            return None
        found = read_kept(place)
        if replica.in_recovery:
            return False
        if found is None:
            return None  # no replica although we never came so far: somebody else did it
        tell(place, found)
        return True

    def no_way_back(self) -> str:
        """Say what takes it back instead."""
        return f"a primary follows again only when it is rewound or copied anew; it needs {_WAY_BACK}"

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Refuse: a primary becomes a replica again only by rewinding or copying it anew."""
        raise StepError("PostgreSQL cannot be demoted by a statement", hint=f"Give the step {_WAY_BACK}.")

    async def _state(self, place: StepPlace) -> _Replica:
        async with Database(place, "postgresql", self._config).postgresql(_ASK_SECONDS) as session:
            return _replica(await session.rows(_STATE))

    async def _behind(self, place: StepPlace, replica: _Replica) -> int:
        """Return how many bytes the replica is behind its primary; StepError when that is too many."""
        found = await Database(place, "postgresql", self._config.primary).ask(_BEHIND, replica.replayed)
        behind = max(0, int(as_text(found) or 0))
        if behind > self._config.maximum_lag:
            allowed = f"at most {self._config.maximum_lag:,} are allowed"
            raise StepError(f"the replica on {self._config.host} is {behind:,} bytes behind its primary, {allowed}")
        return behind

    async def _rehearse_stopped(self, place: StepPlace) -> str:
        """See that a planned move could learn how far its stopped primary came; return what to say of it."""
        control_file = self._config.control_file
        if not place.step.modes & PLANNED:
            return ""
        if control_file is None:
            what = f"a planned move could not learn whether {self._config.host} has everything once the primary is stopped"
            raise StepError(what, hint="Give the step 'control_file', or 'modes' without switchover and failback.")
        await read_control_file(place, control_file, self._config)
        return f"; the control file on {control_file.host} can be read"

    async def _end(self, place: StepPlace) -> PrimaryEnd | None:
        """Return what must have come over where both sites live; None in a failover or drill: there what came is all there is."""
        if place.mode not in PLANNED:
            return None
        return await primary_end(place, self._config.primary, self._config.control_file, self._config)

    async def _caught_up(self, place: StepPlace, replica: _Replica, end: PrimaryEnd | None) -> _Replica:
        """Wait until all that was received is replayed and, in a planned move, all that the primary wrote."""
        host, deadline = self._config.host, place.clock.monotonic() + self._config.catch_up
        while replica.unplayed or _lacks(replica, end):
            if replica.paused:
                raise StepError(f"replay is paused on {host}", hint="Run there: SELECT pg_wal_replay_resume()")
            if not replica.unplayed and end is not None and end.is_final:
                what = f"{host} has all only up to {replica.replayed}, and {end.words}: the rest never came"
                raise StepError(what, hint=_FOLLOW)
            if place.clock.monotonic() > deadline:
                known = "" if end is None else f"; {end.words}"
                raise StepError(f"{host} replayed only to {replica.replayed}, received to {replica.received}{known}")
            await place.clock.sleep(_LOOK)
            replica = await self._state(place)
        return replica

    async def _promote(self, place: StepPlace) -> str:
        seconds = max(1, int(left(place, self._config.catch_up)))
        async with Database(place, "postgresql", self._config).postgresql(seconds + _LOOK) as session:
            if not (await session.rows("SELECT pg_promote(true, %s)", seconds))[0][0]:
                raise StepError(f"{self._config.host} did not leave recovery within {seconds} s")
            if (await session.rows("SELECT pg_is_in_recovery()"))[0][0]:
                raise StepError(f"{self._config.host} is still in recovery after pg_promote()")
        with step_errors():
            return await self._write(place)

    async def _write(self, place: StepPlace) -> str:
        """Commit a record of this run to the database's own log, which leaves no table behind."""
        try:
            async with Database(place, "postgresql", self._config).postgresql(_ASK_SECONDS) as session:
                return await _written(session, place.run)
        except WenyamError as error:
            raise StepError(
                f"{self._config.host} left recovery but takes no write: {error.sentence}", hint=error.advice
            ) from error


def _replica(rows: Sequence[tuple[Any, ...]]) -> _Replica:
    in_recovery, received, replayed, last_commit, unplayed, paused, streaming, may_promote = rows[0]
    return _Replica(in_recovery, received or "", replayed or "", last_commit, int(unplayed or 0), paused, streaming, may_promote)


def _lacks(replica: _Replica, end: PrimaryEnd | None) -> bool:
    return end is not None and log_bytes(replica.replayed) < end.wanted


def _require_replica(config: DatabaseOptions, replica: _Replica) -> None:
    if not replica.in_recovery:
        raise StepError(f"PostgreSQL on {config.host} is no replica: it is not in recovery", hint="Was it promoted before?")
    if not replica.may_promote:
        advice = "Run on the primary: GRANT EXECUTE ON FUNCTION pg_promote(boolean, integer) TO the account of the credential."
        raise StepError(f"credential '{config.credential}' may not promote the replica on {config.host}", hint=advice)


async def _written(session: Session, run: str) -> str:
    await session.rows("SET synchronous_commit = local")  # waits for this disk, and for no standby that may be lost
    before = (await session.rows("SELECT pg_current_wal_lsn()::text"))[0][0]
    written = (await session.rows("SELECT pg_logical_emit_message(true, 'wenyam', %s::text)::text", f"promoted in {run}"))[0][0]
    grew = (await session.rows("SELECT pg_current_wal_flush_lsn() > %s::pg_lsn", before))[0][0]
    if not grew:
        raise StepError("a committed write did not reach the log")
    return f"a write was committed at {written}"
