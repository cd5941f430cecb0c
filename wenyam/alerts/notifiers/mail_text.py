"""A mail that every relay and reader takes: ASCII on the wire, Thai for the eye, the same bytes for the same message."""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from wenyam.alerts.notifiers import wording
from wenyam.i18n.clean_text import clean
from wenyam.model.alerting import Message
from wenyam.model.instants import to_datetime
from wenyam.model.inventory import Person

_NAME_LIMIT = 60
_CODE_LIMIT, _MOST_CODES = 12, 4
_TOKEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


@dataclass(frozen=True, slots=True)
class Header:
    """Who writes to whom."""

    sender: str
    instance: str
    to: Sequence[Address]
    reply_to: str | None = None

    @property
    def domain(self) -> str:
        """The sender's domain, under which message ids are ours."""
        return self.sender.rpartition("@")[2]


def mailbox(person: Person, language: str) -> Address | None:
    """Return a person's mailbox; None when the address is none that every relay takes."""
    name = person.name.th if language == "th" else person.name.en
    return box(person.mail or "", name)


def box(address: str, name: str = "") -> Address | None:
    """Return a mailbox; None for what is not ASCII, holds a control character or is no address."""
    if not address.isascii() or not address.isprintable():
        return None
    try:
        return Address(display_name=clean(name, _NAME_LIMIT), addr_spec=address)
    except (ValueError, IndexError, MessageError):  # what the standard library raises for an address it cannot read
        return None


def written(message: Message, header: Header, key: str) -> bytes:
    """Return the mail as it goes over the wire."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = Address(display_name=f"Wenyam {clean(header.instance, _NAME_LIMIT)}", addr_spec=header.sender)
    mail["To"] = tuple(header.to)
    if header.reply_to is not None:
        mail["Reply-To"] = header.reply_to
    mail["Subject"] = _subject(message)
    mail["Date"] = format_datetime(to_datetime(message.at))
    mail["Message-ID"] = f"<wenyam-{_token(key)}@{header.domain}>"
    if message.items:  # what is about one incident stands together, whether its first mail arrived or not
        mail["References"] = mail["In-Reply-To"] = f"<wenyam-incident-{_token(message.items[0].code)}@{header.domain}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no holiday notice comes back
    mail["X-Auto-Response-Suppress"] = "All"
    body = f"{wording.body(message)}\n"
    mail.set_content(body, cte="quoted-printable" if body.isascii() else "base64")
    mail["Content-Language"] = message.language  # after the content, which takes every other Content- header away
    return mail.as_bytes()


def _subject(message: Message) -> str:
    """Return the title with the codes of its incidents behind it, so that a mail program's answer carries them back."""
    codes = [clean(item.code, _CODE_LIMIT) for item in message.items[:_MOST_CODES]]
    return f"{wording.title(message)} [{' '.join(codes)}]" if codes else wording.title(message)


def _token(text: str) -> str:
    """Return a text as a part of a message id, or its digest when it cannot be one."""
    return text if _TOKEN.fullmatch(text) else hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:32]
