"""What is sealed for one repository: the environment restic needs to get there, as shell assignments. Pure.

Never printed, logged or written: it goes from here to age, and from age into a program's environment.
"""

import shlex
from collections.abc import Mapping
from typing import Final

from wenyam.backup.escrow_lines import EnvelopeError

REPOSITORY, KEY = "RESTIC_REPOSITORY", "RESTIC_PASSWORD"
LOGIN_KEY, KNOWN_HOSTS, AUTHORITY, SERVER = "LOGIN_KEY", "KNOWN_HOSTS", "AUTHORITY_PEM", "LOGIN_SERVER"
FILES: Final[Mapping[str, str]] = {LOGIN_KEY: "login", KNOWN_HOSTS: "known_hosts", AUTHORITY: "authority.pem"}
"""Values that their programs take only from files, and what those are called."""
SSH_OPTIONS: Final = (
    "-F /dev/null -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes"
    " -o IdentityFile={folder}/login -o UserKnownHostsFile={folder}/known_hosts"
)


def to_text(values: Mapping[str, str]) -> str:
    """Write assignments that a shell reads back exactly, whatever is in the values."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


def from_text(content: bytes) -> dict[str, str]:
    """Read assignments back; EnvelopeError, without a word of the content, when these are none."""
    try:
        words = shlex.split(content.decode("utf-8"))
    except ValueError:
        words = []
    values = dict(word.partition("=")[::2] for word in words if "=" in word)
    if not words or len(values) != len(words) or not values.get(REPOSITORY) or not values.get(KEY):
        raise EnvelopeError("what was sealed is not what Wenyam seals")
    return values


def notes(values: Mapping[str, str]) -> tuple[str, ...]:
    """Say what must be done beside the three commands where files are needed."""
    found: list[str] = []
    if LOGIN_KEY in values:
        ssh = SSH_OPTIONS.format(folder="$PWD")
        found.append("After step 2, in an empty directory: umask 077")
        found.append('printf "%s\\n" "$LOGIN_KEY" > login; printf "%s\\n" "$KNOWN_HOSTS" > known_hosts')
        found.append(f'and in step 3: restic -o sftp.command="ssh {ssh} $LOGIN_SERVER -s sftp" …')
    if AUTHORITY in values:
        found.append('After step 2: printf "%s\\n" "$AUTHORITY_PEM" > authority.pem; in step 3: restic --cacert authority.pem …')
    return tuple(found)


def struck(text: str, values: Mapping[str, str]) -> str:
    """Return what a program said with everything that was sealed struck out."""
    for value in sorted(values.values(), key=len, reverse=True):
        for word in (value, *value.splitlines()):
            if len(word) > 3:  # noqa: PLR2004  # shorter ones are in every sentence
                text = text.replace(word, "•••")
    return text
