"""`wenyam doctor`: PASS, FAIL or NOT TESTED for all that Wenyam stands on, with advice."""

import argparse
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenyam.operations.findings import Finding

_WIDTH = 10
"""Of NOT TESTED."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--json", action="store_true", help="versioned data instead of text")
    parser.add_argument("--probe", action="store_true", help="also ask every device once")


def run(arguments: argparse.Namespace) -> int:
    """Examine; 0 when all passed, 1 when any failed, 3 when only NOT TESTED is left."""
    from wenyam.cli.talk import quiet_libraries  # noqa: PLC0415  # loaded for this verb only
    from wenyam.clock import SystemClock  # noqa: PLC0415  # loaded for this verb only
    from wenyam.operations import doctor  # noqa: PLC0415  # same
    from wenyam.operations.findings import summary  # noqa: PLC0415  # same

    quiet_libraries()
    around = doctor.surroundings(SystemClock(), arguments.config, reach_devices=arguments.probe)
    findings = doctor.examine(around)
    if arguments.json:
        print(json.dumps(_data(findings), ensure_ascii=False, indent=2))
    else:
        width = max(len(finding.about) for finding in findings)
        for finding in findings:
            print(_text(finding, width))
        print(f"\n{summary(findings)}")
    return doctor.exit_code(findings)


def _data(findings: "list[Finding]") -> dict[str, object]:
    rows = [
        {"about": finding.about, "verdict": finding.verdict.value, "sentence": finding.sentence, "advice": finding.advice}
        for finding in findings
    ]
    verdicts = [row["verdict"] for row in rows]
    return {"version": 1, "counts": {name: verdicts.count(name) for name in ("PASS", "FAIL", "NOT TESTED")}, "findings": rows}


def _text(finding: "Finding", width: int) -> str:
    line = f"{finding.verdict.value:{_WIDTH}}  {finding.about:{width}}  {finding.sentence}"
    return f"{line}\n{'':{_WIDTH + width + 4}}{finding.advice}" if finding.advice else line
