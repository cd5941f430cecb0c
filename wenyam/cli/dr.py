"""`wenyam dr`: rehearse, drill and run the plans for the DR site; decide, approve, and keep the evidence."""

import argparse
from importlib import import_module
from pathlib import Path

_RUN = "a run, the beginning of its id, or a plan (its newest run)"
_APPROVE = (
    "Write the text that a member of the committee, a user representative or a witness signs, and take the signature back. "
    "Whoever runs the plan does not count."
)
_RUNS = {
    "rehearse": "prove that every host, login and key of a plan is there; touches nothing",
    "drill": "run a plan isolated at the DR site; taken back at the end",
    "switchover": "move for real, both sites alive",
    "failover": "move for real, the main site is lost; at the Wenyam of the DR site",
    "failback": "move back to the main site",
}


_DECISIONS = ("done", "failed", "retry", "skip", "abort", "keep")
_MODULES = {
    **dict.fromkeys(("approve", "decide"), "wenyam.cli.dr_sign"),
    **dict.fromkeys(("push", "received"), "wenyam.cli.dr_sister"),
    **dict.fromkeys(("list", "show", "plan", "status", "report"), "wenyam.cli.dr_look"),
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    for name, line in _RUNS.items():
        _configure_run(verbs.add_parser(name, help=line, description=f"{line[0].upper()}{line[1:]}."), name)
    _configure_acting(verbs)
    _configure_looking(verbs)
    _configure_sister(verbs)


def _configure_sister(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser(
        "push", help="push the settings to the other site", description="Push settings, plans and people to 'dr.sister'."
    )
    verb.add_argument("--plan", action="store_true", help="only say what would be pushed and what is left out")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser(
        "received", help="examine received settings", description="Compare the copies of 'dr.received' with their manifests."
    )
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def _configure_looking(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("list", help="every plan and how it stands", description="List the plans.")
    _reading(verb)
    verb = verbs.add_parser("show", help="a plan, step by step", description="Show a plan as sentences with their limits.")
    verb.add_argument("name", metavar="PLAN", help="a plan of 'dr.plans'")
    verb.add_argument(
        "--mode", choices=("rehearsal", "drill", "switchover", "failover", "failback"), help="steps of one mode only"
    )
    _reading(verb)
    verb = verbs.add_parser("plan", help="the same as show", description="Show a plan as sentences with their limits.")
    verb.add_argument("name", metavar="PLAN", help="a plan of 'dr.plans'")
    verb.add_argument(
        "--mode", choices=("rehearsal", "drill", "switchover", "failover", "failback"), help="steps of one mode only"
    )
    _reading(verb)
    verb = verbs.add_parser(
        "status", help="where a run is", description="Show a run: steps, clocks, limits. 1: something is overdue."
    )
    verb.add_argument("run", metavar="RUN", nargs="?", help=f"{_RUN}; default: what is under way")
    _reading(verb)
    verb = verbs.add_parser(
        "report", help="the report of a run; its findings", description="Report a run, add or close findings."
    )
    verb.add_argument("run", metavar="RUN", help=_RUN)
    verb.add_argument("--output", metavar="FILE", type=Path, help="write it here")
    verb.add_argument("--finding", metavar="TEXT", help="add something to put right; needs --owner and --due")
    verb.add_argument("--owner", metavar="PERSON", help="who puts it right")
    verb.add_argument("--due", metavar="TIME", help="until when: 2026-12-31, +30d")
    verb.add_argument("--close", metavar="NUMBER", help="a finding was put right; needs --reason")
    verb.add_argument("--reason", metavar="TEXT", default="", help="how it was put right")
    _reading(verb)


def _reading(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--language", choices=("th", "en"), help="language (default: the instance's)")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


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
    verb.add_argument("run", metavar="RUN", help=_RUN)
    verb.add_argument("step", metavar="STEP", help="a step of its plan")
    verb.add_argument("decision", metavar="DECISION", choices=_DECISIONS)
    verb.add_argument("--reason", metavar="TEXT", default="", help="why; it goes on record")
    verb.add_argument("--file", metavar="FILE", action="append", default=[], type=Path, help="evidence to keep; may be repeated")
    verb.add_argument("--text", metavar="FILE", help="skip: write the text a second person signs; with --signature: read it")
    verb.add_argument("--signature", metavar="FILE", type=Path, help="skip: the second person's signature of that text")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("approve", help="sign for a step", description=_APPROVE)
    verb.add_argument("run", metavar="RUN", help=_RUN)
    verb.add_argument("step", metavar="STEP", nargs="?", help="a step (default: the only one that waits for signatures)")
    verb.add_argument("--text", metavar="FILE", help="write the text to sign here (- for stdout); with --signature: read it")
    verb.add_argument("--signature", metavar="FILE", type=Path, help="take the signature of that text back")
    verb.add_argument("--reason", metavar="TEXT", default="", help="the signer's own words")
    verb.add_argument("--not-complete", action="store_true", help="user test: it is not complete; needs --reason")
    verb.add_argument("--paper", metavar="SCAN", type=Path, help="scan of a paper signed by hand, for a person without a key")
    verb.add_argument("--person", metavar="PERSON", help="with --paper: who signed it by hand")
    verb.add_argument("--witness", metavar="PERSON", help="with --paper: the second person it is given through")
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb = verbs.add_parser("resume", help="take a run up again", description="Go on with a run after a crash or a stop.")
    verb.add_argument("run", metavar="RUN", help=_RUN)
    verb.add_argument("--accept-change", metavar="REASON", default="", help="go on although the plan was changed since it began")
    verb.add_argument("--plan", action="store_true", help="only say what would be done")
    _going_on(verb)
    verb = verbs.add_parser("abort", help="give a run up", description="Give a run up and take back what was done.")
    verb.add_argument("run", metavar="RUN", help=_RUN)
    verb.add_argument("--reason", metavar="TEXT", default="", help="why; it goes on record")
    verb.add_argument("--no-undo", action="store_true", help="take nothing back")
    verb.add_argument("--json", action="store_true", help="print one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """Do what the sub-verb says."""
    module = _MODULES.get(arguments.verb, "wenyam.cli.dr_work")
    code: int = import_module(module).VERBS[arguments.verb](arguments)
    return code
