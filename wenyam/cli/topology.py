"""`wenyam topology`: who is cabled to whom."""

import argparse
import json

_PARTIAL = 3


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    form = parser.add_mutually_exclusive_group()
    form.add_argument("--json", action="store_true", help="versioned data instead of text")
    form.add_argument("--dot", action="store_true", help="a graph for Graphviz instead of text")
    parser.add_argument(
        "--root", action="append", default=[], metavar="DEVICE", help="where parents begin; may be given more than once"
    )
    parser.add_argument(
        "--record", action="store_true", help="keep the map to compare with, and each change of a cable as a fact"
    )


def run(arguments: argparse.Namespace) -> int:
    """Read, draw, compare; 0 every device was read, 3 some were not."""
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import topology, topology_forms  # noqa: PLC0415  # same
    from wenyam.operations.actor import present_actor  # noqa: PLC0415  # same
    from wenyam.settings.loader import load  # noqa: PLC0415  # same

    configuration, clock = load(arguments.config), SystemClock()
    before = topology.recorded(configuration)
    looked = topology.look(configuration, clock, arguments.root, before)
    changed = None if before is None else topology.compare(looked, before)
    if arguments.record and looked.read:
        changed = topology.record(configuration, clock, looked, before, present_actor(configuration.inventory))
    if arguments.json:
        print(json.dumps(topology_forms.data(looked.drawn, looked.unread, changed), ensure_ascii=False, indent=2))
    elif arguments.dot:
        print(topology_forms.dot(looked.drawn), end="")
    else:
        print(topology_forms.text(looked.drawn, looked.unread, changed), end="")
    return _PARTIAL if looked.unread else 0
