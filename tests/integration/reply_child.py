"""A process that reads answers until it is killed: `reply_child.py PLACE PORT AUTHORITY PASSWORD CODES`."""

import asyncio
import sys
from pathlib import Path

from wenyam.clock import SystemClock
from wenyam.testing.reply_world import ReplyWorld, plan_for


async def main() -> None:
    place, port, authority, password, codes = sys.argv[1:]
    world = ReplyWorld(Path(place), SystemClock(), plan_for(int(port), Path(authority), Path(password)), tuple(codes.split(",")))
    sys.stdout.write("reading\n")
    sys.stdout.flush()
    while True:
        await world.reader.turn()
        await world.clock.sleep(0.02)


asyncio.run(main())
