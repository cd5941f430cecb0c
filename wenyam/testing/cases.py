"""Recorded devices with the samples they must give: adding a device is a profile and a folder under tests/cases/snmp.

A case is `case.yaml` (which recording, its SHA-256, how to read it) and `expected.txt` (facts, refusals, failures and samples,
one a line). `python -m wenyam.testing.cases --refresh FOLDER…` writes expected.txt anew; the difference is the review.
"""

import argparse
import asyncio
import re
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from wenyam.clock import SystemClock
from wenyam.collectors.contract import Context, Target
from wenyam.collectors.snmp import SnmpCollector, SnmpOptions
from wenyam.errors import MalformedReplyError
from wenyam.links.pools import Links
from wenyam.model.inventory import Credential, SecretReference
from wenyam.model.samples import Reading
from wenyam.settings.problems import Findings, Place
from wenyam.settings.secrets import SecretReader
from wenyam.settings.tree import read_yaml
from wenyam.testing import recording
from wenyam.testing.recorded_agent import Answerer, Player

ADDRESS = "127.0.0.1"
COMMUNITY = Credential("case", "snmp-community", {}, {"community": SecretReference("env", "COMMUNITY")})
_PATIENCE = 30.0
_SOMEWHERE = re.compile(rf"{re.escape(ADDRESS)}:\d+")
_POLLS = 2
"""The walk that learns and the planned poll must agree."""


class Case(BaseModel):
    """What case.yaml says."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    recording: str
    """Path inside the package's data directory."""
    package: str = "snmpsim_data"
    sha256: str
    version: str = "2c"
    profile: str = "auto"
    without: tuple[str, ...] = ()
    """Subtrees left out, because they are large and nobody asks for them."""
    replace: tuple[str, ...] = ()
    """Values changed: a fault the recording does not have."""
    long: bool = False
    """A recording so large that it is only played in the long run."""


def cases(folder: Path) -> list[Path]:
    """Return every case folder below, sorted."""
    return sorted(path.parent for path in folder.rglob("case.yaml"))


def read_case(folder: Path) -> Case:
    """Read case.yaml; ValueError lists what is wrong with it."""
    findings = Findings()
    path = folder / "case.yaml"
    block = read_yaml(path.read_text(encoding="utf-8"), str(path), findings)
    if block is None:
        findings.problem(Place(str(path)), "says nothing")
        raise ValueError("; ".join(map(str, findings.problems)))
    return Case.model_validate(block)


def load(case: Case) -> recording.Tree:
    """Load a case's recording; ValueError when it is not the file the case was written for."""
    path = recording.package_path(case.recording, case.package)
    found = recording.fingerprint(path)
    if found != case.sha256:
        raise ValueError(f"{case.recording} has SHA-256 {found}, the case was written for {case.sha256}")
    return recording.load(path, without=case.without, replace=case.replace)


@contextmanager
def playing(answerer: Answerer, address: str = ADDRESS) -> Iterator[Player]:
    """Play an agent in a thread on a free port until the block ends."""
    player = Player(answerer, [address], 0)
    over = threading.Event()

    def serve() -> None:
        while not over.is_set():
            player.step(0.02)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield player
    finally:
        over.set()
        thread.join()
        player.close()


async def replay(case: Case) -> Reading:
    """Read a played recording as the watcher would, learning and then polling; ValueError when the two do not agree."""
    with playing(Answerer(load(case))) as player:
        clock = SystemClock()
        links = Links(clock, SecretReader({"COMMUNITY": "public"}), "/dev/null")
        collector = SnmpCollector(SnmpOptions(version=case.version, port=player.ports[0], profile=case.profile))
        memory: dict[str, object] = {}
        readings = []
        try:
            for _ in range(_POLLS):
                context = Context(clock, links, clock.monotonic() + _PATIENCE, COMMUNITY, memory)
                readings.append(await collector.collect(Target("case", ADDRESS), context))
        finally:
            await links.close()
    if written(readings[0]) != written(readings[1]):
        raise ValueError("the planned poll gives other samples than the walk that taught it")
    return readings[1]


def written(reading: Reading) -> str:
    """Write a reading as text, in an order that does not depend on the agent's."""
    lines = [f"fact {key}: {value}" for key, value in sorted(reading.facts.items())]
    lines += [f"refused {name}: {count}" for name, count in sorted(reading.refused.items())]
    lines += [f"failure {failure.reason.value}: {failure.sentence}" for failure in reading.failures]
    for family in sorted(reading.families, key=lambda family: family.name):
        for sample in family:
            labels = ",".join(f'{name}="{value}"' for name, value in sample.labels)
            series = f"{sample.name}{{{labels}}}" if labels else sample.name
            lines.append(f"{series} {_number(sample.value)}")
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    """Write whole numbers whole; of others the digits that mean something."""
    return str(int(value)) if value == int(value) else f"{value:.12g}"


async def run_case(folder: Path) -> tuple[str, str]:
    """Return what a case expects and what it gives."""
    expected = folder / "expected.txt"
    try:
        given = written(await replay(read_case(folder)))
    except MalformedReplyError as error:
        # A recording that is no device's is refused, and the case says with which words.
        given = f"{_SOMEWHERE.sub('the device', str(error))}\n"
    return (expected.read_text(encoding="utf-8") if expected.exists() else ""), given


def run_cases(folder: Path) -> dict[str, tuple[str, str]]:
    """Run every case below a folder; return expected and given of those that differ, by the case's name."""
    outcomes = {path.name: asyncio.run(run_case(path)) for path in cases(folder)}
    return {name: outcome for name, outcome in outcomes.items() if outcome[0] != outcome[1]}


def main(words: Sequence[str] | None = None) -> int:
    """Check cases, or refresh what they expect."""
    parser = argparse.ArgumentParser(prog="cases", description="Run cases of recorded devices.")
    parser.add_argument("folder", nargs="+", type=Path)
    parser.add_argument("--refresh", action="store_true", help="write expected.txt anew")
    options = parser.parse_args(words)
    found = {folder: cases(folder) for folder in options.folder}
    for folder in (folder for folder, below in found.items() if not below):
        parser.error(f"there is no case.yaml below {folder}")
    differing = 0
    for folder in (case for below in found.values() for case in below):
        expected, given = asyncio.run(run_case(folder))
        if expected != given:
            differing += 1
            if options.refresh:
                (folder / "expected.txt").write_text(given, encoding="utf-8")
        sys.stdout.write(f"{folder}: {'as expected' if expected == given else 'refreshed' if options.refresh else 'differs'}\n")
    return 1 if differing and not options.refresh else 0


if __name__ == "__main__":
    sys.exit(main())
