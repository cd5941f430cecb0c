"""Steps from one schema version to the next. The only place, with inspection and export, that imports sqlite-utils.

Version N is what the first N steps build; `PRAGMA user_version` holds it. A step never changes once released. Each runs with its
version number in one transaction, under the write lock, so that a crash leaves the old schema or the new one.
"""

import sqlite3
from collections.abc import Callable, Sequence

from wenyam.store.queries import read

Step = Callable[[sqlite3.Connection], None]


def _script(name: str) -> Step:
    def run(connection: sqlite3.Connection) -> None:
        for statement in statements(read(name)):
            connection.execute(statement)

    return run


STEPS: tuple[Step, ...] = tuple(map(_script, ("migration_0001.sql", "migration_0002.sql", "migration_0003.sql")))
"""A later step opens `sqlite_utils.Database(connection)` and uses its `transform` and `add_column`."""


def statements(script: str) -> list[str]:
    """Split a script where SQLite says that a statement is complete (triggers hold semicolons)."""
    found, pending = [], ""
    for line in script.splitlines(keepends=True):
        pending += line
        if sqlite3.complete_statement(pending):
            found.append(pending.strip())
            pending = ""
    return found


def migrate(connection: sqlite3.Connection, version: int, steps: Sequence[Step] = STEPS) -> None:
    """Run the steps after `version`; the caller holds the write lock. Foreign keys are checked before each commit."""
    from sqlite_utils import Database  # noqa: PLC0415  # an up-to-date database never loads it

    database = Database(connection)
    for number, step in enumerate(steps[version:], version + 1):
        with database.atomic():
            step(connection)
            broken = connection.execute("PRAGMA foreign_key_check").fetchall()
            if broken:
                raise sqlite3.IntegrityError(f"migration {number} would leave {len(broken)} rows without what they refer to")
            connection.execute(f"PRAGMA user_version = {number:d}")
