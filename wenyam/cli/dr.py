"""`wenyam dr`: rehearse, drill and run the plans for the DR site; decide, approve, and keep the evidence."""

import argparse
from importlib import import_module

_RUNS = {
    "rehearse": "prove that every host, login and key of a plan is there; touches nothing",
    "drill": "run a plan isolated at the DR site; taken back at the end",
    "switchover": "move for real, both sites alive",
    "failover": "move for real, the main site is lost; at the Wenyam of the DR site",
    "failback": "move back to the main site",
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, line in _RUNS.items():
        _configure_run(verbs.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}."), name)
    _configure_acting(verbs)


def _configure_run(verb: argparse.ArgumentParser, name: str) -> None:
    verb.add_argument("name", metavar="PLAN", help="a plan of 'dr.plans'")
    verb.add_argument("--reason", metavar="TEXT", default="", help="why; it goes on record")
    verb.add_argument("--plan", action="store_true", help="only say what would be done")
    if name == "failover":
        verb.add_argument("--began", metavar="TIME", help="when the failure began: now, 2026-10-01T22:00, or as a run records it")
        verb.add_argument("--detected", metavar="TIME", help="when it was detected (default: when this run begins)")
    _going_on(verb)


def _going_on(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--no-wait", action="store_true", help="end with exit code 3 when a person is needed; go on with 'resume'")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def _configure_acting(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("decide", help="say what becomes of a step", description="Decide about a step of a run.")
    verb.add_argument("run", metavar="RUN", help="a run, the beginning of its id, or a plan (its newest run)")
    verb.add_argument("step", metavar="STEP", help="a step of its plan")
    verb.add_argument("decision", metavar="DECISION", choices=("done", "failed", "retry", "skip", "abort"))
    verb.add_argument("--reason", metavar="TEXT", default="", help="why; it goes on record")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("resume", help="take a run up again", description="Go on with a run after a crash or a stop.")
    verb.add_argument("run", metavar="RUN", help="a run, the beginning of its id, or a plan (its newest run)")
    verb.add_argument("--accept-change", metavar="REASON", default="", help="go on although the plan was changed since it began")
    verb.add_argument("--plan", action="store_true", help="only say what would be done")
    _going_on(verb)
    verb = verbs.add_parser("abort", help="give a run up", description="Give a run up and take back what was done.")
    verb.add_argument("run", metavar="RUN", help="a run, the beginning of its id, or a plan (its newest run)")
    verb.add_argument("--reason", metavar="TEXT", default="", help="why; it goes on record")
    verb.add_argument("--no-undo", action="store_true", help="take nothing back")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    module = "wenyam.cli.dr_work"
    code: int = import_module(module).VERBS[arguments.verb](arguments)
    return code
