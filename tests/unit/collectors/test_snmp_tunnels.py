"""Tunnels keep their name while their keys are changed: rows that share a label become one value."""

from collections.abc import AsyncIterator

import pytest

from tests.unit.collectors.test_snmp_meanings import FAILED, OK, UNKNOWN, read, values
from wenyam.clock import SystemClock
from wenyam.collectors.snmp_entry import Entry, EntryContext
from wenyam.collectors.snmp_profile import SampleEntry
from wenyam.links.pools import Links
from wenyam.settings.secrets import SecretReader

ASA = "1.3.6.1.4.1.9.9.171.1.2.3.1"
JUNIPER = "1.3.6.1.4.1.2636.3.52.1.1.2.1"
SONICWALL = "1.3.6.1.4.1.8741.1.3.2.1.1.1"


@pytest.fixture
async def links() -> AsyncIterator[Links]:
    made = Links(SystemClock(), SecretReader({"COMMUNITY": "public"}), "/dev/null")
    yield made
    await made.close()


@pytest.mark.parametrize(("first", "second", "expected"), [(1, 2, OK), (2, 1, OK), (2, 2, FAILED), (1, 99, UNKNOWN)])
async def test_a_tunnel_is_well_while_one_of_its_associations_is(links: Links, first: int, second: int, expected: int) -> None:
    lines = [f"{JUNIPER}.43.1.4.192.0.2.1.{index}=text:branch" for index in (7, 8)]
    lines += [f"{JUNIPER}.6.1.4.192.0.2.1.7=integer:{first}", f"{JUNIPER}.6.1.4.192.0.2.1.8=integer:{second}"]
    assert values(await read(links, "juniper", *lines), "vpn_tunnel_status") == {"branch": expected}


@pytest.mark.parametrize(
    ("profile", "rows"),
    [
        ("cisco-asa", [f"{ASA}.7.{{}}=text:203.0.113.9", f"{ASA}.35.{{}}=integer:1"]),
        ("sonicwall", [f"{SONICWALL}.14.{{}}=text:203.0.113.9", f"{SONICWALL}.8.{{}}=counter32:4"]),
        ("juniper", [f"{JUNIPER}.14.1.4.203.0.113.9.{{}}=text:203.0.113.9", f"{JUNIPER}.6.1.4.203.0.113.9.{{}}=integer:1"]),
    ],
)
async def test_new_keys_change_no_name_of_a_tunnel(links: Links, profile: str, rows: list[str]) -> None:
    for indices in ((5,), (5, 6), (6,)):
        lines = [row.format(index) for index in indices for row in rows]
        assert values(await read(links, profile, *lines), "vpn_tunnel_status") == {"203.0.113.9": OK}


def entry(**more: object) -> Entry:
    specification = SampleEntry.model_validate({"sample": "power_watts", "value": "watts", "labels": {"sensor": "name"}, **more})
    rows = [{"name": "a"}, {"name": "b"}, {"name": "a"}]
    found = Entry.build(specification, EntryContext(rows, [b"\x01", b"\x02", b"\x03"], {"watts": frozenset({0, 1, 2})}))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("how", "watts", "expected"),
    [
        ("sum", [1, 2, 3], {"a": 4, "b": 2}),
        ("mean", [1, 2, 3], {"a": 2, "b": 2}),
        ("min", [None, 2, 3], {"a": 3, "b": 2}),
        ("max", [1, None, 3], {"a": 3}),
        ("count", [1, None, 3], {"a": 2, "b": 0}),
    ],
)
def test_rows_with_one_label_become_one_value(how: str, watts: list[int | None], expected: dict[str, float]) -> None:
    labels, found, refused = entry(aggregate=how).evaluate({"watts": watts}, {})
    assert ({each[0][1]: value for each, value in zip(labels, found, strict=True)}, refused) == (expected, 0)


def test_rows_with_one_label_that_are_not_put_together_are_told_apart() -> None:
    labels, found, _ = entry().evaluate({"watts": [1, 2, 3]}, {})
    assert {each[0][1]: value for each, value in zip(labels, found, strict=True)} == {"a#1": 1, "b": 2, "a#3": 3}
