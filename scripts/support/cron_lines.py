"""Writes /etc/cron.d/wenyam and timer units from a schedule file into a directory; needs only Python and this repository."""

import sys
from pathlib import Path

from wenyam.errors import WenyamError
from wenyam.operations import cron_file


def main(source: Path, target: Path) -> None:
    """Write `cron` and one file for each timer."""
    jobs = cron_file.read_schedules(source)
    zone = cron_file.system_zone()
    target.joinpath("cron").write_text(cron_file.cron_file(jobs, zone), encoding="utf-8")
    for name, text in cron_file.timer_units(jobs).items():
        target.joinpath(name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    try:
        main(Path(sys.argv[1]), Path(sys.argv[2]))
    except WenyamError as error:
        sys.exit(str(error))
