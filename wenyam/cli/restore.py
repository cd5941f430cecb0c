"""`wenyam restore`: prove backups by restoring them, have them confirmed, and get data back when it is needed."""

import argparse
from importlib import import_module
from pathlib import Path

from wenyam.cli import restore_confirm
from wenyam.cli.parsing import LAST_PORT, number

_WORK = {
    "test": "wenyam.cli.restore_work",
    "leftovers": "wenyam.cli.restore_work",
    "files": "wenyam.cli.restore_files",
    "database": "wenyam.cli.restore_database",
}
_FILES = (
    "Get files, or a database's dump, back into a new directory; or files into their own places, where what is there "
    "is put aside. Nothing is ever overwritten."
)
_DATABASE = (
    "Restore a database's dump into a server that is in use, under a new name, and compare it with the manifest. "
    "Exit codes: 0 PASS, 1 FAIL or refused, 2 usage, 3 NOT TESTED."
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    sentence = (
        "Restore into a scratch place, compare with the manifest, ask the questions. Exit codes: 0 PASS, 1 FAIL, 3 NOT TESTED."
    )
    verb = verbs.add_parser("test", help="prove a backup by restoring it", description=sentence)
    verb.add_argument("names", metavar="JOB", nargs="*", help="jobs of 'backups'")
    verb.add_argument("--all", action="store_true", help="every job; a failed one stops no other")
    verb.add_argument(
        "--snapshot",
        metavar="ID",
        default="",
        help="this one (default: newest, an older one, copies take turns); an older one does not renew the proof",
    )
    verb.add_argument("--from-copy", metavar="REPOSITORY", default="", help="the newest in this repository")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("confirm", help="a user representative says whether it is complete", description="Confirm a restore.")
    restore_confirm.configure(verb)
    sentence = "Show, then remove what restore tests that were killed left on a job's test machine more than a day ago."
    verb = verbs.add_parser("leftovers", help="remove what killed tests left on a test machine", description=sentence)
    verb.add_argument("name", metavar="JOB", help="a job whose restore names a machine")
    verb.add_argument("--plan", action="store_true", help="only show what lies there")
    verb.add_argument("--confirm", metavar="JOB", default="", help="where nobody can type the job's name")
    verb = verbs.add_parser("files", help="get data back", description=_FILES)
    _configure_files(verb)
    verb = verbs.add_parser("database", help="restore a database into a real server", description=_DATABASE)
    _configure_database(verb)


def _configure_files(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", metavar="JOB", help="a job of 'backups'")
    where = verb.add_mutually_exclusive_group(required=True)
    where.add_argument("--to", metavar="DIRECTORY", type=Path, help="a directory that is empty or not there yet")
    where.add_argument("--in-place", action="store_true", help="where they were; what is there now is put aside first")
    verb.add_argument("--confirm", metavar="JOB", default="", help="with --in-place, where nobody can type the job's name")
    verb.add_argument("--snapshot", metavar="ID", default="", help="this one (default: the newest)")
    verb.add_argument("--from-copy", metavar="REPOSITORY", default="", help="out of this repository")
    verb.add_argument("--include", metavar="PATH", action="append", default=[], help="only this path; may be repeated")
    verb.add_argument("--plan", action="store_true", help="say what would happen; change nothing")


def _configure_database(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("name", metavar="JOB", help="a job of 'backups' over PostgreSQL, MariaDB or SQLite")
    verb.add_argument("database", metavar="DATABASE", nargs="?", default="", help="which one, where the backup has several")
    verb.add_argument("--as", dest="new_name", metavar="NAME", default="", help="name of the new database (default: generated)")
    verb.add_argument("--in-place", action="store_true", help="over the job's own database, which is put aside first")
    verb.add_argument("--confirm", metavar="NAME", default="", help="with --in-place, where nobody can type the name")
    verb.add_argument("--into", metavar="SERVER", default="", help="device or address of another server than the job's")
    verb.add_argument("--port", metavar="N", type=number(1, LAST_PORT, "a port"), help="its port")
    verb.add_argument("--socket", metavar="PATH", help="its Unix socket on this machine")
    verb.add_argument("--tls", choices=("prefer", "require", "verify"), help="how it is reached")
    verb.add_argument("--authority", metavar="FILE", help="authorities to trust, for --tls verify")
    verb.add_argument("--credential", metavar="NAME", default="", help="credential that may make databases (default: the job's)")
    verb.add_argument("--with-roles", action="store_true", help="make the roles or users that it needs and the server lacks")
    verb.add_argument("--without-owners", action="store_true", help="leave owners and rights out")
    verb.add_argument("--snapshot", metavar="ID", default="", help="this one (default: the newest)")
    verb.add_argument("--from-copy", metavar="REPOSITORY", default="", help="out of this repository")
    verb.add_argument("--plan", action="store_true", help="say what would happen; change nothing")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    if arguments.verb == "confirm":
        return restore_confirm.run(arguments)
    work = import_module(_WORK[arguments.verb])
    code: int = work.VERBS[arguments.verb](arguments)
    return code
