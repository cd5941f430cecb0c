"""A zone file changed as a person would: the records, the serial, and not a letter more."""

import pytest

from wenyam.dr.contract import StepError
from wenyam.dr.zone_text import changed, newer, values_of
from wenyam.links.dns_update import RecordSet

ZONE = "agency.test"
FILE = """\
$TTL 300
@ IN SOA ns1 hostmaster ( 7 3600 600 86400 300 ) ; a comment with 99
  IN NS ns1
ns1 IN A 127.0.0.1
erp 60 IN A 10.0.0.1 ; main
    IN A 10.0.0.2
    IN TXT "erp A 10.0.0.1"
$ORIGIN dr.agency.test.
erp IN A 10.9.9.9
"""


def _changed(text: str, name: str, *values: str, kind: str = "A", served: int = 7) -> str:
    return changed(text, RecordSet(ZONE, name, kind, values), served=served)


def test_two_lines_become_one_and_everything_else_stays() -> None:
    new = _changed(FILE, "erp.agency.test", "10.1.1.1")
    expected = FILE.replace("( 7 ", "( 8 ").replace("10.0.0.1 ; main\n    IN A 10.0.0.2\n", "10.1.1.1 ; main\n\n")
    assert new == expected
    assert values_of(new, ZONE, "erp.agency.test.", "A") == ("10.1.1.1",)


def test_one_line_becomes_two_under_another_origin() -> None:
    new = _changed(FILE, "erp.dr.agency.test", "10.1.1.1", "10.1.1.2")
    assert values_of(new, ZONE, "erp.dr.agency.test", "A") == ("10.1.1.1", "10.1.1.2")
    assert values_of(new, ZONE, "erp.agency.test", "A") == ("10.0.0.1", "10.0.0.2")


def test_a_name_that_is_not_there_is_added() -> None:
    new = _changed(FILE, "new.agency.test", "www.agency.test.", kind="CNAME")
    assert values_of(new, ZONE, "new.agency.test", "CNAME") == ("www.agency.test",)


@pytest.mark.parametrize(("served", "serial"), [(7, 8), (3, 8), (41, 42), (4_294_967_295, 8)])
def test_the_serial_is_newer_than_the_file_and_what_is_served(served: int, serial: int) -> None:
    assert f"( {serial} 3600" in _changed(FILE, "erp.agency.test", "10.1.1.1", served=served)


def test_serials_are_compared_in_a_circle() -> None:
    assert newer(1, 4_294_967_290)
    assert not newer(5, 5)
    assert not newer(4, 5)


@pytest.mark.parametrize(
    "text",
    ["no zone at all", FILE.replace("erp 60 IN A 10.0.0.1 ; main", "erp 60 IN A (\n 10.0.0.1 )"), FILE.replace("SOA", "NS")],
)
def test_a_file_that_a_person_must_edit_is_refused(text: str) -> None:
    with pytest.raises(StepError):
        _changed(text, "erp.agency.test", "10.1.1.1")
