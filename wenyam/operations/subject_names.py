"""What subjects are called on screens: in English by their names, in Thai by what they mean."""

import re
from typing import Final

from wenyam.alerts.subject_words import spoken
from wenyam.i18n.translate import translator
from wenyam.model.inventory import Inventory, Link, Service
from wenyam.model.states import Subject, SubjectKind

_SUBJECTS: Final = re.compile(r"\b(?:device|service|link):[\w.-]+(?![\w/:])")
"""Subjects that a summary names."""


def called(subject: str, inventory: Inventory, language: str) -> str:
    """Return what a subject, as it is written, is called in a table."""
    if language == "en":
        return subject.removeprefix("device:")
    known = Subject.parse(subject)
    thing: Service | Link | None = None
    if known.kind is SubjectKind.SERVICE:
        thing = inventory.services.get(known.name)
    elif known.kind is SubjectKind.LINK:
        thing = inventory.links.get(known.name)
    label = "" if thing is None else thing.label.th
    return spoken(known, label or known.name, translator(language))


def with_names(said: str, inventory: Inventory, language: str) -> str:
    """Return what is said with the subjects in it called so; in English it stays."""
    return said if language == "en" else _SUBJECTS.sub(lambda found: called(found[0], inventory, language), said)
