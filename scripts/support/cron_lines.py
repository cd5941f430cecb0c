"""Writes /etc/cron.d/wenyam and timer units into a directory, from a schedule file and the jobs of a configuration.

With a schedule file alone it needs only Python and this repository; to read a configuration, the installed programs' Python.
"""

import sys
from pathlib import Path

from wenyam.errors import WenyamError
from wenyam.operations import cron_file


def main(source: Path, target: Path, configuration: Path | None = None) -> None:
    """Write `cron` and one file for each timer; what the file says of a job goes before what the configuration says."""
    jobs = (configured(configuration) if configuration is not None else {}) | cron_file.read_schedules(source)
    zone = cron_file.system_zone()
    target.joinpath("cron").write_text(cron_file.cron_file(jobs, zone), encoding="utf-8")
    for name, text in cron_file.timer_units(jobs).items():
        target.joinpath(name).write_text(text, encoding="utf-8")


def configured(folder: Path) -> cron_file.Schedules:
    """Return the schedules of a configuration's own jobs; ConfigurationError with every problem it has."""
    from wenyam.settings.loader import load  # noqa: PLC0415  # needs libraries, which only the installed programs have

    return cron_file.schedules_of(load(folder))


if __name__ == "__main__":
    try:
        main(*(Path(argument) for argument in sys.argv[1:]))
    except WenyamError as error:
        sys.exit(str(error))
