"""A run of the calendar is this program again, as a process of its own."""

import os
import sys
from pathlib import Path

from wenyam.engine.calendar_runs import Ended
from wenyam.links.programs import run_program

OUTPUT_LIMIT = 16 * 1024 * 1024


def own_command() -> str:
    """Return the path of the `wenyam` command installed beside this Python."""
    return str(Path(sys.executable).parent / "wenyam")


class OwnProgram:
    """Starts `wenyam --config FOLDER …` with our own environment, without a shell."""

    def __init__(self, folder: Path) -> None:
        """Take the configuration folder."""
        self._folder = folder

    async def __call__(self, arguments: tuple[str, ...], limit: float) -> Ended:
        """Run it to its end; NoAnswerError after `limit` seconds, CommandFailedError when it cannot be started."""
        # It is ourselves again, so it may know what we know: `env:` secrets and systemd's credentials among it.
        completed = await run_program(
            [own_command(), "--config", str(self._folder), *arguments],
            timeout=limit,
            environment=dict(os.environ),
            output_limit=OUTPUT_LIMIT,
        )
        said = (completed.stderr or completed.stdout).strip().splitlines()
        return Ended(completed.exit_status, said[-1].decode("utf-8", "replace") if said else "")
