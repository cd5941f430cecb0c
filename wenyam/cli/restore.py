"""`wenyam restore`: prove backups by restoring them, have them confirmed, and get data back when it is needed."""

import argparse
from importlib import import_module
from pathlib import Path

from wenyam.cli import restore_confirm


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    sentence = (
        "Restore into a scratch place, compare with the manifest, ask the questions. Exit codes: 0 PASS, 1 FAIL, 3 NOT TESTED."
    )
    verb = verbs.add_parser("test", help="prove a backup by restoring it", description=sentence)
    verb.add_argument("names", metavar="JOB", nargs="*", help="jobs of 'backups'")
    verb.add_argument("--all", action="store_true", help="every job; a failed one stops no other")
    verb.add_argument("--snapshot", metavar="ID", default="", help="this one (default: newest, an older one, copies take turns)")
    verb.add_argument("--from-copy", metavar="REPOSITORY", default="", help="the newest in this repository")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("confirm", help="a user representative says whether it is complete", description="Confirm a restore.")
    restore_confirm.configure(verb)
    sentence = "Get files, or a database's dump, back into a new directory; nothing that is there is ever overwritten."
    verb = verbs.add_parser("files", help="get data back", description=sentence)
    verb.add_argument("name", metavar="JOB", help="a job of 'backups'")
    verb.add_argument("--to", metavar="DIRECTORY", type=Path, required=True, help="a directory that is empty or not there yet")
    verb.add_argument("--snapshot", metavar="ID", default="", help="this one (default: the newest)")
    verb.add_argument("--from-copy", metavar="REPOSITORY", default="", help="out of this repository")
    verb.add_argument("--include", metavar="PATH", action="append", default=[], help="only this path; may be repeated")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    if arguments.verb == "confirm":
        return restore_confirm.run(arguments)
    work = import_module("wenyam.cli.restore_work")
    code: int = work.VERBS[arguments.verb](arguments)
    return code
