"""`python -m wenyam` is the `wenyam` command."""

from wenyam.cli.main import run

run()
