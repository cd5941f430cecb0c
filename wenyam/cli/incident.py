"""`wenyam incident`: what is wrong, who has it, and every act until a test result closes it."""

import argparse
from pathlib import Path


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the sub-verbs and their options."""
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", required=True)
    _reading(verbs)
    _opening(verbs)
    _acts(verbs)
    _breach(verbs)


def run(arguments: argparse.Namespace) -> int:
    """Show, export or act; 0 done, 1 refused, 2 unknown code or word."""
    from wenyam.cli import incident_work  # noqa: PLC0415  # loaded when the verb runs, not when it is described

    return incident_work.run(arguments)


def _reading(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("list", help="open incidents, the worst first")
    verb.add_argument("--all", action="store_true", help="closed ones too")
    _outputs(verb)
    verb = verbs.add_parser("show", help="one incident: step, limit, members, timeline, the last similar one's how-to note")
    _code(verb)
    _outputs(verb)
    verb = verbs.add_parser("export", help="one incident as text to file, as JSON, or as a memo")
    _code(verb)
    _outputs(verb)
    verb.add_argument("--memo", action="store_true", help="the memo to the contractor, or to procurement where none is bound")
    verb.add_argument("--output", type=Path, metavar="FILE", help="write it there as a whole instead of to stdout")


def _opening(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = verbs.add_parser("open", help="open one that no check found, or a service request (FM-DM-01)")
    verb.add_argument("--title", metavar="TEXT", default="", help="what is wrong, in a line")
    verb.add_argument("--subject", metavar="NAME", default="", help="device, link:NAME or service:NAME it is about")
    verb.add_argument("--site", metavar="SITE", default="", help="default: the subject's, else the instance's")
    verb.add_argument("--severity", choices=("critical", "warning"), default="warning", help="how bad it is (default: warning)")
    categories = ("hardware-network", "vm-system")
    verb.add_argument("--category", choices=categories, default="", help="which procedure's limits (default: by the subject)")
    verb.add_argument("--since", metavar="TIME", default="", help="when it began, such as 2026-11-02T01:30 (default: now)")
    verb.add_argument("--request", action="store_true", help="a service request with the fields below; needs the first three")
    verb.add_argument("--requester", metavar="NAME", default="", help="who asks")
    verb.add_argument("--unit", metavar="TEXT", default="", help="their unit")
    verb.add_argument("--asked", metavar="TEXT", default="", help="what is asked for; - reads it from stdin")
    verb.add_argument("--telephone", metavar="NUMBER", default="", help="theirs")
    verb.add_argument("--mail", metavar="ADDRESS", default="", help="theirs")
    verb.add_argument("--system", metavar="TEXT", default="", help="information system")
    verb.add_argument("--wanted-by", metavar="TEXT", default="", help="until when")
    _outputs(verb)


def _acts(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = _act(verbs, "ack", "say that somebody has seen it; nobody else is called")
    _text(verb, needed=False)
    verb = _act(verbs, "assign", "give it to somebody")
    verb.add_argument("person", metavar="PERSON", help="somebody of 'people'")
    verb = _act(verbs, "note", "write something into its timeline")
    _text(verb)
    verb = _act(verbs, "cause", "give its cause, which availability then counts")
    verb.add_argument("cause", metavar="CAUSE", help="a cause code, such as power or fibre_cut; 'show' lists them")
    verb = _act(verbs, "hand-off", "hand it to the hosting centre or a contractor, or note the number they gave")
    verb.add_argument("party", choices=("hosting-centre", "contractor"), help="who repairs it")
    verb.add_argument("--to", metavar="NAME", default="", help="their name (default: of the site, or of the contract in force)")
    verb.add_argument("--reference", metavar="NUMBER", default="", help="the number they gave")
    verb = _act(verbs, "fixed", "say that it is good again or delivered, where no check can see it")
    _text(verb, needed=False)
    verb = _act(verbs, "test", "record a test result, without which nothing is closed")
    verb.add_argument("result", choices=("pass", "fail"), help="one that failed sends it back")
    _text(verb)
    verb = _act(verbs, "how-to", "write how it is solved; the next incident of the kind shows it")
    _text(verb)
    verb = _act(verbs, "close", "close it, or be told everything that is missing")
    _text(verb, needed=False)


def _breach(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    verb = _act(verbs, "personal-data", "a breach of personal data: the 72 hours, the assessment, the report")
    what = verb.add_mutually_exclusive_group(required=True)
    what.add_argument("--flag", metavar="REASON", default="", help="start the clock")
    sentence = "write one of the 7 factors or 4 parts, any number of times; TEXT - reads stdin"
    what.add_argument("--set", nargs=2, action="append", metavar=("NAME", "TEXT"), help=sentence)
    what.add_argument("--reported", metavar="REFERENCE", default="", help="it was reported under this reference: stop the clock")
    what.add_argument("--dismissed", metavar="REASON", default="", help="assessed, it is no risk to anybody: stop the clock")
    verb.add_argument("--aware", metavar="TIME", default="", help="with --flag: when somebody became aware (default: now)")


def _act(verbs: "argparse._SubParsersAction[argparse.ArgumentParser]", name: str, sentence: str) -> argparse.ArgumentParser:
    verb = verbs.add_parser(name, help=sentence)
    _code(verb)
    verb.add_argument("--json", action="store_true", help="print the incident as it is then as one JSON object")
    return verb


def _code(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("code", metavar="CODE", help="code of the incident, in large or small letters")


def _text(verb: argparse.ArgumentParser, *, needed: bool = True) -> None:
    sentence = "in your own words; - reads it from stdin"
    verb.add_argument("text", metavar="TEXT", nargs=None if needed else "?", default="", help=sentence)


def _outputs(verb: argparse.ArgumentParser) -> None:
    verb.add_argument("--json", action="store_true", help="print one JSON object")
    verb.add_argument("--language", choices=("th", "en"), help="language of the text (default: the instance's)")
