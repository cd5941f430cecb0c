"""The ICMP collector: loss and round trip of a living, a lossy and a dead address."""

import json
import os
import subprocess
import sys

import pytest

from wenyam.collectors.contract import Target
from wenyam.collectors.icmp import IcmpCollector, IcmpOptions
from wenyam.errors import UnknownHostError
from wenyam.links.pools import Links
from wenyam.testing.collecting import make_context, value

pytestmark = pytest.mark.real
PROGRAM = """
import asyncio, json
from pathlib import Path
from wenyam.collectors.contract import Target
from wenyam.collectors.icmp import IcmpCollector, IcmpOptions
from wenyam.testing.collecting import make_context, make_links, value
async def main():
    links = make_links(Path("/nonexistent"))
    collector = IcmpCollector(IcmpOptions(count=4, spacing=0.02, patience=0.3))
    found = {}
    for address in ("127.5.5.5", "127.5.5.6", "127.5.5.7"):
        reading = await collector.collect(Target("x", address), make_context(links))
        found[address] = [value(reading, "icmp_loss_ratio"), value(reading, "icmp_round_trip_seconds")]
    await links.close()
    print(json.dumps(found))
asyncio.run(main())
"""
RULES = (
    "add table t; add chain t c { type filter hook input priority 0; }; add rule t c ip daddr 127.5.5.5 drop; "
    "add rule t c ip daddr 127.5.5.6 icmp type echo-request numgen inc mod 2 0 drop"
)


async def test_a_living_address_loses_nothing(links: Links) -> None:
    collector = IcmpCollector(IcmpOptions(spacing=0.01))
    reading = await collector.collect(Target("x", "127.0.0.1"), make_context(links))
    assert value(reading, "icmp_loss_ratio") == 0
    assert 0 <= (value(reading, "icmp_round_trip_seconds") or 0) < 1
    assert await collector.probe(Target("x", "::1"), make_context(links)) < 1


async def test_an_unknown_name_is_an_error_not_a_loss(links: Links) -> None:
    with pytest.raises(UnknownHostError):
        await IcmpCollector(IcmpOptions(spacing=0.01)).collect(Target("x", "nosuch.invalid"), make_context(links))


def test_a_dead_address_is_a_loss_of_one_and_a_lossy_one_between() -> None:
    become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = f"/usr/sbin/ip link set lo up; /usr/sbin/nft '{RULES}'; exec \"$@\""
    words = ["/usr/bin/unshare", *become_root, "--net", "/bin/sh", "-c", script, "sh", sys.executable, "-c", PROGRAM]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["127.5.5.5"] == [1, None]
    assert found["127.5.5.6"][0] == 0.5
    assert found["127.5.5.7"][0] == 0
