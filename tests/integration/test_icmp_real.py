"""Pings on the loopback and, for what an administrator can forbid or break, inside network namespaces of their own."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from wenyam.clock import SystemClock
from wenyam.errors import NoAnswerError, UnknownHostError
from wenyam.links.icmp import Pinger

pytestmark = pytest.mark.real

PING_EACH = """
import asyncio, json, sys
from wenyam.clock import SystemClock
from wenyam.links.icmp import Pinger
async def main():
    clock, outcomes = SystemClock(), {}
    pinger = Pinger(clock)
    for address in sys.argv[1:]:
        begun = clock.monotonic()
        try:
            await pinger.ping(address, 2.0)
            outcomes[address] = ["ok", "", clock.monotonic() - begun]
        except Exception as error:
            outcomes[address] = [type(error).__name__, str(error), clock.monotonic() - begun]
    await pinger.close()
    print(json.dumps(outcomes))
asyncio.run(main())
"""
Outcome = dict[str, tuple[str, str, float]]


def _in_own_network(preparation: str, *addresses: str, raw: bool = True) -> Outcome:
    """Run pings in a new network namespace after a preparation; without `raw` the process has lost CAP_NET_RAW."""
    shed = "" if raw else "/usr/bin/setpriv --bounding-set -net_raw --inh-caps -net_raw --ambient-caps -net_raw --reset-env "
    become_root = [] if os.geteuid() == 0 else ["--user", "--map-root-user"]
    script = f'/usr/sbin/ip link set lo up; {preparation}; exec {shed}"$@"'
    words = [
        "/usr/bin/unshare",
        *become_root,
        "--net",
        "/bin/sh",
        "-c",
        script,
        "sh",
        sys.executable,
        "-c",
        PING_EACH,
        *addresses,
    ]
    done = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=60, check=True)
    outcome: Outcome = json.loads(done.stdout)
    return outcome


@pytest_asyncio.fixture
async def pinger() -> AsyncIterator[Pinger]:
    made = Pinger(SystemClock())
    yield made
    await made.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "127.9.8.7", "::1", "localhost"])
async def test_a_living_address_answers_within_the_time(pinger: Pinger, address: str) -> None:
    assert 0 <= await pinger.ping(address, 2.0) < 2.0


async def test_a_name_nobody_knows_is_an_unknown_host(pinger: Pinger) -> None:
    with pytest.raises(UnknownHostError, match=r"nosuch\.invalid"):
        await pinger.ping("nosuch.invalid", 5.0)


async def test_five_thousand_addresses_answer_over_one_socket(pinger: Pinger) -> None:
    addresses = [f"127.7.{number // 250}.{number % 250 + 1}" for number in range(5000)]
    answers = await pinger.ping_many(addresses, 5.0)
    assert sum(seconds is not None for seconds in answers.values()) == 5000


async def test_a_cancelled_ping_leaves_nothing_behind(pinger: Pinger) -> None:
    await pinger.ping("127.0.0.1", 1.0)
    task = asyncio.ensure_future(pinger.ping("127.0.0.1", 1.0))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert next(iter(pinger._sockets.values())).outstanding == 0


async def test_closing_tells_those_who_still_wait(pinger: Pinger) -> None:
    await pinger.ping("127.0.0.1", 1.0)
    socket = next(iter(pinger._sockets.values()))
    socket._loop.remove_reader(socket._socket)  # nobody will read the answer
    task = asyncio.ensure_future(pinger.ping("127.0.0.1", 30.0))
    await asyncio.sleep(0)
    assert socket.outstanding == 1
    await pinger.close()
    with pytest.raises(NoAnswerError, match="closed"):
        await task


def test_without_any_right_the_error_names_both_settings() -> None:
    name, words, _ = _in_own_network("echo 1 0 > /proc/sys/net/ipv4/ping_group_range", "127.0.0.1", raw=False)["127.0.0.1"]
    assert name == "MissingPrivilegeError"
    assert "CAP_NET_RAW" in words
    assert "net.ipv4.ping_group_range" in words


def test_with_only_the_ping_group_the_unprivileged_socket_is_used() -> None:
    outcomes = _in_own_network("echo 0 0 > /proc/sys/net/ipv4/ping_group_range", "127.0.0.1", "::1", raw=False)
    assert [outcome[0] for outcome in outcomes.values()] == ["ok", "ok"]


DROP = "/usr/sbin/nft add table t; /usr/sbin/nft 'add chain t c {{ type filter hook input priority 0; }}'; /usr/sbin/nft {}"


def test_silence_is_a_failure_at_the_deadline_and_a_cut_line_at_once() -> None:
    silent = DROP.format("add rule t c ip daddr 127.5.5.5 drop")
    cut = "/usr/sbin/ip route add unreachable 10.9.9.9"
    outcomes = _in_own_network(f"{silent}; {cut}", "127.5.5.5", "10.9.9.9", "127.5.5.6")
    assert outcomes["127.5.5.5"][0] == "NoAnswerError"
    assert outcomes["127.5.5.5"][2] == pytest.approx(2.0, abs=0.3)
    assert outcomes["10.9.9.9"][0] == "NoAnswerError"
    assert outcomes["10.9.9.9"][2] < 0.5
    assert outcomes["127.5.5.6"][0] == "ok"


@pytest.mark.parametrize("raw", [True, False])
def test_a_router_that_says_host_unreachable_ends_the_ping_at_once(raw: bool) -> None:  # noqa: FBT001  # a parameter of the test
    group = "echo 0 0 > /proc/sys/net/ipv4/ping_group_range"
    told = DROP.format("add rule t c ip daddr 127.5.5.5 icmp type echo-request reject with icmp type host-unreachable")
    name, words, took = _in_own_network(f"{group}; {told}", "127.5.5.5", raw=raw)["127.5.5.5"]
    assert name == "NoAnswerError"
    assert "host unreachable" in words
    assert took < 1.0
