"""Being told to stop, from the first moment to the last: SIGTERM always leads out through the doors, SIGINT too."""

import asyncio
import signal
import sys
from types import FrameType


def leave_in_order() -> None:
    """Until a loop listens, let SIGTERM end the program as Ctrl+C does, so that what was opened is closed; main thread only.

    Without it, a stop between the start and the loop kills the process half way: locks and files stay as they were.
    """
    signal.signal(signal.SIGTERM, _leave)


def stop_told() -> asyncio.Event:
    """Return what is set once somebody asks the running loop's program to stop."""
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, told.set)
    return told


def _leave(_number: int, _frame: FrameType | None) -> None:
    sys.exit(0)
