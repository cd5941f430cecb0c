"""What of a learnt device must stay the same, so that it need not be walked again to know that it has the same rows and names."""

from collections.abc import Iterator, Mapping
from functools import lru_cache

from wenyam.collectors.snmp_device import DeviceState
from wenyam.collectors.snmp_profile import IDENTITY
from wenyam.collectors.snmp_table import Columns, plain
from wenyam.links.snmp import oids
from wenyam.links.snmp.codec import Value
from wenyam.links.snmp.part import End
from wenyam.links.snmp.plan import FEWEST_FOR_BULK
from wenyam.links.snmp.review import Look, Review
from wenyam.links.snmp.session import SnmpSession
from wenyam.links.snmp.walk import Column

_UPTIME = "system_uptime"


async def prepared(known: DeviceState, columns: Columns, session: SnmpSession) -> Review | None:
    """Take the digests of a device that was just walked; None when it cannot be reviewed, or has changed meanwhile."""
    if not known.pace.bulk or known.incomplete or known.troubles():
        return None
    fixed = dict(_fixed(known, columns))
    scalars = [oids.encode(oid) for oid in _fixed_scalars(known)]
    tables = {oid: column for oid, column in columns.items() if oid not in set(known.scalar_oids())}
    named = [column for oid, column in tables.items() if column.names and oid not in fixed and _is_loosely_read(known, column)]
    review = Review(
        list(fixed.values()), named, scalars, [_end(column.prefix, column.last) for column in tables.values()], known.pace.values
    )
    look = Look(review)
    await session.read([look])
    if not look.is_same or not _is_as_learnt(known, fixed, columns, look.values):
        return None
    review.settle()
    return review


def _fixed(known: DeviceState, columns: Columns) -> Iterator[tuple[str, Column]]:
    """Yield the columns that give rows their names and places."""
    for table in known.tables:
        for row in table.specification.rows.values():
            if row.oid in columns and columns[row.oid].names:
                yield row.oid, columns[row.oid]


def _fixed_scalars(known: DeviceState) -> list[str]:
    """Name the scalars that are not polled or that facts are made of, and who the device is."""
    polled = {oids.decode(each.prefix) for table in known.tables for each in table.polled}
    told = {
        oid
        for source in known.sources
        for entry in source.profile.facts.values()
        for name in entry.value.names & source.profile.scalars.keys()
        for oid in source.profile.scalars[name]
    }
    own = [oid for oid in known.scalar_oids() if oid not in polled or oid in told]
    return list(dict.fromkeys([*(oid for name, oid in IDENTITY.items() if name != _UPTIME), *own]))


def _is_loosely_read(known: DeviceState, column: Column) -> bool:
    """Tell whether polls would not notice a row that comes between the ones they ask for."""
    polled = [each for table in known.tables for each in table.polled if each.prefix == column.prefix]
    return any(len(each.indices) < FEWEST_FOR_BULK or not each.dense for each in polled)


@lru_cache(maxsize=8192)
def _end(prefix: bytes, last: bytes) -> End:
    """Return where a column ends; devices of one model share it."""
    return End(0, prefix, last)


def _is_as_learnt(known: DeviceState, fixed: Mapping[str, Column], columns: Columns, found: Mapping[bytes, Value]) -> bool:
    """Compare what the digests were taken from with what the walk brought a moment before."""
    for column in fixed.values():
        if [found.get(name) for name in column.names] != column.values:
            return False
    for oid in _fixed_scalars(known):
        scalar = columns.get(oid)
        before = plain(scalar.values[0]) if scalar is not None and scalar.values else None
        if oid not in IDENTITY.values() and plain(found.get(oids.encode(oid))) != before:
            return False
    return all(plain(found.get(oids.encode(oid))) == known.identity[name] for name, oid in IDENTITY.items() if name != _UPTIME)
