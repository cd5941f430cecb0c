from wenyam.model.inventory import AliveProbe, AliveRule, AtLeast, Device, Inventory, Link, Member, Service, Text
from wenyam.model.states import Subject
from wenyam.operations.maintenance_scope import scope

ALIVE = AliveRule((AliveProbe("icmp"),))
LABEL = Text("ก", "A")


def device(name: str, *parents: str) -> Device:
    return Device(name, "switch", ("10.0.0.1",), "office", "o", "d", ALIVE, parents=parents)


def service(name: str, *members: str) -> Service:
    items = tuple(Member(Subject.parse(member)) for member in members)
    return Service(name, LABEL, "o", "d", AtLeast(len(items), items, "all"))


INVENTORY = Inventory(
    devices={
        each.name: each
        for each in (
            device("core"),
            device("other"),
            device("leaf", "core"),
            device("twig", "leaf"),
            device("both", "core", "other"),
        )
    },
    links={"line": Link("line", LABEL, "office", "o", "d", "leaf", None, None, "192.0.2.1", ALIVE)},
    services={
        "erp": service("erp", "device:twig"),
        "portal": service("portal", "service:erp"),
        "mail": service("mail", "device:other"),
    },
)


def names(subjects: tuple[Subject, ...]) -> list[str]:
    return [str(subject) for subject in subjects]


def test_what_is_behind_and_what_stands_on_it_is_named() -> None:
    found = scope(INVENTORY, (Subject.parse("core"),))
    assert names(found.behind) == ["device:leaf", "device:twig"], "what has another way is not cut off"
    assert names(found.links) == ["link:line"]
    assert names(found.services) == ["service:erp", "service:portal"]
    assert found.others == 3


def test_what_is_named_is_planned_and_not_told_twice() -> None:
    found = scope(INVENTORY, (Subject.parse("core"), Subject.parse("link:line"), Subject.parse("service:erp")))
    assert names(found.links) == []
    assert names(found.services) == ["service:portal"]
