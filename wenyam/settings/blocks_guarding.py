"""The blocks that guard the guard: who is told that Wenyam lives, which other Wenyam watches, and where people answer by mail."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from wenyam.settings.blocks import Written
from wenyam.settings.values import Address, Duration, Line, Name, Secret, login_free_url

_ASCII_FOLDER = re.compile(r"[ -~]{1,200}")
_ONLY_HOST = re.compile(r"https?://[^/?#\s]+/?")


def _folder(text: str) -> str:
    if _ASCII_FOLDER.fullmatch(text) is None or any(letter in text for letter in '"\\*%&'):
        raise ValueError("a folder's name in plain ASCII expected, without quotes and wildcards")
    return text


def _exporter(text: str) -> str:
    """Return the address of an exporter: scheme, host and port."""
    if _ONLY_HOST.fullmatch(login_free_url(text)) is None:
        raise ValueError("the address of its exporter without a path expected, such as https://192.0.2.7:9710")
    return text.rstrip("/")


Folder = Annotated[str, AfterValidator(_folder)]


class DeadManBlock(Written):
    """An address in the manner of healthchecks that is told of every good cycle; it pages when that stops."""

    url: Secret
    """Where the address is kept; it is a secret, because whoever knows it can pretend that Wenyam lives."""
    every: Duration = 60.0
    """Time between two pings; the other side should wait for at least three of them."""
    timeout: Duration = 10.0
    """Time one ping may take."""
    alerts_late: Duration = 600.0
    """An alert that waits for longer is stuck, and the cycle is not good."""
    authority: str | None = None
    """File of the only certificate authorities to trust, relative to the folder; the system's when absent."""


class PeerBlock(Written):
    """Another Wenyam, watched by this one: best the one at the other site, and each watches the other."""

    url: Annotated[str, AfterValidator(_exporter)]
    """Its exporter, such as `https://192.0.2.7:9710`."""
    credential: Name | None = None
    """Login there, of kind `http-basic`."""
    authority: str | None = None
    """File of the only certificate authorities to trust, relative to the folder; the system's when absent."""
    every: Duration = 15.0
    """Time between looks; the shortest of all peers counts for all."""
    timeout: Duration = 5.0
    """Time one answer may take."""
    heartbeat_late: Duration = 15.0
    """Its work loop may be silent for so long."""
    alerts_late: Duration = 600.0
    """Its oldest alert may wait for so long."""
    clock_skew: Duration = 5.0
    """Its clock and ours may differ by so much."""


class ReplyBlock(Written):
    """A mailbox in which people acknowledge incidents by answering our mails. An answer can do nothing else."""

    host: Address
    """The IMAP server."""
    port: Annotated[int, Field(ge=1, le=65535)] = 993
    """Its port."""
    security: Literal["tls", "starttls"] = "tls"
    """Encrypted from the first byte, or after a word in the clear."""
    authority: str | None = None
    """File of the only certificate authorities to trust, relative to the folder; the system's when absent."""
    username: Line
    """Login of the mailbox."""
    password: Secret
    """Where its password is kept."""
    folder: Folder = "INBOX"
    """Where answers arrive; nobody else should read this mailbox, because only what is unseen is read."""
    taken: Folder | None = None
    """Where a mail is moved that was dealt with; it stays, marked as seen, when absent."""
    every: Duration = 30.0
    """Time between two looks."""
    timeout: Duration = 20.0
    """Time one step of a look may take."""
    authserv_id: Line | None = None
    """The name that the receiving server writes first in Authentication-Results, such as `mx.example.org`."""
    require_authentication: bool = True
    """Only a mail whose sender that server proved (DMARC, DKIM or SPF) counts."""
    wrong_codes: Annotated[int, Field(ge=1, le=100)] = 5
    """After so many wrong codes in an hour an address is refused for an hour."""
