"""Shell scripts whose output comes in sections, and the sections taken apart again."""

import secrets
from dataclasses import dataclass
from typing import Final

from wenyam.errors import MalformedReplyError

PREAMBLE: Final = r"""
LC_ALL=C; LANG=C; PATH=/usr/sbin:/usr/bin:/sbin:/bin; export LC_ALL LANG PATH
marker=$1; shift
section() {
  name=$1; shift
  printf '\n%s begin %s\n' "$marker" "$name"; "$@" 2>&1; printf '\n%s end %s %s\n' "$marker" "$name" $?
}
"""
"""How every such script begins; its first word is the marker."""


@dataclass(frozen=True, slots=True)
class Section:
    """The output of one part of a script."""

    text: str
    status: int

    @property
    def good(self) -> bool:
        """True when the part did its work."""
        return self.status == 0


def new_marker() -> str:
    """Return a marker that no host can guess."""
    return f"wenyam-{secrets.token_hex(12)}"


def sections(output: bytes, marker: str, last: str) -> dict[str, Section]:
    """Take an output apart; MalformedReplyError when the `last` section is not there."""
    found: dict[str, Section] = {}
    name, lines = "", list[str]()
    for line in output.decode("utf-8", "replace").split("\n"):
        if not line.startswith(marker):
            lines.append(line)
            continue
        kind, section, status = (*line.split(" ")[1:], "", "", "")[:3]
        if kind == "begin":
            name, lines = section, []
        elif kind == "end" and section == name and status.isascii() and status.isdigit():
            found[name] = Section("\n".join(lines).removesuffix("\n"), int(status))
    if last not in found:
        raise MalformedReplyError("the host's answer ends early; is its shell a POSIX shell?")
    return found
