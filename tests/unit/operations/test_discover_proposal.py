"""From what addresses say to devices for the configuration."""

from wenyam.collectors.snmp_library import shipped
from wenyam.operations.discover_proposal import Found, kind_of, propose, yaml

LIBRARY = shipped()


def found(address: str, name: str = "", object_id: str = "1.3.6.1.4.1.99999", description: str = "", **more: int) -> Found:
    return Found(address, "read", name, description, object_id, more.get("uptime", 100), more.get("services", 0))


def test_names_are_plain_short_and_never_twice() -> None:
    names = ["Core-SW.example.go.th", "core_sw", "สวิตช์", "", "192.0.2.7", "x" * 60, "a:b{}"]
    made = propose(
        [found(f"192.0.2.{number}", name, uptime=number * 10**6) for number, name in enumerate(names, 1)], LIBRARY, {"core-sw"}
    )
    assert [each.name for each in made] == [
        "core-sw-2",
        "core-sw-3",
        "device-192-0-2-3",
        "device-192-0-2-4",
        "192-0-2-7",
        "x" * 40,
        "a-b",
    ]


def test_a_router_that_answers_at_two_addresses_is_one_device() -> None:
    made = propose(
        [
            found("192.0.2.1", "r1", uptime=5000),
            found("192.0.2.65", "r1", uptime=5200),
            found("192.0.2.66", "r1", uptime=900_000),
        ],
        LIBRARY,
        (),
    )
    assert [(each.name, each.addresses) for each in made] == [("r1", ("192.0.2.1", "192.0.2.65")), ("r1-2", ("192.0.2.66",))]


def test_the_kind_is_what_the_profile_measures_else_what_the_device_serves() -> None:
    kinds = {
        profile: kind_of(profile, LIBRARY, 78)
        for profile in (
            "fortinet",
            "netapp",
            "ups",
            "apc-pdu",
            "linux",
            "cisco-ios",
            "cyberpower",
            "dell-idrac",
            "huawei",
            "generic",
        )
    }
    assert kinds == {
        "fortinet": "firewall",
        "netapp": "storage",
        "ups": "ups",
        "apc-pdu": "pdu",
        "linux": "server",
        "cisco-ios": "switch",
        "cyberpower": "ups",
        "dell-idrac": "server",
        "huawei": "switch",
        "generic": "switch",
    }
    assert [kind_of("generic", LIBRARY, services) for services in (2, 4, 72, 0)] == ["switch", "router", "server", "other"]


def test_hostile_words_stay_in_their_comment() -> None:
    made = propose([found("2001:db8::1", "n", description="x } devices: {evil: 1} # '"), found("192.0.2.9", "m")], LIBRARY, ())
    text = yaml(made, "Proposed.")
    assert text.splitlines()[3].startswith("  # unknown maker, profile generic: x } devices:")
    assert '    address: "2001:db8::1"' in text
    assert "    address: 192.0.2.9" in text
