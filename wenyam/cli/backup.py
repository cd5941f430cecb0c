"""`wenyam backup`: make backups, see what there is, check and prune repositories, explain sizes, prepare the sealed envelope."""

import argparse
from importlib import import_module

from wenyam.cli import backup_escrow
from wenyam.model.backup import MOST_PARTS

_LOOKING = ("status", "list", "diff")
"""They open no repository and need a screen; a run under cron need not wait for that."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _configure_run(verbs)
    _configure_looking(verbs)
    _configure_repositories(verbs)
    verb = verbs.add_parser("accept-size", help="say why the size of a backup is right", description="Explain a size anomaly.")
    verb.add_argument("name", metavar="JOB", help="a job of 'backups'")
    verb.add_argument("--reason", metavar="TEXT", required=True, help="why; it goes on record and sets the new normal")
    verb = verbs.add_parser("diff", help="what changed in a network configuration", description="Compare two masked copies.")
    verb.add_argument("name", metavar="JOB", help="a job whose source is network_config")
    verb.add_argument("older", metavar="FROM", nargs="?", help="date or name of a copy (default: the one before the newest)")
    verb.add_argument("newer", metavar="TO", nargs="?", help="date or name of a copy (default: the newest)")
    verb = verbs.add_parser(
        "escrow", help="what belongs in the sealed envelope", description="Write or prove the sealed envelope."
    )
    backup_escrow.configure(verb)


def _configure_run(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    sentence = "Make backups; what is due is made once, whoever starts it. Exit code 3: stored, but incomplete."
    verb = verbs.add_parser("run", help="make backups", description=sentence)
    verb.add_argument("names", metavar="JOB", nargs="*", help="jobs of 'backups'")
    verb.add_argument("--all", action="store_true", help="every job; a failed one stops no other")
    verb.add_argument("--plan", action="store_true", help="only say what would be done")
    verb.add_argument("--again", action="store_true", help="even if the due run is made or under way")
    verb.add_argument("--claimed", action="store_true", help=argparse.SUPPRESS)
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def _configure_looking(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("status", help="every job: last success, size, last proven restore, copies; what is not covered")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("list", help="the backups of one job", description="List the backups of a job, newest first.")
    verb.add_argument("name", metavar="JOB", help="a job of 'backups'")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def _configure_repositories(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("init", help="make a repository", description="Make repositories that are not there yet.")
    verb.add_argument("names", metavar="REPOSITORY", nargs="*", help="repositories (default: all)")
    sentence = "Check the structure of a repository and read the next part of its data, so that every pack is read in turn."
    verb = verbs.add_parser("verify", help="check a repository", description=sentence)
    verb.add_argument("name", metavar="REPOSITORY", help="a repository")
    verb.add_argument("--parts", type=_parts, metavar="N", help="in how many turns all data is read (default: the repository's)")
    verb.add_argument("--structure-only", action="store_true", help="read no data; finds no flipped byte")
    verb.add_argument(
        "--gone", metavar="REASON", default="", help="say why backups on record are no longer there; it goes on record"
    )
    verb = verbs.add_parser("prune", help="remove what the rules no longer keep", description="Show, then remove.")
    verb.add_argument("names", metavar="JOB", nargs="*", help="jobs (default: all)")
    verb.add_argument("--plan", action="store_true", help="only show what would go and why the rest stays")


def _parts(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_PARTS:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number from 1 to {MOST_PARTS}")
    return int(text)


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    if arguments.verb == "escrow":
        return backup_escrow.run(arguments)
    work = import_module(f"wenyam.cli.backup_{'looking' if arguments.verb in _LOOKING else 'work'}")
    code: int = work.VERBS[arguments.verb](arguments)
    return code
