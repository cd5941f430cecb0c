"""Asks the kernel whether anything keeps its clock in step: adjtimex(2), which needs no right when it only reads."""

import ctypes
import errno
import os
from dataclasses import dataclass

_STRUCTURE_BYTES = 256
"""struct timex takes 208 on 64-bit Linux."""
_MODES, _STATUS_AT, _MAXERROR_AT = 0, 40, 24
_STA_UNSYNC = 0x0040


@dataclass(frozen=True, slots=True)
class KernelClock:
    """What the kernel thinks of its clock."""

    in_step: bool
    maximum_error: float
    """Seconds by which it may be wrong at most."""


def kernel_clock() -> KernelClock:
    """Return the kernel's opinion; OSError where it is not asked (another libc or kernel)."""
    buffer = ctypes.create_string_buffer(_STRUCTURE_BYTES)
    if ctypes.sizeof(ctypes.c_long) != ctypes.sizeof(ctypes.c_int64):
        raise OSError(errno.ENOSYS, os.strerror(errno.ENOSYS))
    library = ctypes.CDLL(None, use_errno=True)
    if library.adjtimex(buffer) < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    status = ctypes.c_int.from_buffer(buffer, _STATUS_AT).value
    error = ctypes.c_long.from_buffer(buffer, _MAXERROR_AT).value
    return KernelClock(not status & _STA_UNSYNC, error / 1_000_000)
