"""`wenyam init`: write a commented starter configuration."""

import argparse
import json
import sys
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("folder", nargs="?", type=Path, metavar="FOLDER", help="where to write (default: the --config folder)")
    parser.add_argument("--json", action="store_true", help="versioned data instead of lines")


def run(arguments: argparse.Namespace) -> int:
    """Write the files and print their paths; nothing is overwritten."""
    from wenyam.settings.starter import write_starter  # noqa: PLC0415  # loaded for this verb only

    folder: Path = arguments.folder or arguments.config
    written = [str(path) for path in write_starter(folder)]
    if arguments.json:
        print(json.dumps({"version": 1, "folder": str(folder), "written": written}))
        return 0
    print(*written, sep="\n")
    print(f"next: edit them, then 'wenyam config check {folder}'", file=sys.stderr)
    return 0
