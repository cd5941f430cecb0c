"""Answers to our mails: who wrote, whether it is proven, and which incident they take. An answer may only acknowledge. Pure."""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from wenyam.alerts.reply_proof import problem_of
from wenyam.alerts.reply_text import Headers, content_type, split_mail, subject_of, written_lines
from wenyam.model.guarding import ReplyPlan
from wenyam.model.inventory import Person

WORDS: Final = ("ack", "acknowledge", "acknowledged")
_THAI_WORD: Final = re.compile(r"รับทราบ(?:แล้ว|นะ|ครับ|คับ|ค่ะ|คะ|จ้า)*")
_CODE: Final = re.compile(r"(?<![A-Za-z0-9])[2-9B-DF-HJKMNP-TV-XZ]{4,8}(?![A-Za-z0-9])", re.IGNORECASE)
"""Incidents have no vowel, and no letter that is mistaken for a figure, in their codes."""
_FIRST_LINES: Final = 5
_MOST_CODES: Final = 8
_ADDRESS: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})*")
_QUOTED: Final = re.compile(r'"(?:[^"\\]|\\.)*"')
_IN_BRACKETS: Final = re.compile(r"[^<>@,;:()]*<([^<>\s]{1,320})>\s*")
_PUNCTUATION: Final = " \t.,!:;\"'*_()[]{}-–—"
_AUTOMATIC_HEADERS: Final = ("x-autoreply", "x-autorespond", "x-auto-response", "list-id")
_BULK: Final = ("bulk", "junk", "list", "auto_reply")


class Refusal(StrEnum):
    """Why an answer was refused, as the fact says it."""

    UNREADABLE = "unreadable-sender"
    UNKNOWN = "unknown-sender"
    SHARED = "shared-address"
    UNPROVEN = "not-authenticated"
    GUESSED = "too-many-wrong-codes"
    NO_WORD = "no-word"
    NO_CODE = "no-code"
    WRONG_CODE = "wrong-code"
    MANY_CODES = "several-codes"
    NOT_TAKEN = "not-acknowledged"


@dataclass(frozen=True, slots=True)
class Mail:
    """What matters of one mail."""

    digest: str
    """Of its Message-ID and sender: the same mail is dealt with once."""
    sender: str
    """Address in small letters; empty when From names nobody, or more than one."""
    automatic: str
    """Why no person wrote it; empty when one did."""
    unproven: str
    """Why its sender is not proven; empty when it is."""
    has_word: bool
    groups: tuple[tuple[str, ...], ...]
    """What may be a code, the surest place first: after the word, in the subject, in the first lines."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is done with a mail: nothing, a refusal with its reason, or the acknowledgement of one incident by one person."""

    refusal: Refusal | None = None
    detail: str = ""
    person: str = ""
    code: str = ""

    @property
    def is_ignored(self) -> bool:
        """True when nothing is done and nothing noted."""
        return self.refusal is None and not self.code


def read_mail(raw: bytes, authserv_id: str | None) -> Mail:
    """Read the first bytes of a mail, whatever they are; `authserv_id` is the server whose checks count."""
    part = split_mail(raw)
    headers = part.headers
    sender = sender_of(headers)
    lines = written_lines(part)
    first = lines[0].split() if lines else []
    has_word = bool(first) and _is_word(first[0])
    after_word = _codes(" ".join(first[1:3])) if has_word else ()
    groups = (after_word, _codes(subject_of(headers)), _codes(" ".join(lines[:_FIRST_LINES])))
    results = headers.all("authentication-results")
    unproven = problem_of(results, authserv_id, sender) if authserv_id else "no server is trusted to check senders"
    return Mail(_digest(headers, sender, raw), sender, _automatic(headers), unproven, has_word, groups)


def judge(
    mail: Mail, people: Iterable[Person], plan: ReplyPlan, knows: Callable[[str], bool], blocked: Callable[[str], bool]
) -> Verdict:
    """Decide about a mail; `knows` tells whether a code is that of an incident, `blocked` whether an address guessed too much."""
    if mail.automatic:
        return Verdict(detail=mail.automatic)
    owners = [person.id for person in people if mail.sender and (person.mail or "").casefold() == mail.sender]
    if len(owners) != 1:
        return Verdict(Refusal.SHARED if owners else Refusal.UNKNOWN if mail.sender else Refusal.UNREADABLE)
    if plan.require_authentication and mail.unproven:
        return Verdict(Refusal.UNPROVEN, mail.unproven, owners[0])
    if blocked(mail.sender):
        return Verdict(Refusal.GUESSED, person=owners[0])
    if not mail.has_word:
        return Verdict(Refusal.NO_WORD, person=owners[0])
    return _coded(mail, owners[0], knows)


def _coded(mail: Mail, person: str, knows: Callable[[str], bool]) -> Verdict:
    if not any(mail.groups):
        return Verdict(Refusal.NO_CODE, person=person)
    explicit = mail.groups[0]
    for group in (explicit,) if explicit else mail.groups:
        known = [code for code in group if knows(code)]
        if len(known) == 1:
            return Verdict(person=person, code=known[0])
        if known:
            return Verdict(Refusal.MANY_CODES, " ".join(known), person)
    return Verdict(Refusal.WRONG_CODE, person=person)


def sender_of(headers: Headers) -> str:
    """Return the one address of the one From header, in small letters; empty when there is anything else."""
    written = headers.all("from")
    if len(written) != 1:
        return ""
    bare = _QUOTED.sub("", written[0]).strip()
    inside = _IN_BRACKETS.fullmatch(bare)
    address = inside[1] if inside else bare
    return address.lower() if _ADDRESS.fullmatch(address) else ""


def _automatic(headers: Headers) -> str:
    """Say what shows that a program wrote it: an answer to it could go round for ever, and it means nothing."""
    submitted = headers.first("auto-submitted").partition(";")[0].strip().lower()
    if submitted not in ("", "no"):
        return f"Auto-Submitted: {submitted[:40]}"
    precedence = headers.first("precedence").strip().lower()
    if precedence in _BULK:
        return f"Precedence: {precedence}"
    if any(path.strip() == "<>" for path in headers.all("return-path")):
        return "empty return path"
    if content_type(headers)[0] == "multipart/report":
        return "a report of a mail server"
    return next((f"header {name}" for name in _AUTOMATIC_HEADERS if headers.all(name)), "")


def _is_word(written: str) -> bool:
    word = written.strip(_PUNCTUATION)
    return word.casefold() in WORDS or _THAI_WORD.fullmatch(word) is not None


def _codes(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(found.upper() for found in _CODE.findall(text)))[:_MOST_CODES]


def _digest(headers: Headers, sender: str, raw: bytes) -> str:
    named = headers.first("message-id").strip()
    content = f"{sender}\n{named}".encode("utf-8", "replace") if named else raw
    return hashlib.sha256(content).hexdigest()[:32]


def sender_digest(instance: str, sender: str) -> str:
    """Return how a sender is named in facts: the same one the same, nobody else's address in the clear."""
    return hashlib.sha256(f"{instance}\n{sender}".encode("utf-8", "replace")).hexdigest()[:16]


def people_with_mail(people: Mapping[str, Person]) -> list[Person]:
    """Return those who can answer by mail."""
    return [person for person in people.values() if person.mail]
