"""What of a manifest can be measured on another machine."""

from wenyam.backup.comparison import UNSETTLED
from wenyam.backup.machine_tree import SECTION, expected_there
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant

FILES = {
    "/srv": "type=directory mode=0755 owner=0:0",
    "/srv/a b": "type=file mode=0644 owner=0:0 size=5 mtime=2026-11-26T00:00:00.000000001Z sha256=abc",
    "/srv/z": "type=file hardlink=/srv/a%20b",
    "/srv/link": "type=link owner=0:0 target=a%20b",
    "/srv/bare": "type=file mode=0600 size=7 mtime=2026-11-26T00:00:00.000000001Z",
}


def test_kinds_sizes_hashes_and_links_stay_and_a_second_name_is_a_file_like_its_first() -> None:
    made = Manifest("files", Instant(1), {SECTION: FILES, UNSETTLED: {"/srv/a b": "grew"}})
    found = expected_there(made, {"/srv/bare": "written"})
    assert found.parts == {
        SECTION: {
            "/srv": "type=directory",
            "/srv/a b": "type=file size=5 sha256=abc",
            "/srv/z": "type=file size=5 sha256=abc",
            "/srv/link": "type=link target=a%20b",
            "/srv/bare": "type=file size=7",
        },
        UNSETTLED: {"/srv/a b": "grew", "/srv/bare": "written"},
    }
