"""What restic says, understood: from command, exit code and stderr to the right error. Pure; texts as restic 0.14 writes them."""

import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wenyam.errors import (
    BackupError,
    HostKeyChangedError,
    NoRoomError,
    RepositoryAbsentError,
    RepositoryDamagedError,
    RepositoryError,
    RepositoryKeyError,
    RepositoryLockedError,
    RepositoryRefusedError,
    RepositoryUnreachableError,
    SourceError,
)
from wenyam.i18n.clean_text import clean

_SHOWN: Final = 3
_WIDTH: Final = 300
_EXIT_ABSENT, _EXIT_LOCKED, _EXIT_KEY = 10, 11, 12

CHATTER: Final = re.compile(
    r"^(?:using temporary cache in |created new cache in |create exclusive lock for repository|load indexes$|check all packs$"
    r"|check snapshots, trees and blobs$|found \d+ old cache directories|no parent snapshot found"
    r"|Is there a repository at the following location"
    r"|subprocess \S*ssh: *$"
    # What a killed backup leaves: packs that no index names. Harmless; prune removes them.
    r"|pack \S+: not referenced in any index$|\d+ additional files were found in the repo|This is non-critical)"
)
"""Lines that mean nothing, whatever came of the call."""
RETRY: Final = re.compile(r"^\w+\(<\S+>.*\) returned error, retrying after ")
"""One failed access that restic tried again by itself; all is well when the call ended well."""
HOPELESS: Final = re.compile(r"^Remove\(<(?P<file>[^>]+)>.*\) (?:returned error, retrying after|failed:) .*\((?:403|405)\)")
"""A server refused to remove something; restic would try it again for a quarter of an hour."""
_SAVED: Final = re.compile(r"Save\(<(?P<file>[^>]+)>.*\) returned error, retrying after .*\((?P<status>\d{3})\)")
_SERVER_FAILED: Final = "500"
_ENDED_SO: Final = re.compile(r"\((?:403|500)\)$")
_MAY_BE_FULL: Final = (
    "Its disk may be full: look there, and in the server's own log. A 403 after that is about the part it already has."
)
_MARK_IT: Final = (
    "It is append-only, which protects what it holds: say append_only: true in its configuration, and nothing is removed there. "
    "Else, check the credential's rights."
)
_STACK: Final = re.compile(r"^(?:\t|(?:github\.com|main|runtime|golang\.org)[./]|goroutine \d+)")
_LOCK: Final = re.compile(
    r"already locked(?P<exclusively> exclusively)? by PID (?P<pid>\d+) on (?P<host>\S+) by (?P<user>.+?) \(UID.*"
    r"(?:\n.*?lock was created at (?P<since>[\d: -]+)\S* \((?P<age>[\dhms.µn]+) ago\))?"
)


@dataclass(frozen=True, slots=True)
class Said:
    """How one call of a program ended and what it wrote to stderr, secrets struck out."""

    command: str
    exit_status: int
    stderr: str


@dataclass(frozen=True, slots=True)
class _Rule:
    pattern: re.Pattern[str]
    error: type[BackupError]
    hint: str | None = None


def _rule(pattern: str, error: type[BackupError], hint: str | None = None) -> _Rule:
    return _Rule(re.compile(pattern, re.IGNORECASE), error, hint)


LOCK_HINT: Final = "Wait until it is done. If no restic works there any more, on any host: restic unlock --remove-all."
_NO_KEY_ON_RECORD: Final = "Compare the fingerprint at its console, then record the key; see wenyam hostkey."
_RULES: Final = (
    _rule(r"no space left on device|disk quota exceeded|\(507\)|507 Insufficient", NoRoomError),
    _rule(r"wrong password or no key found", RepositoryKeyError),
    _rule(
        r"host key for \S+ has changed|REMOTE HOST IDENTIFICATION HAS CHANGED", RepositoryRefusedError, HostKeyChangedError.hint
    ),
    _rule(r"host key is known for|host key verification failed", RepositoryRefusedError, _NO_KEY_ON_RECORD),
    _rule(
        r"permission denied \((?:publickey|password|keyboard)",
        RepositoryRefusedError,
        "Is the key the right one, and known there?",
    ),
    _rule(
        r"\((?:401|403)\)|401 Unauthorized|403 Forbidden|AccessDenied|InvalidAccessKeyId|SignatureDoesNotMatch",
        RepositoryRefusedError,
        "Check the credential.",
    ),
    _rule(
        r"x509: |tls: (?:failed|bad|unknown|handshake)",
        RepositoryRefusedError,
        "Renew the certificate, or name its authority in 'authority'.",
    ),
    _rule(
        r"connection refused|no route to host|network is unreachable|no such host|could not resolve|i/o timeout"
        r"|connection timed out|connection reset|broken pipe|connection closed|connection lost|unable to start the sftp session"
        r"|HTTP response to HTTPS|TLS handshake|(?<!ReadFull: )unexpected EOF|subsystem request failed",
        RepositoryUnreachableError,
    ),
    _rule(r"does not exist, skipping|all target directories/files do not exist", SourceError),
    _rule(
        r"repository contains errors|pack ID does not match|ciphertext verification failed|not found in repository"
        r"|invalid data returned|could not load snapshot|pack \S+: does not exist"
        r"|(?:ReadFull|Load|StreamPack)\W.*(?:no such file|not exist)"
        # A file that ends too soon, after all of restic's own tries: a silent server would have said something else by then.
        r"|ReadFull\S*: (?:unexpected )?EOF"
        r"|^panic: |^error for tree|decrypting blob",
        RepositoryDamagedError,
    ),
    _rule(r"unable to open config file|repository does not exist", RepositoryAbsentError),
    _rule(r"permission denied", RepositoryRefusedError, "May this account read and write there?"),
)


def failure(place: str, said: Said) -> BackupError | None:
    """Return the error that a call came to; None when it ended well and everything it said is known to be harmless."""
    lines = complaints(said)
    if said.exit_status == 0 and all(RETRY.match(line) for line in lines):
        return None
    for judge in (_locked, _by_exit_code, _source, _not_removed, _half_taken, _by_words):
        error = judge(place, said, lines)
        if error is not None:
            return error
    return _other(place, said, lines)


def complaints(said: Said) -> tuple[str, ...]:
    """Return what was said, without chatter and stack traces, each line cleaned."""
    lines = (line for line in said.stderr.replace("\x1b[2K", "").splitlines() if line.strip())
    return tuple(
        clean(line.removeprefix("Fatal: "), _WIDTH) for line in lines if not CHATTER.match(line) and not _STACK.match(line)
    )


def first_words(said: Said) -> str:
    """Return the first line worth showing."""
    lines = complaints(said)
    return lines[0] if lines else f"it ended with status {said.exit_status}"


def _locked(place: str, said: Said, lines: Sequence[str]) -> BackupError | None:
    found = _LOCK.search(said.stderr)
    if found is not None:
        since = f" since {found['since'].strip()} ({found['age']} ago)" if found["since"] else ""
        how = "exclusively " if found["exclusively"] else ""
        user, host = clean(found["user"], 40), clean(found["host"], 80)
        return RepositoryLockedError(f"{place}: {how}by process {found['pid']} of {user} on {host}{since}", hint=LOCK_HINT)
    return RepositoryLockedError(f"{place}: {_shown(lines)}", hint=LOCK_HINT) if said.exit_status == _EXIT_LOCKED else None


def _by_exit_code(place: str, said: Said, lines: Sequence[str]) -> BackupError | None:
    kinds: dict[int, type[RepositoryError]] = {_EXIT_ABSENT: RepositoryAbsentError, _EXIT_KEY: RepositoryKeyError}
    kind = kinds.get(said.exit_status)
    return None if kind is None else kind(f"{place}: {_shown(lines)}")


def _source(_: str, said: Said, lines: Sequence[str]) -> BackupError | None:
    """Name the files that a backup could not read; an error at the root without a reason is one of the repository itself."""
    if said.command != "backup":
        return None
    unreadable = dict.fromkeys(_unreadable(said.stderr))
    if not unreadable:
        return None
    named = [words for item, words in unreadable if item != "/"]
    return SourceError(_shown(named)) if named else RepositoryDamagedError(f"what it holds of the last backup: {_shown(lines)}")


def _unreadable(stderr: str) -> Iterator[tuple[str, str]]:
    for line in stderr.splitlines():
        message = _object(line)
        if message.get("message_type") == "error":
            item = str(message.get("item", ""))
            yield item, clean(f"{item}: {_reason(message.get('error'))}", _WIDTH)


def _reason(error: Any) -> str:
    """Say why: restic 0.14 gives an error number or nothing, newer ones words."""
    known = error if isinstance(error, dict) else {}
    if isinstance(known.get("Err"), int):
        return os.strerror(known["Err"]).lower()
    return str(known.get("message") or "could not be read")


def _object(line: str) -> dict[str, Any]:
    if not line.startswith("{"):
        return {}
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _not_removed(place: str, _: Said, lines: Sequence[str]) -> BackupError | None:
    refused = next((found for line in lines if (found := HOPELESS.match(line))), None)
    if refused is None:
        return None
    return RepositoryRefusedError(f"{place}: the server does not let us remove {refused['file']}", hint=_MARK_IT)


def _half_taken(place: str, _: Said, lines: Sequence[str]) -> BackupError | None:
    """Tell a server that failed in the middle of a file from one that refuses the login from the first word on.

    Measured with `rclone serve restic` on a full disk: 500 for the file, and with --append-only 403 from then on, because the
    part that was taken may not be written over. It does not say that the disk is full, so nor do we; but it is where to look.
    """
    answers: dict[str, list[str]] = {}
    for line in lines:
        found = _SAVED.match(line)
        if found is not None:
            answers.setdefault(found["file"], []).append(found["status"])
    failed = [file for file, said in answers.items() if said[0] == _SERVER_FAILED]
    telling = [line for line in lines if not RETRY.match(line)]
    if not failed or not all(_ENDED_SO.search(line) for line in telling):
        return None
    return RepositoryError(f"{place}: the server failed while it took {failed[0]}: {_shown(lines)}", hint=_MAY_BE_FULL)


def _by_words(place: str, _: Said, lines: Sequence[str]) -> BackupError | None:
    for rule in _RULES:
        fitting = [line for line in lines if rule.pattern.search(line)]
        if fitting:
            return rule.error(f"{place}: {_shown(fitting)}", hint=rule.hint)
    return None


def _other(place: str, said: Said, lines: Sequence[str]) -> BackupError:
    how = "ended well, but said" if said.exit_status == 0 else f"ended with status {said.exit_status}"
    return RepositoryError(f"{place}: restic {said.command} {how}: {_shown(lines)}")


def _shown(lines: Sequence[str]) -> str:
    """Return the first few different lines; retries are shown only when there is nothing else."""
    telling = [line for line in lines if not RETRY.match(line)] or list(lines)
    different = list(dict.fromkeys(telling))
    more = f" (and {len(different) - _SHOWN} more)" if len(different) > _SHOWN else ""
    return ("; ".join(different[:_SHOWN]) or "it said nothing") + more
