"""A drill of the whole application, its process killed with -9 again and again from the first step to the last one taken back."""

import os
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field

import pytest

from wenyam.dr import facts
from wenyam.dr.course import Course, Stage, Undoing
from wenyam.dr.journal import course_of
from wenyam.model.backup import Verdict
from wenyam.store.sqlite import open_reader
from wenyam.testing.sites import TwoSites
from wenyam.testing.sites.plan import MAIN, NODES, RECOVERY
from wenyam.testing.sites.recovering import Run, dr, sign
from wenyam.testing.sites.recovery import PLAN
from wenyam.testing.sites.scripts import COPY_LOG
from wenyam.testing.sites.use import WritingUser

pytestmark = [
    pytest.mark.real,
    pytest.mark.long,
    pytest.mark.skipif(os.geteuid() != 0, reason="machines of its own need root"),
]

KILLS = max(2, int(os.environ.get("WENYAM_PROGRAM_KILLS", "10")) // 10)
SEED = 20_261_128
COPIES = ("dr-pgsql", "dr-mariadb")
"""Where a drill copies a database."""
INSIDE_SECONDS = 0.6
"""A kill comes at most so long after the fact it waits for: at once it is at a boundary, later inside of a step."""
PATIENCE = 300.0
SEEN = 30.0


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TwoSites]:
    with TwoSites(tmp_path_factory.mktemp("two-sites")) as made:
        with WritingUser(made, made.directory / "ledger") as user:  # a comparison of rows wants some
            user.wait_served(SEEN, site=MAIN, since=time.time())
        done = dr(made, "rehearse", PLAN)
        assert done.returncode == 0, done.stderr
        yield made


@dataclass
class Lives:
    """One run of the plan, carried on by one process after the other."""

    lab: TwoSites
    signed: set[str] = field(default_factory=set)
    count: int = 0
    """Processes so far."""

    def course(self) -> tuple[Course, int]:
        """Return the newest run and how many facts it has by now."""
        state = self.lab.machines.disk(NODES["dr-watch"]) / "wenyam" / "state"
        with closing(open_reader(state)) as reader:
            found, _ = course_of(reader, PLAN)
            known = reader.facts_after(found.sequence - 1, facts.KINDS)
            return found, sum(each.fact.body.get("run") == found.run for each in known)

    def live(self, at: int | None, after: float) -> None:
        """Let a process carry the run on until it has so many facts, then kill it a while after; None: until its end."""
        words = ("resume", PLAN) if self.count else ("drill",)
        self.count += 1
        with Run(self.lab, *words) as run:
            run.wait_for("", PATIENCE)  # it has the run
            deadline = time.monotonic() + PATIENCE
            while run.process.poll() is None:
                course, known = self.course()
                if at is not None and known >= at:
                    time.sleep(after)
                    run.kill()
                    run.process.wait(SEEN)
                    return
                assert time.monotonic() < deadline, run.text
                self.speak(course)
                time.sleep(0.02)
            assert run.process.returncode == 0, run.text

    def speak(self, course: Course) -> None:
        """Let the users' representative sign once when she is asked."""
        if course.step("users-test").stage is Stage.RUNNING and course.run not in self.signed:
            self.signed.add(course.run)
            sign(self.lab, course.run, "users-test", "kanya")


def copied(lab: TwoSites) -> dict[str, Counter[str]]:
    """Return how often a copy was made and dropped on each database server of the DR site."""
    found = {}
    for name in COPIES:
        log = lab.machines.disk(NODES[name]) / COPY_LOG.removeprefix("/srv/")
        found[name] = Counter(log.read_text(encoding="ascii").split() if log.exists() else ())
    return found


def end_state(course: Course) -> dict[str, tuple[Stage, Undoing]]:
    return {name: (each.stage, each.undoing) for name, each in course.steps.items()}


def test_a_drill_killed_again_and_again_ends_as_one_that_was_not_and_no_copy_is_made_or_dropped_twice(lab: TwoSites) -> None:
    whole = Lives(lab)
    with WritingUser(lab, lab.directory / "ledger") as user:  # else the newest data would be old, which is measured
        user.wait_served(SEEN, site=MAIN, since=time.time())
        whole.live(None, 0.0)
    model, length = whole.course()
    assert model.verdict is Verdict.PASS
    assert copied(lab) == {name: Counter(start=1, stop=1) for name in COPIES}
    chance, killed = random.Random(SEED), Lives(lab)
    with WritingUser(lab, lab.directory / "ledger") as user:
        user.wait_served(SEEN, site=MAIN, since=time.time())
        for number in range(KILLS):
            at = 1 + int((number + chance.random()) * (length - 1) / KILLS)
            killed.live(at, chance.choice((0.0, chance.uniform(0.0, INSIDE_SECONDS))))
            if killed.course()[0].is_over:
                break
        if not killed.course()[0].is_over:
            killed.live(None, 0.0)
        user.wait_served(SEEN, site=MAIN, since=time.time())
    course, _ = killed.course()
    assert (course.run != model.run, course.verdict) == (True, Verdict.PASS), course.summary
    assert end_state(course) == end_state(model)
    assert copied(lab) == {name: Counter(start=2, stop=2) for name in COPIES}
    assert lab.machines.run(NODES["dr-app"], "/usr/sbin/ip", "-o", "address", "show", "to", "10.42.1.110") == ""
    done = dr(lab, "report", course.run, "--json", site=RECOVERY)
    assert done.returncode == 0, done.stderr
