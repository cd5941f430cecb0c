"""`wenyam` with a gauge in its event loop: `python -m wenyam.testing.bench.gauged FILE WORDS`, the words as for `wenyam`."""

import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from wenyam.cli.main import main as wenyam
from wenyam.testing.bench.lateness import GaugedPolicy, Lateness


def main(words: Sequence[str]) -> int:
    """Run a verb; how late its event loops are is counted in the file."""
    asyncio.set_event_loop_policy(GaugedPolicy(Lateness(Path(words[0]))))
    return wenyam(list(words[1:]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
