"""One open transaction: the end of the chain, the numbers of subjects, and what every kind of writing does with both."""

import os
import sqlite3

from wenyam.model.facts import ChainedFact, Fact
from wenyam.model.states import Subject
from wenyam.store.chain import canonical, genesis, link, personal_text, salted, storable
from wenyam.store.queries import query
from wenyam.store.rows import Row
from wenyam.store.subjects import Subjects

_SALT_BYTES = 16


class Transaction:
    """Lives from BEGIN IMMEDIATE to COMMIT; the chain's end is read afresh, for another process may have written."""

    def __init__(self, connection: sqlite3.Connection, instance: str, subjects: Subjects) -> None:
        """Start at the present end of the chain."""
        self.connection = connection
        self.subjects = subjects
        subjects.refresh(connection)
        end = connection.execute(query("chain_end")).fetchone()
        self.sequence: int = end[0] if end else 0
        self.digest: str = end[1].hex() if end else genesis(instance)

    def execute(self, name: str, values: Row = ()) -> sqlite3.Cursor:
        """Run a named statement."""
        return self.connection.execute(query(name), values)

    def append(self, fact: Fact) -> ChainedFact:
        """Add a fact to the chain."""
        self.sequence += 1
        kept = [(storable(field), os.urandom(_SALT_BYTES), personal_text(value)) for field, value in fact.personal.items()]
        text = canonical(self.sequence, fact, {field: salted(salt, value) for field, salt, value in kept})
        self.digest = link(self.digest, text)
        self.execute("insert_fact", (self.sequence, fact.kind, fact.at, text, bytes.fromhex(self.digest)))
        for field, salt, value in kept:
            self.execute("insert_personal", (self.sequence, field, salt, value))
        return ChainedFact(self.sequence, fact, text, self.digest)

    def number(self, subject: Subject) -> int:
        """Return a subject's number, given now if it has none."""
        known = self.subjects.numbers.get(subject)
        if known is not None:
            return known
        cursor = self.execute("insert_subject", (subject.kind.value, storable(subject.name), storable(subject.check)))
        number = int(cursor.lastrowid or 0)
        self.subjects.add(number, subject)
        return number
