"""Prepares each argument as a state directory where making set-group-id directories is forbidden, as by RestrictSUIDSGID=."""

import ctypes
import platform
import struct
import sys
from pathlib import Path

from wenyam.errors import StoreError
from wenyam.store.files import prepare_directory, share_directory

MKDIR = {"x86_64": ((83, 1), (258, 2)), "aarch64": ((34, 2),)}[platform.machine()]
"""Numbers of mkdir(2) and mkdirat(2), and which argument is the mode."""
LOAD, EQUAL, MASK, RETURN = 0x20, 0x15, 0x45, 0x06  # <linux/bpf_common.h>
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO | EPERM
NO_NEW_PRIVILEGES, SECCOMP, FILTER = 38, 22, 2


def program() -> bytes:
    """Return the filter: any of these calls with the set-group-id bit in its mode fails with EPERM."""
    steps: list[tuple[int, int, int, int]] = []
    for number, argument in MKDIR:
        steps += [
            (LOAD, 0, 0, 0),
            (EQUAL, 0, 3, number),
            (LOAD, 0, 0, 16 + 8 * argument),
            (MASK, 0, 1, 0o2000),
            (RETURN, 0, 0, REFUSE),
        ]
    steps.append((RETURN, 0, 0, ALLOW))
    return b"".join(struct.pack("HBBI", *step) for step in steps)


def forbid() -> None:
    """Install the filter for the rest of this process."""
    code = ctypes.create_string_buffer(program(), len(program()))
    head = struct.pack("HxxxxxxP", len(program()) // 8, ctypes.addressof(code))
    library = ctypes.CDLL(None, use_errno=True)
    for words in ((NO_NEW_PRIVILEGES, 1, 0, 0, 0), (SECCOMP, FILTER, ctypes.create_string_buffer(head, len(head)), 0, 0)):
        if library.prctl(*words):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    forbid()
    for name in sys.argv[1:]:
        try:
            prepare_directory(Path(name))
            share_directory(Path(name) / "reports")
        except StoreError as error:
            sys.stdout.write(f"{error.sentence}\n")
        else:
            sys.stdout.write("good\n")
