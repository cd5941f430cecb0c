"""Subjects by number. Rows are only ever added, so all readers of one database in this process share what was read once."""

import json
import sqlite3
import threading
from collections.abc import Iterable

from wenyam.model.states import Subject, SubjectKind
from wenyam.store.queries import query

_KINDS: dict[str, SubjectKind] = {kind.value: kind for kind in SubjectKind}
_MOST = 4
"""Databases whose subjects are kept: an instance has one; a test or a comparison has a few."""
_LOOKED_AT = 16
"""So many of the subjects kept are compared with the database at each opening."""

Identity = tuple[object, ...]


class Subjects:
    """Numbers of subjects; safe to use from several threads."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.by_number: dict[int, Subject] = {}
        self._numbers: dict[Subject, int] = {}
        self._unlisted: dict[int, Subject] = {}
        self._last = 0
        self._lock = threading.Lock()

    @property
    def numbers(self) -> dict[Subject, int]:
        """The numbers by subject, listed when first asked for: half of what reading many subjects costs is their hashes."""
        if self._unlisted:
            with self._lock:
                self._numbers |= zip(self._unlisted.values(), self._unlisted, strict=True)
                self._unlisted = {}
        return self._numbers

    def refresh(self, connection: sqlite3.Connection) -> None:
        """Read the subjects added since the last time."""
        rows = connection.execute(query("subjects_after"), (self._last,)).fetchall()
        if rows:
            self._take({number: Subject(_KINDS[kind], name, check) for number, kind, name, check in rows})

    def add(self, number: int, subject: Subject) -> None:
        """Remember one subject."""
        self._take({number: subject})

    def agree(self, connection: sqlite3.Connection) -> bool:
        """Tell whether the database has the subjects that are known, by some of them: no other file was put in its place."""
        numbers = [*self.by_number]
        some = {*numbers[:: max(1, len(numbers) // _LOOKED_AT)], *numbers[-1:]}
        found = connection.execute(query("subjects_of"), (json.dumps(sorted(some)),)).fetchall()
        return {number: Subject(_KINDS[kind], name, check) for number, kind, name, check in found} == {
            number: self.by_number[number] for number in some
        }

    def json(self, subjects: Iterable[Subject]) -> str:
        """Return the numbers of known subjects as a JSON array, the form in which lists are bound."""
        return json.dumps(sorted({self.numbers[subject] for subject in subjects if subject in self.numbers}))

    def get(self, number: int | None) -> Subject | None:
        """Return the subject of a number that may be NULL."""
        return None if number is None else self.by_number[number]

    def _take(self, added: dict[int, Subject]) -> None:
        with self._lock:
            self.by_number |= added
            self._unlisted |= added
            self._last = max(self._last, *added)


_shared: dict[Identity, Subjects] = {}
_sharing = threading.Lock()


def shared_subjects(connection: sqlite3.Connection, file: Identity) -> Subjects:
    """Return what is known of the database behind this connection, whose file is told apart from others by `file`."""
    identity = (*file, *connection.execute("SELECT name, created FROM instance").fetchone())
    with _sharing:
        found = _shared.pop(identity, None)
        if found is None or not found.agree(connection):
            found = Subjects()
        _shared[identity] = found  # the newest last
        while len(_shared) > _MOST:
            del _shared[next(iter(_shared))]
    return found
