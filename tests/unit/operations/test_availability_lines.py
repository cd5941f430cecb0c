"""Lines of figures of everything: worked out together they are what each is alone, and the collector of garbage comes back."""

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.availability.buckets import Buckets, pooled
from wenyam.availability.figures import figures
from wenyam.garbage import collector_paused
from wenyam.i18n.periods import NamedPeriod
from wenyam.model.instance import AvailabilityRules
from wenyam.model.instants import Instant, Period
from wenyam.model.inventory import AliveProbe, AliveRule, AtLeast, Device, Group, Inventory, Link, Member, Service, Site, Text
from wenyam.model.states import Subject, SubjectKind
from wenyam.operations.accounts import Account
from wenyam.operations.availability import entries, everything, single, together

ALIVE = AliveRule((AliveProbe("icmp"),))
NAMES = ("a", "b", "c", "d")
SUBJECTS = [Subject(kind, name) for kind in (SubjectKind.DEVICE, SubjectKind.LINK, SubjectKind.SERVICE) for name in NAMES]
SECONDS = st.integers(0, 100)
BUCKETS = st.builds(Buckets, SECONDS, SECONDS, SECONDS, SECONDS, SECONDS)
COUNTS = st.dictionaries(st.sampled_from(SUBJECTS), BUCKETS)
RULES = AvailabilityRules()
NOBODY = "somchai"


def device(name: str) -> Device:
    objective = 0.95 if name < "c" else 0.5
    return Device(
        name, "server" if name < "b" else "switch", ("192.0.2.1",), "office", NOBODY, NOBODY, ALIVE, objective=objective
    )


INVENTORY = Inventory(
    sites={"office": Site("office", Text("office", "office"))},
    devices={name: device(name) for name in NAMES[:3]},
    links={"a": Link("a", Text("a", "a"), "office", NOBODY, NOBODY, "a", None, None, "192.0.2.2", ALIVE)},
    services={"b": Service("b", Text("b", "b"), NOBODY, NOBODY, AtLeast(1, (Member(SUBJECTS[0]),), "all"))},
    groups={"few": Group("few", Text("few", "few"), (SUBJECTS[0], SUBJECTS[4], SUBJECTS[9], SUBJECTS[0]))},
)


def account_of(counts: dict[Subject, Buckets], corrected: dict[Subject, Buckets]) -> Account:
    again = {subject: buckets for subject, buckets in corrected.items() if subject in counts and buckets != counts[subject]}
    day = NamedPeriod("day", Period(Instant(0), Instant(500)), "วัน", "day")
    return Account(day, Instant(500), Instant(500), RULES, final=True, lines={}, planned={}, counts=counts, corrected=again)


@given(COUNTS, COUNTS)
def test_lines_worked_out_together_are_those_worked_out_alone(
    counts: dict[Subject, Buckets], corrected: dict[Subject, Buckets]
) -> None:
    account = account_of(counts, corrected)
    selections = everything(INVENTORY, account.counts)
    alone = [
        single(account, INVENTORY, each.members[0]) if each.alone else together(account, INVENTORY, each) for each in selections
    ]
    assert entries(account, INVENTORY, selections) == alone


@given(COUNTS, COUNTS)
def test_a_pool_says_what_its_members_say_each_by_itself(
    counts: dict[Subject, Buckets], corrected: dict[Subject, Buckets]
) -> None:
    account = account_of(counts, corrected)
    for selection in everything(INVENTORY, account.counts):
        if selection.alone:
            continue
        members = {subject for subject in selection.members if subject in counts}
        line = together(account, INVENTORY, selection)
        lines = [single(account, INVENTORY, subject) for subject in members]
        measured = [(each.figures.availability, each.name) for each in lines if each.figures.availability is not None]
        buckets, again = (pooled(held[subject] for subject in members) for held in (counts, {**counts, **account.corrected}))
        assert (line.members, line.buckets) == (len(members), buckets)
        assert line.corrected == (None if again == buckets else figures(again, RULES))
        assert (line.worst_availability, line.worst_member) == (min(measured) if measured else (None, ""))
        assert line.below == sum(each.figures.meets(each.objective) is False for each in lines)
        assert line.insufficient == sum(not each.figures.sufficient for each in lines)


def test_everything_is_the_pools_then_services_links_and_devices_by_name() -> None:
    lived = {Subject(SubjectKind.DEVICE, "d"), Subject(SubjectKind.SERVICE, "gone")}
    found = [f"{each.kind}:{each.name}" for each in everything(INVENTORY, lived)]
    pools = ["whole:whole", "site:office", "kind:server", "kind:switch", "group:few"]
    assert found == [*pools, "service:b", "service:gone", "link:a", "device:a", "device:b", "device:c", "device:d"]


def test_the_collector_of_garbage_comes_back_whatever_happens() -> None:
    with pytest.raises(RuntimeError, match="broken"), collector_paused():  # noqa: PT012  # what is asserted inside is the point
        assert not gc.isenabled()
        with collector_paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
        raise RuntimeError("broken")
    assert gc.isenabled()
