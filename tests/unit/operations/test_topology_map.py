"""From what devices see to cables, parents and changes."""

from collections.abc import Iterable

from wenyam.model.inventory import AliveRule, Device
from wenyam.model.topology import Cable, End, Neighbour, Seen
from wenyam.operations.topology_forms import cable_data, cable_of, data, dot, text
from wenyam.operations.topology_map import Map, build, changes, kept


def device(name: str, address: str, parents: tuple[str, ...] = ()) -> Device:
    return Device(name, "switch", (address,), "here", "owner", "duty", AliveRule(()), parents=parents)


DEVICES = {
    "core": device("core", "192.0.2.1"),
    "access": device("access", "192.0.2.2", ("core",)),
    "edge": device("edge", "192.0.2.3"),
    "server": device("server", "192.0.2.9"),
}
CORE = Seen(
    "core",
    "core-sw.example.go.th",
    {"gigabitethernet1/0/1": "Gi1/0/1", "gi1/0/1": "Gi1/0/1", "gi1/0/2": "Gi1/0/2", "gi1/0/3": "Gi1/0/3"},
    frozenset({"00:00:5e:00:01:01"}),
    (
        Neighbour("Gi1/0/1", "lldp", "access-sw", "Gi0/24", "192.0.2.2"),
        Neighbour("Gi1/0/2", "lldp", "printer", "1", chassis="00:00:5e:00:77:77"),
        Neighbour("Gi1/0/2", "cdp", "printer(SN1)", "eth1"),
    ),
    {"Gi1/0/1": frozenset({"00:00:5e:00:09:09", "00:00:5e:00:00:05"}), "Gi1/0/3": frozenset({"00:00:5e:00:00:08"})},
    {"192.0.2.9": "00:00:5e:00:09:09"},
)
ACCESS = Seen(
    "access",
    "access-sw",
    {"gi0/24": "Gi0/24", "gi0/1": "Gi0/1", "gi0/2": "Gi0/2"},
    frozenset({"00:00:5e:00:02:02"}),
    (
        Neighbour("Gi0/24", "cdp", "core-sw.example.go.th", "GigabitEthernet1/0/1"),
        Neighbour("Gi0/2", "lldp", "edge", "ge-0/0/0"),
    ),
    {"Gi0/1": frozenset({"00:00:5e:00:09:09"}), "Gi0/24": frozenset({"00:00:5e:00:00:08"})},
)


def said(cables: Iterable[Cable]) -> list[str]:
    return [f"{cable.one} = {cable.other} ({cable.by})" for cable in cables]


def test_both_ends_make_one_cable_in_the_ports_own_names() -> None:
    assert said(build(DEVICES, [CORE, ACCESS]).cables) == [
        "access Gi0/1 = server (bridge table)",
        "access Gi0/2 = edge ge-0/0/0 (lldp)",
        "access Gi0/24 = core Gi1/0/1 (cdp+lldp)",
        "core Gi1/0/2 = printer 1 (not in the inventory) (cdp+lldp)",
    ]


def test_parents_go_outward_from_the_root_and_only_news_is_proposed() -> None:
    assert build(DEVICES, [CORE, ACCESS]).parents == {"edge": ("access",), "server": ("access",)}
    assert build(DEVICES, [CORE, ACCESS], ["edge"]).parents == {
        "access": ("edge",),
        "core": ("access",),
        "server": ("access",),
    }


def test_a_name_that_is_an_address_is_nobody_elses() -> None:
    odd = Seen("edge", "192.0.2.77", {}, frozenset(), (Neighbour("p1", "lldp", "192.168.1.1", "x"),))
    assert said(build(DEVICES, [odd]).cables) == ["192.168.1.1 x (not in the inventory) = edge p1 (lldp)"]


def test_a_machine_learnt_at_two_equal_places_is_not_guessed() -> None:
    twice = Seen("edge", "edge", {}, frozenset(), (), {"p7": frozenset({"00:00:5e:00:09:09"})})
    assert not [cable for cable in build(DEVICES, [CORE, ACCESS, twice]).cables if cable.by == "bridge table"]


def test_a_cable_that_was_moved_is_told_at_every_port_that_was_looked_at() -> None:
    before = build(DEVICES, [CORE, ACCESS]).cables
    moved = Seen("access", "access-sw", ACCESS.ports, ACCESS.macs, (Neighbour("Gi0/1", "lldp", "edge", "ge-0/0/0"),))
    now = build(DEVICES, [moved]).cables
    told = [each.sentence for each in changes(before, now, ["access"])]
    assert told == [
        "access Gi0/1: now edge ge-0/0/0, before server",
        "access Gi0/2: nothing is seen any more, before edge ge-0/0/0",
        "access Gi0/24: nothing is seen any more, before core Gi1/0/1",
    ]
    assert changes(before, before, ["access", "core"]) == []
    assert changes(before, now, []) == []


def test_what_could_not_be_read_is_remembered() -> None:
    before = build(DEVICES, [CORE, ACCESS]).cables
    assert said(kept(before, [], ["access"])) == ["core Gi1/0/2 = printer 1 (not in the inventory) (cdp+lldp)"]
    assert kept(before, before, ["access", "core"]) == list(before)


def test_hostile_names_stay_inside_their_quotes() -> None:
    cable = Cable(End("core", 'p"1\\'), End('x" [color=red]; "', "", known=False), "lldp")
    drawn = Map((cable,))
    assert '"x\\" [color=red]; \\""' in dot(drawn)
    assert 'taillabel="p\\"1\\\\"' in dot(drawn)
    assert cable_of(cable_data(cable)) == cable
    assert data(drawn, {"edge": "No answer"}, [])["not_read"] == {"edge": "No answer"}
    assert "Not read\n  edge: No answer" in text(drawn, {"edge": "No answer"}, None)
    assert "none is seen" in text(Map(()), {}, [])
