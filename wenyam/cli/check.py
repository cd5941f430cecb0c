"""`wenyam check DEVICE[/CHECK]`: the stored state as a monitoring plug-in says it (Monitoring Plugins guidelines)."""

import argparse
import json

OK, WARNING, CRITICAL, UNKNOWN = range(4)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("subject", metavar="DEVICE[/CHECK]", help="device, device/check, service:NAME or link:NAME")
    parser.add_argument(
        "--live", action="store_true", help="look now and tell what is seen, confirmed or not, instead of the stored state"
    )
    parser.add_argument("--json", action="store_true", help="versioned data instead of a line")


def run(arguments: argparse.Namespace) -> int:
    """Print one line and return the plug-in's exit code; whatever goes wrong is UNKNOWN."""
    from wenyam.errors import WenyamError  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import check  # noqa: PLC0415  # same

    try:
        verdict = check.verdict(arguments.config, arguments.subject, live=arguments.live)
    except WenyamError as error:
        if arguments.json:
            print(json.dumps(check.PluginVerdict(arguments.subject, UNKNOWN, str(error)).data(), ensure_ascii=False))
            return UNKNOWN
        print(f"UNKNOWN - {str(error).replace('|', '/')}")  # a bar would end the text for every reader of plug-ins
        return UNKNOWN
    if arguments.json:
        print(json.dumps(verdict.data(), ensure_ascii=False))
    else:
        print(verdict.line())
    return verdict.exit_code
