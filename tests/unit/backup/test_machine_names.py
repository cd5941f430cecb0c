"""Names on a test machine: what is ours, and since when it lies there."""

from datetime import datetime

from wenyam.backup.machine_names import database_ending, folder_name, left_among, note
from wenyam.model.instants import Instant, after, from_datetime

RUN = "20261125t030405-0a1b2c"


def at(text: str) -> Instant:
    return from_datetime(datetime.fromisoformat(text))


NOW = at("2026-11-27T02:00:00Z")


def test_names_that_are_made_are_found_again_with_their_moment_oldest_first() -> None:
    older = "erp" + database_ending("20261124t030405-0a1b2c")
    found = left_among([folder_name("erp-db", RUN), older], NOW)
    assert [str(each) for each in found] == [
        "erp_wenyam_20261124t030405_0a1b2c, from 2026-11-24T03:04:05.000Z",
        "wenyam-erp-db-20261125t030405-0a1b2c, from 2026-11-25T03:04:05.000Z",
    ]
    assert note("erp-db", found[:1])[0].endswith("on the test machine; to remove it: wenyam restore leftovers erp-db")


def test_what_a_running_test_made_and_what_is_not_ours_is_never_found() -> None:
    made = folder_name("share", RUN)
    assert left_among([made], at("2026-11-26T03:04:05Z")) == ()
    assert left_among([made], after(at("2026-11-26T03:04:05Z"), 0.001)) != ()
    others = ["erp", "erp_wenyam_", "wenyam", "wenyam-share", "my" + made, made + "~", "wenyam-share-20269925t030405-0a1b2c", ""]
    assert left_among(others, NOW) == ()
