"""The command line: a table of verbs, each in a file of its own that is imported only when it is called."""

import argparse
import contextlib
import io
import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

from wenyam import __version__
from wenyam.cli.parsing import Parser, add_config_option, nested
from wenyam.errors import WenyamError

VERBS = {
    "init": "write a starter configuration",
    "config": "check, show or describe the configuration",
    "run": "watch: polls, states, exporter",
    "jobs": "run or list the calendar of scheduled work",
    "status": "what is up and what is not, now",
    "tui": "the dashboard: every screen in a terminal",
    "collect": "read one device once and print its samples",
    "discover": "look for devices in networks you name, and propose them",
    "record": "make a recording of a device that may be shown: names and addresses replaced",
    "replay": "serve a recording on this machine",
    "topology": "who is cabled to whom, and what was plugged elsewhere since",
    "hostkey": "show and record the host keys of SSH servers",
    "alert": "what is open and who was told; acknowledge, silence, test",
    "maintenance": "planned work: add, list, end",
    "announce": "tell users something: on the status page, through channels",
    "oncall": "who is on duty; a rota as a calendar; let somebody stand in",
    "check": "answer as a monitoring plug-in about a device or one check",
    "availability": "figures for devices, links, services, groups, sites, kinds",
    "report": "monthly, quarterly, yearly report",
    "incident": "what is wrong, who has it, and every step until it is closed",
    "backup": "make backups, check and prune repositories",
    "restore": "prove backups by restoring them; get data back",
    "dr": "rehearse, drill and run the plans for the DR site",
    "doctor": "what on this machine would keep Wenyam from working",
    "db": "look into the database, export, back it up",
    "audit": "verify the chain of facts, print its head",
    "completion": "print shell completion",
}
"""Every verb with the line `--help` shows."""

EXIT_CODES = "exit codes: 0 done, 1 failed, 2 usage, 3 incomplete or NOT TESTED (check: 0 OK, 1 WARN, 2 CRIT, 3 UNKNOWN)"
INTERRUPTED = 130
UNKNOWN = 3
"""What a monitoring plug-in says when it cannot say anything else."""


def default_folder() -> Path:
    """Return where the configuration is by default: $WENYAM_CONFIG or /etc/wenyam."""
    return Path(os.environ.get("WENYAM_CONFIG", "/etc/wenyam"))


def top_parser() -> argparse.ArgumentParser:
    """Return the parser of everything before the verb."""
    width = max(map(len, VERBS))
    verbs = "\n".join(f"  {verb:{width}}  {line}" for verb, line in VERBS.items())
    parser = Parser(
        prog="wenyam",
        description="Wenyam, the watch on duty: watches a data centre and keeps the evidence.",
        epilog=f"verbs:\n{verbs}\n\n'wenyam VERB --help' says more.\n{EXIT_CODES}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        usage="wenyam [--config FOLDER] VERB …",
    )
    parser.add_argument("--version", action="version", version=f"wenyam {__version__}")
    parser.add_argument("--config", type=Path, default=None, metavar="FOLDER", help="configuration folder (/etc/wenyam)")
    parser.add_argument("verb", metavar="VERB", choices=tuple(VERBS), help=argparse.SUPPRESS)
    parser.add_argument("rest", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    return parser


def verb_parser(verb: str) -> argparse.ArgumentParser:
    """Return the parser of one verb; imports only that verb's file."""
    parser = Parser(prog=f"wenyam {verb}", description=f"{VERBS[verb]}.")
    add_config_option(parser)
    import_module(f"wenyam.cli.{verb}").configure(parser)
    for below in nested(parser):
        add_config_option(below)
    return parser


@dataclass(frozen=True, slots=True)
class Command:
    """A verb and what was said to it."""

    verb: str
    arguments: argparse.Namespace

    @property
    def ends_at_once(self) -> bool:
        """Whether the verb's file says `ENDS_AT_ONCE`: its process waits for nothing once the verb is through."""
        return bool(getattr(import_module(f"wenyam.cli.{self.verb}"), "ENDS_AT_ONCE", False))

    def run(self) -> int:
        """Run it and return its exit code; every foreseen failure is a sentence on stderr."""
        try:
            code: int = import_module(f"wenyam.cli.{self.verb}").run(self.arguments)
            sys.stdout.flush()
        except WenyamError as error:
            print(f"wenyam {self.verb}: {error}", file=sys.stderr)
            return error.exit_code
        except BrokenPipeError:
            _drop_output()  # the reader (head, less) has seen enough
            return 0
        except OSError as error:
            _drop_output()
            print(f"wenyam {self.verb}: {error.filename or 'stdout'}: {error.strerror or error}", file=sys.stderr)
            return UNKNOWN if self.verb == "check" else 1
        except KeyboardInterrupt:
            return INTERRUPTED
        return code


def understood(words: Sequence[str]) -> Command:
    """Return what is to be run; words that mean nothing end the program with exit code 2, and `--help` with 0."""
    words = _asked(words)
    if not words:
        top_parser().print_help(sys.stderr)
        sys.exit(2)
    top = top_parser().parse_args(words)
    parser = verb_parser(top.verb)
    parser.set_defaults(config=top.config or default_folder())
    return Command(top.verb, parser.parse_args(top.rest))


def main(words: Sequence[str]) -> int:
    """Run one command and return its exit code."""
    return understood(words).run()


def _asked(words: Sequence[str]) -> Sequence[str]:
    """Return the words, `help VERB` as what it means."""
    return [*words[1:2], "--help"] if list(words[:1]) == ["help"] else words


def run() -> None:
    """Entry point of the `wenyam` command."""
    _speak_every_language()
    command = understood(sys.argv[1:])
    if command.ends_at_once:
        _run_and_leave(command)
    sys.exit(command.run())


def _run_and_leave(command: Command) -> NoReturn:
    """Run it and end the process however it ended: no thread is waited for, no memory given back in bits."""
    code = 1
    try:
        code = command.run()
    except SystemExit as told:
        code = told.code if isinstance(told.code, int) else int(told.code is not None)
    except BaseException:  # noqa: BLE001  # the traceback first: nothing comes after `_exit`
        sys.excepthook(*sys.exc_info())
    finally:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        os._exit(code)


def _drop_output() -> None:
    """Throw away what could not be written; Python would complain once more at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _speak_every_language() -> None:
    """Write UTF-8 into files and pipes in any locale; what a terminal has no letter for is escaped."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
