"""Lives of an alert service, each ended by SIGKILL at a random moment: `python alerts_killed_child.py FOLDER KILLS SEED`.

What a life needs is loaded once, and every life is a fork of that, so that hundreds take a minute. After the kills a last one
runs until nothing waits any more.
"""

import asyncio
import os
import random
import signal
import sys
import time
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.model.states import State
from wenyam.settings.loader import load
from wenyam.testing.alert_house import AlertHouse

SHORTEST, LONGEST = 0.02, 0.3
SETTLED_SHARE, RAISED_SHARE = 0.8, 0.4
"""Share of the lives that are killed at work, and that have raised something by then; others may be killed while they start."""
SETTLING_SECONDS = 60.0
DEVICES = 30


async def live(folder: Path, chance: random.Random, seconds: float, ready: int | None = None) -> None:
    """Let devices come and go; with no seconds, bring all up and wait until everything was told."""
    async with AlertHouse(load(folder), SystemClock()) as house:
        if ready is not None:
            os.write(ready, b"!")
        working = asyncio.create_task(house.service.run_loop())
        before = len(house.service.outbox.known)
        deadline = time.monotonic() + (seconds or SETTLING_SECONDS)
        if not seconds:
            for number in range(DEVICES):
                house.see(f"d{number}", State.UP)
        while time.monotonic() < deadline:
            if seconds:
                house.see(f"d{chance.randrange(DEVICES)}", chance.choice((State.UP, State.DOWN)), "as it happens")
            await house.journal.flush()
            await asyncio.sleep(0.01)
            if ready is not None and len(house.service.outbox.known) > before:
                os.write(ready, b"!")
                ready = None
            if not seconds and await caught_up(house):
                break
        working.cancel()
        await asyncio.wait({working})


async def caught_up(house: AlertHouse) -> bool:
    """Tell whether every row was taken in and nothing waits to be written or sent."""
    while await house.service.turn():
        pass
    return not house.service.outbox.pending and not house.service.behind


def main() -> None:
    folder, kills, seed = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    chance = random.Random(seed)
    asyncio.run(live(folder, chance, 0.3))  # loads what every life needs
    for number in range(kills):
        hears, tells = os.pipe()
        life = os.fork()
        if life == 0:
            asyncio.run(live(folder, random.Random(seed + number), 30.0, tells))
            os._exit(1)  # it should have been killed long before
        os.close(tells)
        lot = chance.random()
        for _ in range((lot < SETTLED_SHARE) + (lot < RAISED_SHARE)):
            os.read(hears, 1)  # however busy the machine is, most lives get to work; an end of file is looked at below
        os.close(hears)
        time.sleep(chance.uniform(SHORTEST, LONGEST))
        os.kill(life, signal.SIGKILL)
        _, status = os.waitpid(life, 0)
        if not os.WIFSIGNALED(status):
            sys.exit(f"life {number} ended by itself with {status}")
    asyncio.run(live(folder, chance, 0.0))


if __name__ == "__main__":
    main()
