"""Dumps a database into a full spool, then into one with room; run by test_backup_database_full_disk.py in a namespace."""

import asyncio
import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

from wenyam.backup.sources.databases import DatabaseOptions
from wenyam.backup.sources.mariadb import MariaDbSource
from wenyam.backup.sources.postgresql import PostgresqlSource
from wenyam.errors import WenyamError
from wenyam.links.tools import Tools
from wenyam.testing.backups import make_workplace
from wenyam.testing.collecting import make_credential


async def main(place: Path, kind: str, port: int, password: str) -> None:
    options = DatabaseOptions(databases=("erp",), port=port)
    source: Any = PostgresqlSource(options) if kind == "postgres" else MariaDbSource(options)
    user = "postgres" if kind == "postgres" else "root"
    login = make_credential(place, "sql", user, password=password)
    workplace = replace(make_workplace(place), address="127.0.0.1", tools=Tools(), credential=login)
    filler = place / "filler"
    filler.write_bytes(b"x" * (2_500_000 if kind == "postgres" else 1_500_000))
    try:
        await source.dump(workplace)
    except WenyamError as error:
        sys.stdout.write(json.dumps(str(error)) + "\n")
    sys.stdout.write(json.dumps([path.name for path in workplace.spool.iterdir()]) + "\n")
    filler.unlink()
    room = replace(workplace, spool=place.parent / f"{place.name}-roomy")
    room.spool.mkdir()
    rows = (await source.dump(room)).manifest.parts["rows"]
    sys.stdout.write(json.dumps(next(iter(rows.values()))) + "\n")


asyncio.run(main(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]))
