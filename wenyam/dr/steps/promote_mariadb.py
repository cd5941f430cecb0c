"""Makes a MariaDB replica that follows by GTID the primary, and proves it by a write."""

import secrets
from dataclasses import replace
from typing import ClassVar, Final

from wenyam.dr.attempts import LINE
from wenyam.dr.contract import StepError, StepPlace
from wenyam.dr.databases import Database, as_text
from wenyam.dr.mariadb_replicas import PROOF, Replica, missing, missing_rights, state
from wenyam.dr.options import PromotionOptions
from wenyam.dr.positions import Position, keep, read_kept, tell
from wenyam.dr.writers import only_back, require_no_writer
from wenyam.i18n.clean_text import clean
from wenyam.links.sql_sessions import MariadbSession
from wenyam.model.instance import Configuration
from wenyam.model.instants import MILLISECONDS, Instant
from wenyam.model.recovery import PLANNED, Outcome, passed
from wenyam.settings.values import Duration, Line

_LOOK: Final = 0.2
_WAY_BACK: Final = "a command that copies the primary anew and follows it again, as 'undo: {do: ssh, with: …}'"
_STATEMENT_SECONDS: Final = 60.0
_KEEP_RECEIVING: Final = (
    "Run there: START REPLICA SQL_THREAD. Leave the other thread alone: once both are stopped, "
    "MariaDB throws away what it received and has not applied."
)


class PromoteMariadbOptions(PromotionOptions):
    """The replica that is promoted, and the primary that must not write any more."""

    maximum_lag: Duration = 60.0
    """How far the replica may be behind at a rehearsal."""
    catch_up: Duration = 300.0
    """Longest time for applying what was received."""
    newest_data: Line | None = None
    """A question whose answer is the Unix time of the newest data, to measure what is lost: MariaDB keeps no time of a commit."""


class PromoteMariadbStep:
    """Promotes one replica."""

    Config: ClassVar[type[PromoteMariadbOptions]] = PromoteMariadbOptions
    changes: ClassVar[bool] = True
    repeatable: ClassVar[bool] = False
    waits: ClassVar[bool] = False
    proves_all: ClassVar[bool] = True
    """In a planned move, where the primary is asked."""

    def __init__(self, config: PromoteMariadbOptions) -> None:
        """Take validated options."""
        self._config = config

    def describe(self) -> str:
        """Say what is promoted."""
        return f"promote the MariaDB replica on {self._config.host}, once {self._config.primary.host} cannot write"

    @property
    def shows_newest_data(self) -> bool:
        """Tell whether it measures how new the data is."""
        return self._config.newest_data is not None

    def unknown(self, configuration: Configuration) -> tuple[str, ...]:
        """Return a sentence for each name that is not known."""
        return self._config.unknown(configuration)

    async def rehearse(self, place: StepPlace) -> Outcome:
        """See a replica that follows its primary closely, and an account with every right that is needed."""
        host = self._config.host
        async with self._database(place).mariadb(_STATEMENT_SECONDS) as session:
            found = await state(session, host)
            if found is None and only_back(place) and await _takes_writes(session):
                return await self._primary_until_failback(session)
            replica = _required(found, host)
            _require_following(replica, host)
            if replica.behind is None or replica.behind > self._config.maximum_lag:
                shown = "an unknown time" if replica.behind is None else f"{replica.behind:g} s"
                raise StepError(f"the replica on {host} is {shown} behind, at most {self._config.maximum_lag:g} s are allowed")
            await self._require_rights(session)
        return passed(
            f"{host} follows its primary, {replica.behind:g} s behind; its account may promote it", position=replica.applied
        )

    async def run(self, place: StepPlace) -> Outcome:
        """Refuse while the primary may write; apply what was received, stop following, allow writes, and prove one."""
        host, end = self._config.host, ""
        await require_no_writer(place, "mariadb", self._config.primary)
        async with self._database(place).mariadb(_STATEMENT_SECONDS) as session:
            replica = await state(session, host)
            if replica is not None:
                end = await self._apply_all(place, session, replica)
                keep(place, replace(await self._position(session), has_all=bool(end)))
                await require_no_writer(place, "mariadb", self._config.primary)  # before it forgets whom it follows
                await session.rows("STOP REPLICA")
                await session.rows("RESET REPLICA ALL")
            found = read_kept(place)
            if found is None:
                raise StepError(f"MariaDB on {host} is no replica", hint="Was it promoted before?")
            tell(place, found)
            guarded = await require_no_writer(place, "mariadb", self._config.primary)  # it may have come back meanwhile
            place.say(f"{host}: allow writes at {found.words}")
            await session.rows("SET GLOBAL read_only = OFF")
            proof = await _proven(session, host)
        return passed(
            f"{host} is the primary now: {found.words}; {proof}", primary=guarded, position=found.words, write=proof,
            end=f"the primary on {self._config.primary.host} stood at {end}" if end else "",
        )  # fmt: skip

    async def was_done(self, place: StepPlace) -> bool | None:
        """Ask the server: it was done when it follows nobody and takes writes, and we had come so far."""
        try:
            async with self._database(place).mariadb(_STATEMENT_SECONDS) as session:
                follows = await state(session, self._config.host) is not None
                writes = await _takes_writes(session)
        except StepError:
            return None
        found = read_kept(place)
        if follows or (found is not None and not writes):
            return False
        if found is None:
            return None  # no replica although we never came so far: somebody else did it
        tell(place, found)
        return True

    def no_way_back(self) -> str:
        """Say what takes it back instead."""
        return f"what was written since would be lost or would part the data; it needs {_WAY_BACK}"

    async def undo(self, place: StepPlace) -> Outcome:  # noqa: ARG002  # the contract's form
        """Refuse: what was written since would be lost or would part the data."""
        what = "MariaDB cannot be made a replica again by a statement once it took writes"
        raise StepError(what, hint=f"Give the step {_WAY_BACK}.")

    async def _primary_until_failback(self, session: MariadbSession) -> Outcome:
        await self._require_rights(session)
        host = self._config.host
        return passed(f"{host} is the primary now, as it should be until a failback; its account may promote it then")

    async def _require_rights(self, session: MariadbSession) -> None:
        if rights := await missing_rights(session):
            host, credential = self._config.host, self._config.credential
            raise StepError(f"credential '{credential}' may not promote the replica on {host}: {', '.join(rights)}")

    def _database(self, place: StepPlace) -> Database:
        return Database(place, "mariadb", self._config)

    async def _apply_all(self, place: StepPlace, session: MariadbSession, replica: Replica) -> str:
        """Take what a fenced primary that still answers has, receive no more, apply all that came; return how far it was.

        With GTID a replica whose two threads are both stopped throws away, at the next start, what it received and had not
        applied. So receiving is stopped only once everything is applied.
        """
        host, end = self._config.host, ""
        _require_gtid(replica, host)
        await self._until_applied(place, session, replica.received)
        if place.mode in PLANNED:
            end = await self._of_primary(place)
            await self._until_applied(place, session, end)
        await session.rows("STOP REPLICA IO_THREAD")
        stopped = _required(await state(session, host), host)
        await self._until_applied(place, session, stopped.received)
        return end

    async def _of_primary(self, place: StepPlace) -> str:
        """Return how far the primary has come; StepError when it cannot be asked, for then something may be missing."""
        primary = self._config.primary
        try:
            return as_text(await Database(place, "mariadb", primary).ask("SELECT @@global.gtid_binlog_pos"))
        except StepError as error:
            advice = "In a planned move fence it by read_only = 1 and keep it running, so that it can be asked until the end."
            raise StepError(f"how far the primary on {primary.host} came is not known: {error.what}", hint=advice) from error

    async def _until_applied(self, place: StepPlace, session: MariadbSession, wanted: str) -> None:
        host, deadline = self._config.host, place.clock.monotonic() + self._config.catch_up
        replica = _required(await state(session, host), host)
        while late := missing(replica.applied, wanted):
            if not replica.applying:
                raise StepError(
                    f"{host} received {late} and does not apply it: {_words(replica.apply_trouble)}", hint=_KEEP_RECEIVING
                )
            if place.clock.monotonic() > deadline:
                raise StepError(f"the replica on {host} has not applied everything: {late}")
            await place.clock.sleep(_LOOK)
            replica = _required(await state(session, host), host)

    async def _position(self, session: MariadbSession) -> Position:
        applied = str((await session.rows("SELECT @@global.gtid_slave_pos"))[0][0])
        if self._config.newest_data is None:
            return Position(applied, None)
        rows = await session.rows(self._config.newest_data)
        try:
            return Position(applied, Instant(round(float(rows[0][0]) * MILLISECONDS)))
        except (IndexError, TypeError, ValueError) as error:
            raise StepError(f"'newest_data' gave no Unix time on {self._config.host}: {self._config.newest_data}") from error


def _required(replica: Replica | None, host: str) -> Replica:
    if replica is None:
        raise StepError(f"MariaDB on {host} is no replica", hint="Was it promoted before?")
    return replica


def _require_gtid(replica: Replica, host: str) -> None:
    if not replica.uses_gtid:
        raise StepError(
            f"the replica on {host} does not follow by GTID", hint="Run there: CHANGE MASTER TO MASTER_USE_GTID = slave_pos"
        )


def _require_following(replica: Replica, host: str) -> None:
    _require_gtid(replica, host)
    if not replica.receiving:
        raise StepError(f"the replica on {host} receives nothing: {_words(replica.receive_trouble)}")
    if not replica.applying:
        raise StepError(f"the replica on {host} does not apply what it received: {_words(replica.apply_trouble)}")


def _words(trouble: str) -> str:
    return clean(trouble, LINE) or "it names no error; was it stopped?"


async def _takes_writes(session: MariadbSession) -> bool:
    return as_text((await session.rows("SELECT @@global.read_only"))[0][0]) == "0"


async def _proven(session: MariadbSession, host: str) -> str:
    """Write a row into a database made for this, read it, and drop the database."""
    if await state(session, host) is not None or not await _takes_writes(session):
        raise StepError(f"MariaDB on {host} is still a replica or read-only")
    name = f"{PROOF}_{secrets.token_hex(8)}"
    await session.rows(f"CREATE DATABASE {name}")
    try:
        await session.rows(f"CREATE TABLE {name}.proof (said INT) ENGINE = InnoDB")
        await session.rows(f"INSERT INTO {name}.proof VALUES (1)")  # noqa: S608  # as below
        rows = await session.rows(f"SELECT said FROM {name}.proof")  # noqa: S608  # a name of hexadecimal digits
        if rows != [(1,)]:
            raise StepError(f"MariaDB on {host} did not keep what was written")
    finally:
        await session.rows(f"DROP DATABASE {name}")
    return f"a row was written and read back, and {name} dropped"
