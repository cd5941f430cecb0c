"""The whole application moves to the DR site and back by the real command, while a user writes all the time."""

import json
import os
import re
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from wenyam.testing.lab.errors import LabError
from wenyam.testing.sites import TwoSites, ledger, mariadb, postgresql, use
from wenyam.testing.sites.looking import Watch
from wenyam.testing.sites.plan import MAIN, NODES, RECOVERY
from wenyam.testing.sites.recovering import Run, dr, skip
from wenyam.testing.sites.use import WritingUser

pytestmark = [
    pytest.mark.real,
    pytest.mark.long,
    pytest.mark.quiet,
    pytest.mark.skipif(os.geteuid() != 0, reason="machines of its own need root"),
]

DATABASES = ("dr-pgsql", "dr-mariadb")
SEEN = 30.0
PEOPLE_SECONDS = 300.0
"""Seconds within which a run has come to its people, and they have spoken, on a machine where several things go on."""
BACK_SECONDS = 60.0
"""What is promised: users are served again so long after the last signature."""
AGREE_SECONDS = 1.0
"""How far Wenyam's recovery time and the user's may lie apart; 12 s was seen where other tests had the cores meanwhile."""
NOTHING_LOST = {"postgresql": ((), ()), "mariadb": ((), ())}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with TwoSites(tmp_path_factory.mktemp("two-sites")) as made:
        with WritingUser(made, made.directory / "ledger") as first:  # a comparison of rows wants some
            first.wait_served(SEEN, site=MAIN, since=time.time())
        done = dr(made, "rehearse", "erp")
        assert done.returncode == 0, done.stderr
        yield made


@pytest.fixture
def user(lab: TwoSites) -> Iterator[WritingUser]:
    with WritingUser(lab, lab.directory / "ledger") as writing:
        writing.wait_served(SEEN, since=time.time())
        yield writing


def lost_and_invented(lab: TwoSites, site: str, user: WritingUser) -> dict[str, tuple[tuple[int, ...], tuple[int, ...]]]:
    return {name: (found.lost, found.invented) for name, found in use.wait_copied(lab, site, user.path, SEEN).items()}


def report(lab: TwoSites, run: Run) -> dict[str, Any]:
    done = dr(lab, "report", run.id, "--json")
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout)["run"])


def seconds(instant: str) -> float:
    return datetime.fromisoformat(instant).timestamp()


def in_turns(sites: list[str]) -> tuple[str, ...]:
    """Return the sites in the order in which one took over from the other."""
    return tuple(site for number, site in enumerate(sites) if number == 0 or sites[number - 1] != site)


def logged_writers(lab: TwoSites) -> tuple[str, ...]:
    """Return who wrote in turns by the logs of both PostgreSQL servers: two at once would take turns all the time."""
    found: list[tuple[str, str]] = []
    for site in (MAIN, RECOVERY):
        text = (lab.machines.disk(NODES[f"{site}-pgsql"]) / "log" / "postgresql.log").read_text(errors="replace")
        wrote = r"^(\S+ \S+) UTC \[\d+\] \S+ LOG:  execute .*INSERT INTO letters"
        found += [(when, site) for when in re.findall(wrote, text, re.MULTILINE)]
    return in_turns([site for _, site in sorted(found)])


def told_to_write(lab: TwoSites, site: str) -> set[str]:
    """Return for whom a site's MariaDB was told to keep rows, by its own log of statements."""
    text = (lab.machines.disk(NODES[f"{site}-mariadb"]) / "mariadb" / "statements.log").read_text(errors="replace")
    return set(re.findall(r"INSERT INTO letters \(number, site, subject\) VALUES \(\d+, '(\w+)'", text))


def assert_one_writer_at_a_time(lab: TwoSites, user: WritingUser, site: str) -> None:
    turns = ledger.writers(user.attempts)
    assert logged_writers(lab) == turns
    assert told_to_write(lab, MAIN) == {MAIN}
    assert told_to_write(lab, RECOVERY) == ({RECOVERY} if RECOVERY in turns else set())
    rows = mariadb.ask(lab.machines, NODES[f"{site}-mariadb"], "SELECT site FROM erp.letters ORDER BY written").split()
    assert in_turns(rows) == turns


def test_a_drill_proves_the_dr_site_and_no_user_notices(lab: TwoSites, user: WritingUser) -> None:
    began = time.time()
    with Run(lab, "drill") as run:
        run.wait_for("users-test: Users test", PEOPLE_SECONDS)
        run.sign("users-test", "kanya")
        assert run.end(PEOPLE_SECONDS) == 0, run.text
    refused = [each.trouble for each in user.attempts if each.sent > began and not each.acknowledged]
    assert [words for words in refused if "timed out" not in words] == []  # a busy machine may be slow, but nobody is refused
    for host in ("dr-pgsql", "dr-mariadb"):
        with pytest.raises(LabError):
            lab.machines.run(NODES[host], "/srv/bin/drill-copy", "status")
    assert lab.machines.run(NODES["dr-app"], "/usr/sbin/ip", "-o", "address", "show", "to", "10.42.1.110") == ""
    assert lost_and_invented(lab, RECOVERY, user) == NOTHING_LOST
    assert_one_writer_at_a_time(lab, user, MAIN)


def test_a_cut_line_is_told_from_a_lost_site_and_nothing_moves_without_proof_of_a_fence(lab: TwoSites, user: WritingUser) -> None:
    with lab.fault("line-cut"):
        Watch(lab, RECOVERY).wait_state("service:erp", "down", SEEN)
        with Run(lab, "failover", "--reason", "the main site looks dark from here") as run:
            run.wait_for("path fault: site main lives", PEOPLE_SECONDS)
            run.wait_for("site-is-down: waits for a decision", SEEN)
            skip(lab, run.id, "site-is-down", "wichai", "we do not believe it")
            run.wait_for("dr approve", PEOPLE_SECONDS)
            run.sign("approve", "malee", "wichai")
            run.wait_for("approve: PASS", SEEN)
            run.wait_for("fence-lost-main: waits for 2 people", PEOPLE_SECONDS)
            user.wait_served(SEEN, site=MAIN, since=time.time())
            assert run.said("promote-dr") is None
            assert dr(lab, "abort", "erp", "--reason", "only the line is cut").returncode == 0
            assert run.end(PEOPLE_SECONDS) != 0
        user.wait_served(SEEN, site=MAIN, since=time.time())
    Watch(lab, RECOVERY).wait_state("service:erp", "up", SEEN)
    assert postgresql.ask(lab.machines, NODES["dr-pgsql"], "SELECT pg_is_in_recovery()").strip() == "t"
    assert_one_writer_at_a_time(lab, user, MAIN)


def moved(lab: TwoSites, user: WritingUser, run: Run, there: str) -> float:
    """Let the people of a run speak and wait for its end; return how long after the last signature users were served."""
    run.wait_for("dr approve", PEOPLE_SECONDS)
    if run.said("failover of plan"):
        run.wait_for("fence-lost-main: waits for 2 people", PEOPLE_SECONDS)
        run.sign("fence-lost-main", "suda", "anan")
    approved = run.sign("approve", "malee", "wichai")
    run.wait_for("users-test: Users test", PEOPLE_SECONDS)
    user.wait_served(SEEN, site=there, since=approved)
    run.sign("users-test", "kanya")
    assert run.end(PEOPLE_SECONDS) == 0, run.text
    first = next(each for each in user.attempts if each.acknowledged and each.site == there and each.answered > run.began)
    return first.answered - approved


def test_a_switchover_and_the_way_back_lose_nothing(lab: TwoSites, user: WritingUser) -> None:
    for verb, there, left in (("switchover", RECOVERY, MAIN), ("failback", MAIN, RECOVERY)):
        with Run(lab, verb, "--reason", "planned work") as run:
            assert moved(lab, user, run, there) < BACK_SECONDS, run.text
        assert lost_and_invented(lab, there, user) == NOTHING_LOST
        assert lost_and_invented(lab, left, user) == NOTHING_LOST
    assert ledger.writers(user.attempts)[-3:] == (MAIN, RECOVERY, MAIN)
    assert_one_writer_at_a_time(lab, user, MAIN)


def test_a_failover_serves_users_again_and_the_way_back_tells_every_lost_row(lab: TwoSites, user: WritingUser) -> None:
    for database in DATABASES:
        lab.fault("replication-stopped", database).on()
    count = len(user.attempts)
    user.wait(lambda found: len(found) > count + 10, SEEN, "ten rows that the DR site never gets")
    with lab.fault("site-off"):
        user.wait_refused(SEEN)
        Watch(lab, RECOVERY).wait_state("service:erp", "down", SEEN)
        with Run(lab, "failover", "--reason", "the main site is dark") as run:
            assert moved(lab, user, run, RECOVERY) < BACK_SECONDS, run.text
        lost = {name: set(found.lost) for name, found in use.compare(lab, RECOVERY, user.path).items()}
        assert all(len(numbers) > 5 for numbers in lost.values())
        assert_times_agree(report(lab, run), user, lost["postgresql"])
    # The main site is back, with rows that nobody else has; its application serves nobody, for users find the DR site.
    user.wait_served(SEEN, site=RECOVERY, since=time.time())
    with Run(lab, "failback", "--reason", "the main site is well again") as run:
        assert moved(lab, user, run, MAIN) < PEOPLE_SECONDS, run.text
    told = report(lab, run)["figures"]["rows_lost"]
    doubtful = [each.number for each in user.attempts if not each.acknowledged]
    assert 0 <= told - sum(map(len, lost.values())) <= 2 * len(doubtful)  # what was kept there and never acknowledged
    for site in (MAIN, RECOVERY):
        for name, found in use.wait_copied(lab, site, user.path, 0.0).items():
            assert (name, set(found.lost), found.invented) == (name, lost[name], ())
    assert told_to_write(lab, MAIN) == {MAIN}
    assert told_to_write(lab, RECOVERY) == {RECOVERY}
    user.stop()
    assert_both_equal(lab)


def assert_times_agree(found: dict[str, Any], user: WritingUser, lost: set[int]) -> None:
    """Compare Wenyam's times with the user's: how long nobody was served, and how much of the newest data is lost."""
    outage = list(ledger.outages(user.attempts))[-1]
    assert abs(found["figures"]["service_time"] - (outage.ended - outage.began)) < AGREE_SECONDS
    newest = max(each.answered for each in user.attempts if each.acknowledged and each.number not in lost and each.site == MAIN)
    assert abs(found["figures"]["recovery_point"] - (outage.began - newest)) < 2 * AGREE_SECONDS


def assert_both_equal(lab: TwoSites) -> None:
    deadline = time.monotonic() + SEEN
    while (one := use.whole(lab, RECOVERY)) != use.whole(lab, MAIN):
        assert time.monotonic() < deadline
        assert one
