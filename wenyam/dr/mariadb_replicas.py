"""What a MariaDB replica says of itself, and which rights a promotion needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wenyam.dr.contract import StepError
from wenyam.links.sql_sessions import MariadbSession

PROOF: Final = "wenyam_proof"
"""Beginning of the name of the database that a promotion makes and drops to prove a write."""
_ADMIN: Final = ("REPLICATION SLAVE ADMIN", "READ_ONLY ADMIN", "RELOAD")
_WRITE: Final = ("CREATE", "DROP", "INSERT", "SELECT")
_GRANTEE: Final = "CONCAT(QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', 1)), '@', QUOTE(SUBSTRING_INDEX(CURRENT_USER(), '@', -1)))"
_GLOBAL: Final = f"SELECT PRIVILEGE_TYPE FROM information_schema.USER_PRIVILEGES WHERE GRANTEE = {_GRANTEE}"  # noqa: S608  # fixed text
_HERE: Final = (
    f"SELECT PRIVILEGE_TYPE FROM information_schema.SCHEMA_PRIVILEGES WHERE GRANTEE = {_GRANTEE}"  # noqa: S608  # fixed text
    f" AND REPLACE(TABLE_SCHEMA, '\\\\', '') LIKE '{PROOF}%%'"
)
_GTID: Final = re.compile(r"(\d+)-\d+-(\d+)")


@dataclass(frozen=True, slots=True)
class Replica:
    """One connection to a primary, as SHOW REPLICA STATUS has it."""

    receiving: bool
    applying: bool
    behind: float | None
    """Seconds; None when the server does not know."""
    received: str
    """GTIDs that were received."""
    applied: str
    """GTIDs that were applied."""
    uses_gtid: bool
    receive_trouble: str
    apply_trouble: str


async def state(session: MariadbSession, host: str) -> Replica | None:
    """Return what the server says as a replica; None when it is none; StepError for one with several primaries."""
    rows = await session.named_rows("SHOW ALL SLAVES STATUS")
    if not rows:
        return None
    if len(rows) > 1:
        raise StepError(f"MariaDB on {host} follows {len(rows)} primaries; which of them should it stop to follow?")
    applied = str((await session.rows("SELECT @@global.gtid_slave_pos"))[0][0])
    return _replica(rows[0], applied)


def _replica(row: Mapping[str, Any], applied: str) -> Replica:
    behind = row.get("Seconds_Behind_Master")
    return Replica(
        receiving=row["Slave_IO_Running"] == "Yes",
        applying=row["Slave_SQL_Running"] == "Yes",
        behind=None if behind is None else float(behind),
        received=str(row.get("Gtid_IO_Pos") or ""),
        applied=applied,
        uses_gtid=str(row.get("Using_Gtid", "No")) != "No",
        receive_trouble=str(row.get("Last_IO_Error") or ""),
        apply_trouble=str(row.get("Last_SQL_Error") or ""),
    )


def missing(applied: str, wanted: str) -> str:
    """Return what of `wanted` was not reached, by domain; empty when all of it was."""
    have = _by_domain(applied)
    late = {domain: number for domain, number in _by_domain(wanted).items() if have.get(domain, 0) < number}
    return ", ".join(f"transactions {have.get(domain, 0) + 1} to {last} of domain {domain}" for domain, last in late.items())


def _by_domain(position: str) -> dict[int, int]:
    """Read `domain-server-number` lists; of a domain named twice the higher number counts."""
    found: dict[int, int] = {}
    for domain, number in _GTID.findall(position):
        found[int(domain)] = max(found.get(int(domain), 0), int(number))
    return found


async def missing_rights(session: MariadbSession) -> tuple[str, ...]:
    """Return the rights that a promotion needs and this account has not."""
    everywhere = {str(row[0]) for row in await session.rows(_GLOBAL)}
    here = everywhere | {str(row[0]) for row in await session.rows(_HERE)}
    wanted = [right for right in _ADMIN if right not in everywhere]
    return (*wanted, *(f"{right} on {PROOF}_%" for right in _WRITE if right not in here))
