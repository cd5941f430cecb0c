"""A line of three addresses inside a network namespace of its own, cut at each place in turn."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.real

PROGRAM = r"""
import asyncio, json, subprocess, sys
from wenyam.collectors.contract import Target
from wenyam.collectors.link import LinkCollector, LinkOptions
from wenyam.model.samples import SampleSet
from wenyam.testing.collecting import CLOCK, make_context, make_links
from pathlib import Path

NEAR, PROVIDER, FAR = "127.40.0.1", "127.40.0.2", "127.40.0.3"
def nft(words): subprocess.run(["/usr/sbin/nft", words], check=True)
def silence(*addresses):
    nft("flush chain t c")
    for address in addresses:
        nft(f"add rule t c ip daddr {address} drop")

async def main():
    nft("add table t"); nft("add chain t c { type filter hook input priority 0; }")
    links, outcomes = make_links(Path("/nonexistent")), {}
    options = dict(near=NEAR, provider=PROVIDER, far=FAR, count=2, spacing=0.01, patience=0.15)
    collector = LinkCollector(LinkOptions(**options))
    context = make_context(links)
    async def read(name, *silent):
        silence(*silent)
        context.deadline = CLOCK.monotonic() + 5
        reading = await collector.collect(Target("isp-1", FAR), context)
        values = {dict(s.labels)["segment"]: s.value for f in reading.families if f.name == "link_path_state" for s in f}
        outcomes[name] = [values, reading.facts.get("cause")]
    await read("good"); await read("good again")
    await read("fibre", PROVIDER, FAR); await read("repaired")
    await read("own", NEAR, PROVIDER, FAR)
    await read("far", FAR)
    await read("provider ignores pings", PROVIDER)
    for number in range(3):
        await read("flap", PROVIDER, FAR); await read("flap")
    await read("after flaps", PROVIDER, FAR)
    for number in range(22):  # longer than the readings that are remembered
        await read("still", PROVIDER, FAR)
    silence(FAR)
    reading = await LinkCollector(LinkOptions(**{**options, "port": 9})).collect(Target("isp-1", FAR), context)
    outcomes["tcp silent"] = [{}, reading.facts.get("cause")]
    nft("flush chain t c"); nft(f"add rule t c ip daddr {FAR} icmp type echo-request drop")
    context.memory.clear()
    reading = await LinkCollector(LinkOptions(**{**options, "port": 9})).collect(Target("isp-1", FAR), context)
    outcomes["tcp refused"] = [{}, reading.facts.get("cause")]
    await links.close()
    print(json.dumps(outcomes))
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def outcomes() -> dict[str, tuple[dict[str, float], str | None]]:
    become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    words = ["/usr/bin/unshare", *become_root, "--net", "/bin/sh", "-c", '/usr/sbin/ip link set lo up; exec "$@"', "sh"]
    done = subprocess.run(
        [*words, sys.executable, "-c", PROGRAM], capture_output=True, encoding="utf-8", timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, tuple[dict[str, float], str | None]] = json.loads(done.stdout)
    return found


@pytest.mark.long
@pytest.mark.parametrize(
    ("moment", "states", "cause"),
    [
        ("good", (1, 1, 1), None),
        ("good again", (1, 1, 1), None),
        ("fibre", (1, 0, 0), "fibre_cut"),
        ("repaired", (1, 1, 1), None),
        ("own", (0, 0, 0), "own_network_equipment"),
        ("far", (1, 1, 0), "provider_equipment"),
        ("provider ignores pings", (1, 0, 1), None),
        ("after flaps", (1, 0, 0), "provider_equipment"),
        ("still", (1, 0, 0), "provider_equipment"),
    ],
)
def test_each_cut_is_seen_and_its_cause_proposed(
    outcomes: dict[str, tuple[dict[str, float], str | None]], moment: str, states: tuple[int, ...], cause: str | None
) -> None:
    found, proposed = outcomes[moment]
    assert tuple(found[segment] for segment in ("near", "provider", "far")) == states
    assert proposed == cause


def test_a_far_end_that_ignores_pings_is_probed_by_tcp_and_a_refusal_is_life(
    outcomes: dict[str, tuple[dict[str, float], str | None]],
) -> None:
    assert outcomes["tcp silent"][1] == "provider_equipment"
    assert outcomes["tcp refused"][1] is None
