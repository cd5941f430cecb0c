"""Every text here was written by restic 0.14 or by OpenSSH for a fault that was caused on purpose; paths are shortened."""

import pytest

from wenyam.backup.repositories.complaints import Said, complaints, failure
from wenyam.errors import (
    BackupError,
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

PACK = "ba000592c71baa4112a89fcc797b03707fbe101fcf134f8259087679cecadaf9"
ABSENT = (
    "Fatal: unable to open config file: stat /srv/none/config: no such file or directory\n"
    "Is there a repository at the following location?\n/srv/none\n"
)
LOCKED = (
    "unable to create lock in backend: repository is already locked exclusively by PID 4958 on vm by root (UID 0, GID 0)\n"
    "lock was created at 2026-11-26 16:55:20 (30.001133172s ago)\nstorage ID 0979d59e\n"
    "the `unlock` command can be used to remove stale locks\n"
)
NO_ROOM = f"Fatal: unable to save snapshot: write /srv/r/data/2a/{PACK}-tmp-923910393: no space left on device\n"
LOST_PACK = (
    f"Load(<data/ba000592c7>, 3000542, 0) returned error, retrying after 507.606314ms: open r/data/ba/{PACK}: no such file or"
    f" directory\nignoring error for /data/certificate 401 MAC: StreamPack: open r/data/ba/{PACK}: no such file or directory\n"
    "Fatal: There were 20 errors\n\n"
)
CHANGED_KEY = (
    "subprocess /usr/bin/ssh: @    WARNING: REMOTE HOST IDENTIFICATION HAS CHANGED!     @\n"
    "subprocess /usr/bin/ssh: Host key for [127.0.0.1]:56871 has changed and you have requested strict checking.\n"
    "subprocess /usr/bin/ssh: Host key verification failed.\n"
    "Fatal: unable to open repository at sftp://root@127.0.0.1:56871//r: unable to start the sftp session, error: EOF\n"
)
UNREADABLE = (
    '{"message_type":"error","error":{"Op":"open","Path":"pub/closed","Err":13},"during":"archival","item":"/pub/closed"}\n'
    '{"message_type":"error","error":{},"during":"scan","item":"/pub/shut"}\n'
    '{"message_type":"error","error":{},"during":"archival","item":"/pub/shut"}\n'
    "Warning: at least one source file could not be read\n"
)
NO_INDEX = (
    '{"message_type":"error","error":{},"during":"archival","item":"/"}\nWarning: at least one source file could not be read\n'
)
REFUSED = "Remove(<snapshot/9338e8a21d>) returned error, retrying after 552.33ms: blob not removed: 403 Forbidden (403)\n"
REFUSED_BY_18 = "Remove(<snapshot/f338cc9ef7>) failed: unexpected HTTP response (403): 403 Forbidden\n"
TAKING = "Save(<data/09e6fdcfe7>) returned error, retrying after 552.33ms: server response unexpected: {0} (500)\n"
HALF_TAKEN = (
    TAKING.format("500 Internal Server Error")
    + TAKING.replace("500", "403").format("403 Forbidden")
    + "Fatal: unable to save snapshot: server response unexpected: 403 Forbidden (403)\n"
)
GONE_MEANWHILE = TAKING.format("500 Internal Server Error") + "Fatal: dial tcp h:1: connect: connection refused\n"
NEVER_TAKEN = HALF_TAKEN.replace("500 Internal Server Error (500)", "403 Forbidden (403)")
PANIC = (
    "panic: runtime error: slice bounds out of range [16:2]\n\ngoroutine 1 [running]:\n"
    "github.com/restic/restic/internal/repository.(*Repository).LoadUnpacked(0xc0001e0000)\n\tgithub.com/x.go:206 +0x674\n"
)
NO_LOGIN = "Fatal: unable to open config file: unexpected HTTP response (401): 401 Unauthorized\n"
NO_SERVER = 'Fatal: unable to open config file: Head "http://u:***@h:1/config": dial tcp h:1: connect: connection refused\n'
ENDED_SFTP = "Fatal: unable to open repository at sftp://root@h//r: unable to start the sftp session, error: EOF\n"
LEFT_OVER = (
    f"pack {PACK}: not referenced in any index\n"
    "2 additional files were found in the repo, which likely contain duplicate data.\n"
    "This is non-critical, you can run `restic prune` to correct this.\n"
)
BROKEN_SNAPSHOT = "could not load snapshot 426ec5db: load <snapshot/426ec5dbdd>: invalid data returned\n"


@pytest.mark.parametrize(
    ("command", "status", "text", "error", "words"),
    [
        ("snapshots", 1, ABSENT, RepositoryAbsentError, "unable to open config file"),
        ("snapshots", 10, "Fatal: something newer\n", RepositoryAbsentError, "something newer"),
        ("cat", 1, "Fatal: wrong password or no key found\n", RepositoryKeyError, "wrong password"),
        ("cat", 12, "Fatal: something newer\n", RepositoryKeyError, "something newer"),
        ("check", 1, LOCKED, RepositoryLockedError, "exclusively by process 4958 of root on vm since 2026-11-26 16:55:20 (30.00"),
        ("check", 11, "Fatal: something newer\n", RepositoryLockedError, "something newer"),
        ("backup", 1, NO_ROOM, NoRoomError, "no space left on device"),
        ("restore", 1, LOST_PACK, RepositoryDamagedError, f"StreamPack: open r/data/ba/{PACK}: no such file"),
        ("restore", 1, "ignoring error for /a: ciphertext verification failed\n", RepositoryDamagedError, "/a: ciphertext"),
        (
            "restore",
            1,
            "ignoring error for /: ReadFull(<data/7fca15116e>): EOF\nThere were 2 errors\n",
            RepositoryDamagedError,
            "EOF",
        ),
        ("check", 1, f"pack {PACK} failed to download: StreamPack: ReadFull: unexpected EOF\n", RepositoryDamagedError, "EOF"),
        (
            "check",
            1,
            "StreamPack: ReadFull: unexpected EOF\ndial tcp: connection refused\n",
            RepositoryUnreachableError,
            "refused",
        ),
        (
            "check",
            1,
            f"Pack ID does not match, want {PACK}, got eb97\nFatal: repository contains errors\n",
            RepositoryDamagedError,
            PACK,
        ),
        (
            "check",
            1,
            f"pack {PACK}: does not exist\nFatal: repository contains errors\n",
            RepositoryDamagedError,
            "does not exist",
        ),
        ("snapshots", 0, BROKEN_SNAPSHOT, RepositoryDamagedError, "could not load snapshot 426ec5db"),
        ("snapshots", 2, PANIC, RepositoryDamagedError, "panic: runtime error: slice bounds out of range [16:2]"),
        ("snapshots", 1, CHANGED_KEY, RepositoryRefusedError, "has changed"),
        ("sftp", 255, "root@127.0.0.1: Permission denied (publickey).\n", RepositoryRefusedError, "Permission denied"),
        ("snapshots", 1, NO_LOGIN, RepositoryRefusedError, "401 Unauthorized"),
        ("forget", -9, REFUSED, RepositoryRefusedError, "does not let us remove snapshot/9338e8a21d"),
        ("forget", 1, REFUSED_BY_18, RepositoryRefusedError, "does not let us remove snapshot/f338cc9ef7"),
        ("backup", 1, HALF_TAKEN, RepositoryError, "the server failed while it took data/09e6fdcfe7: unable to save snapshot"),
        ("backup", 1, GONE_MEANWHILE, RepositoryUnreachableError, "connection refused"),
        ("backup", 1, NEVER_TAKEN, RepositoryRefusedError, "403 Forbidden"),
        ("snapshots", 1, NO_SERVER, RepositoryUnreachableError, "connection refused"),
        ("snapshots", 1, ENDED_SFTP, RepositoryUnreachableError, "unable to start the sftp session"),
        ("backup", 3, UNREADABLE, SourceError, "/pub/closed: permission denied; /pub/shut: could not be read"),
        ("backup", 3, NO_INDEX, RepositoryDamagedError, "at least one source file could not be read"),
        ("backup", 0, "/srv/missing does not exist, skipping\n", SourceError, "/srv/missing does not exist"),
        ("copy", 0, 'Ignoring "deadbeef": no matching ID found\n', RepositoryError, "restic copy ended well, but said: Ignoring"),
        ("prune", 7, "", RepositoryError, "restic prune ended with status 7: it said nothing"),
        ("prune", -11, "", RepositoryError, "ended with status -11"),
    ],
)
def test_each_text_becomes_the_right_error(command: str, status: int, text: str, error: type[BackupError], words: str) -> None:
    found = failure("first", Said(command, status, text))
    assert type(found) is error
    assert words in str(found)
    assert "\n" not in str(found)
    assert "github.com" not in str(found)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "using temporary cache in /var/cache/restic-check-cache-363349810\n",
        LEFT_OVER,
    ],
)
def test_chatter_is_no_complaint(text: str) -> None:
    said = Said("check", 0, text)
    assert failure("first", said) is None
    assert complaints(said) == ()


def test_what_restic_tried_again_with_success_is_kept_as_a_complaint() -> None:
    said = Said("backup", 0, "Save(<data/ba000592c7>) returned error, retrying after 552.330144ms: connection reset by peer\n")
    assert failure("first", said) is None
    assert len(complaints(said)) == 1


def test_a_newer_restic_gives_its_reasons_in_words() -> None:
    text = '{"message_type":"error","error":{"message":"read /a: i/o error"},"during":"archival","item":"/a"}\n'
    assert "/a: read /a: i/o error" in str(failure("first", Said("backup", 3, text)))


def test_hostile_names_are_shown_clean_and_many_lines_are_counted() -> None:
    text = "".join(f"ignoring error for /x{number}\x1b[31m: ciphertext verification failed\n" for number in range(9))
    shown = str(failure("first", Said("restore", 1, text)))
    assert "\x1b" not in shown
    assert "(and 6 more)" in shown
    item = '{"message_type":"error","error":{},"during":"archival","item":"/a\\u001b[31m\\n/b"}\n'
    assert "/a /b: could not be read" in str(failure("first", Said("backup", 3, item)))


def test_what_looks_like_json_and_is_none_is_shown_as_it_is() -> None:
    assert "{rubbish" in str(failure("first", Said("backup", 1, "{rubbish\n[1]\n")))
