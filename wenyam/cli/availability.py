"""`wenyam availability`: figures of devices, links, services, groups, sites, kinds or the whole over a period."""

import argparse

from wenyam.cli import availability_correct


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subjects", nargs="*", metavar="SUBJECT", help="NAME or KIND:NAME, such as core-switch or service:erp")
    availability_correct.configure(parser)
    parser.add_argument("--kind", action="append", default=[], help="devices of a kind, pooled; link and service are kinds too")
    parser.add_argument("--site", action="append", default=[], help="devices and links of a site, pooled")
    parser.add_argument("--group", action="append", default=[], help="members of a group, pooled")
    parser.add_argument("--all", action="store_true", help="everything; with no choice: the whole, sites, kinds and groups")
    parser.add_argument("--period", default="this-month", help="such as last-month, fy:2569-q1, last:30d (default: this-month)")
    parser.add_argument("--on-time", action="store_true", help="the second objective instead: scheduled runs done in time")
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="versioned data")
    form.add_argument("--csv", action="store_true", help="for a spreadsheet")
    parser.add_argument("--language", choices=("th", "en"), help="language of the text (default: the instance's)")


def run(arguments: argparse.Namespace) -> int:
    """Print the figures with the settings they were counted by; or correct them, when the first word is `correct`."""
    if arguments.subjects[:1] == ["correct"]:
        return availability_correct.run(arguments)
    if arguments.signature or arguments.state or arguments.starts or arguments.ends:
        from wenyam.errors import UsageError  # noqa: PLC0415  # loaded when something is wrong

        raise UsageError("--from, --until, --state and --signature belong to: wenyam availability correct")
    from wenyam.cli.figures import availability  # noqa: PLC0415  # loaded when the verb runs, not when it is described

    print(availability(arguments), end="")
    return 0
