"""Secrets in configurations, covered by keyed digests: a changed secret shows as changed, and nothing can be read back. Pure.

A line is covered from the first word that announces a secret to its end, because what stands there (quoted, with spaces, in the
manner of some version) is not known well enough to be cut out; a change of the covered part still shows.
"""

import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from wenyam.i18n.clean_text import clean

Cover = Callable[[str], str]
COVERED: Final = re.compile(r"<secret(?: [0-9a-f]{16})?>")
_DIGITS: Final = 16
_LONGEST: Final = 4000

_ALWAYS: Final = r"[\w-]*(?:password|passwd|passphrase|passcode|pwd|secret|psk|phash|apikey|private-key)[\w-]*"
_ALONE: Final = (
    r"key|keys|[\w-]+-keys?|key-string|[\w-]+-key-[\w-]+|md5|sha\d*|hmac-[\w-]+|cipher|ciphertext|irreversible-cipher|simple|plain"
    r"|encrypted|hash|hashed|[\w-]*token|credentials?|bind-pw|wep\w*|pin|otp"
)
_ANNOUNCED: Final = re.compile(
    rf'(?i)^(?P<kept>.*?(?<![\w-])(?:{_ALWAYS}|{_ALONE})(?:\s*[=:]\s*|\s+|(?=")))(?P<secret>\S.*?)(?P<closing>\s*[{{;]?\s*)$'
)
_COMMUNITY: Final = re.compile(
    r'(?i)^(?P<kept>.*?(?<![\w-])[\w-]*community[\w-]*(?:\s*[=:]\s*|\s+|(?=")))(?P<secret>\S.*?)(?P<closing>\s*[{;]?\s*)$'
)
_ROUTING: Final = re.compile(
    r"(?i).*\b(?:ext|large-)?community-list\b.*|\s*match (?:ext|large-)?community .*"
    r"|.*\b(?:send-|ext|large-|ext-)?community"
    r"(?:\s+(?:\d+:\d+(?::\d+)?|both|all|standard|extended|large|add(?:itive)?|none|no-export|no-advertise|local-as|internet|rt|soo))*"
)
"""Communities of BGP, which are no secret."""
_IN_SNMP: Final = re.compile(
    r"(?i)^(?P<kept>(?:.*\bsnmp\S*\s.*\b(?:host|target-host|trap-?receiver|trap-?target)\s+\S+\s+"
    r"|.*\bsnmp\S*\s.*(?<![\w-])(?:auth|priv|user-?name|securityname|name)\s+))(?P<secret>\S.*?)(?P<closing>\s*)$"
)
_UNDER_SNMP: Final = re.compile(r'(?i)^(?P<kept>.*(?<![\w-])name[ =]"?)(?P<secret>\S.*?)(?P<closing>\s*)$')
_POSITION: Final = re.compile(
    r"(?i)^(?P<kept>.*\b(?:standby|vrrp|glbp|hsrp|nhrp)\b.*\bauthentication\s+|(?:configure|create)\s+account\s+\S+\s+)"
    r"(?P<secret>\S.*?)(?P<closing>\s*)$"
)
_SHAPES: Final = re.compile(
    r"\$(?:\d\w?|2[aby]|[a-z]|sha\d+|scrypt)\$[^\s\";]+"  # crypt(3), Cisco, Junos, Comware
    r"|%\^%#.*?%\^%#|%@%@.*?%@%@|%\$%\$.*?%\$%\$"  # VRP
    r"|\bENC \S+|-AQ==\S+|\bAQB[\w+/=]{12,}"  # FortiOS, PAN-OS, AOS-CX
    r"|(?<=://)[^/\s@]+(?=@)"  # a login in an address
)
_BEGIN: Final = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY")
_END: Final = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY")


def masked(text: str, key: bytes) -> str:
    """Return a configuration whose secrets are `<secret DIGEST>`, as printable lines with their indentation."""
    return "\n".join(_printable(line) for line in _covered(text.split("\n"), partial(_keyed, key)))


def hidden(line: str) -> str:
    """Return one line, its secrets replaced by `<secret>`: for sentences."""
    return next(_covered([line], lambda _: "<secret>"))


def _covered(lines: Iterable[str], cover: Cover) -> Iterator[str]:
    stanza = section = ""
    block: list[str] | None = None
    for line in lines:
        if block is not None or _BEGIN.search(line):
            block = [*(block or []), line]
            if _END.search(line):
                yield f"{_indentation(line)}{cover(chr(10).join(block))}"
                block = None
            continue
        if line.startswith("/"):  # RouterOS: what follows is not indented
            section = line
        if line[:1].strip():
            stanza = line
        yield _line(line, cover, under_snmp="snmp" in f"{section} {stanza}".lower())
    if block is not None:  # its end never came
        yield cover("\n".join(block))


def _line(line: str, cover: Cover, *, under_snmp: bool) -> str:
    """Cover from the leftmost announced secret on; then whatever looks like one before it."""
    rules = [_ANNOUNCED, _POSITION, _IN_SNMP]
    if under_snmp or "snmp" in line.lower() or not _ROUTING.fullmatch(line):
        rules.append(_COMMUNITY)
    if under_snmp:
        rules.append(_UNDER_SNMP)
    found = [match for rule in rules if (match := rule.match(line))]
    if not found:
        return _SHAPES.sub(lambda shape: cover(shape[0]), line)
    first = min(found, key=lambda match: match.start("secret"))
    kept = _SHAPES.sub(lambda shape: cover(shape[0]), first["kept"])
    # The words before are part of the digest, so that equal secrets in two places do not show as equal.
    covered = cover(first["kept"] + first["secret"])
    return f"{kept}{covered}{first['closing']}"


def _keyed(key: bytes, secret: str) -> str:
    digest = hmac.digest(key, secret.encode("utf-8", "surrogateescape"), hashlib.sha256)
    return f"<secret {digest.hex()[:_DIGITS]}>"


def _indentation(line: str) -> str:
    return line[: len(line) - len(line.lstrip(" \t"))].replace("\t", "    ")


def _printable(line: str) -> str:
    shown = line.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return _indentation(shown) + clean(shown, _LONGEST)
