"""What users are told in words: planned, broken, working again. Facts of whoever said it, and what is still to be seen. Pure.

A DR plan's step that tells users, and `wenyam announce`, build the same fact: `announced`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import count

from wenyam.i18n.clean_text import clean
from wenyam.i18n.dates import local_date
from wenyam.model.facts import Fact, FactBody
from wenyam.model.instants import Instant
from wenyam.model.inventory import Text

ANNOUNCED = "announcement"
WITHDRAWN = "announcement-withdrawn"
KINDS = (ANNOUNCED, WITHDRAWN)

LONGEST_TEXT = 1000
LONGEST_REASON = 300
_BETWEEN = " "
"""Between the names of one field; none of them holds a space."""


@dataclass(frozen=True, slots=True)
class Announcement:
    """One thing users are told."""

    name: str
    at: Instant
    by: str
    """Who said it: a person id, or `wenyam`."""
    text: Text
    """Empty in a language in which nobody wrote it."""
    until: Instant
    services: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    """Through which it is sent as well; none: it is only shown."""
    to: tuple[str, ...] = ()
    """Person ids, `oncall:ROTA`, `role:ROLE`."""
    withdrawn: Instant | None = None
    withdrawn_by: str = ""
    reason: str = ""
    """Why it was withdrawn."""

    def is_open(self, now: Instant) -> bool:
        """Tell whether users should see it."""
        return self.withdrawn is None and now < self.until

    def said(self, language: str) -> tuple[str, str]:
        """Return the text and the language it is in: the other one's where nobody wrote it in this one."""
        texts = {"th": self.text.th, "en": self.text.en}
        other = "en" if language == "th" else "th"
        return (texts[language], language) if texts[language] else (texts[other], other)


def announced(
    name: str,
    at: Instant,
    actor: str,
    text: Text,
    until: Instant,
    *,
    services: Iterable[str] = (),
    channels: Iterable[str] = (),
    to: Iterable[str] = (),
) -> Fact:
    """Build the fact that users are told something; the texts are cleaned here, whoever calls."""
    body: FactBody = {
        "name": name, "th": clean(text.th, LONGEST_TEXT), "en": clean(text.en, LONGEST_TEXT), "until": until,
        "services": _BETWEEN.join(services), "channels": _BETWEEN.join(channels), "to": _BETWEEN.join(to),
    }  # fmt: skip
    return Fact(ANNOUNCED, at, actor, body)


def withdrawn(name: str, at: Instant, actor: str, reason: str = "") -> Fact:
    """Build the fact that an announcement is taken back."""
    return Fact(WITHDRAWN, at, actor, {"name": name, "reason": clean(reason, LONGEST_REASON)})


def read(known: Iterable[Fact]) -> dict[str, Announcement]:
    """Return every announcement by name, as later facts left it; a fact of another kind changes nothing."""
    found: dict[str, Announcement] = {}
    for fact in known:
        adopt(found, fact)
    return found


def adopt(found: dict[str, Announcement], fact: Fact) -> None:
    """Take one more fact; the same one a second time changes nothing."""
    name = str(fact.body.get("name") or "")
    if fact.kind == ANNOUNCED and name not in found:
        found[name] = _announcement(name, fact)
    elif fact.kind == WITHDRAWN and name in found and found[name].withdrawn is None:
        reason = str(fact.body.get("reason") or "")
        found[name] = replace(found[name], withdrawn=fact.at, withdrawn_by=fact.actor, reason=reason)


def free_name(known: Mapping[str, Announcement], at: Instant, time_zone: str) -> str:
    """Return the next name of the day, such as `A20261127-2`."""
    day = f"A{local_date(at, time_zone):%Y%m%d}"
    return next(name for number in count(1) if (name := f"{day}-{number}") not in known)


def _announcement(name: str, fact: Fact) -> Announcement:
    body = fact.body
    services, channels, to = (tuple(str(body.get(key) or "").split()) for key in ("services", "channels", "to"))
    text = Text(str(body.get("th") or ""), str(body.get("en") or ""))
    return Announcement(name, fact.at, fact.actor, text, Instant(int(body["until"] or 0)), services, channels, to)
