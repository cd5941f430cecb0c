"""Lives of a reader of answers, each ended by SIGKILL: `reply_child.py PLACE PORT AUTHORITY PASSWORD CODES KILLS`.

What a life needs is loaded once, and every life is a fork of that.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.testing.reply_world import ReplyWorld, plan_for

LONGEST = 0.4


async def live(words: list[str], ready: int) -> None:
    """Read answers for ever."""
    place, port, authority, password, codes = words
    world = ReplyWorld(Path(place), SystemClock(), plan_for(int(port), Path(authority), Path(password)), tuple(codes.split(",")))
    os.write(ready, b"!")
    while True:
        await world.reader.turn()
        await world.clock.sleep(0.02)


def main() -> None:
    *words, kills = sys.argv[1:]
    chance = random.Random(7)
    for number in range(int(kills)):
        hears, tells = os.pipe()
        life = os.fork()
        if life == 0:
            asyncio.run(live(words, tells))
        os.close(tells)
        os.read(hears, 1)
        os.close(hears)
        time.sleep(chance.random() * LONGEST)
        os.kill(life, signal.SIGKILL)
        _, status = os.waitpid(life, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"life {number} ended by itself with {status}")


if __name__ == "__main__":
    main()
