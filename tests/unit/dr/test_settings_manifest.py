"""Manifests of pushed settings, and what is on record of pushes: a changed letter is seen, being late has words."""

from dataclasses import replace

import pytest

from wenyam.dr import manifests, push_record
from wenyam.dr.manifests import DamagedCopyError, Manifest
from wenyam.dr.push_record import Pushes
from wenyam.model.instants import Instant
from wenyam.model.inventory import SecretReference
from wenyam.model.pushing import SisterPlan
from wenyam.settings.secret_places import every_secret

HOUR = 3_600_000
NOW = Instant(1_800_000_000_000)
MANIFEST = Manifest("main", "ab" * 32, "cd" * 32, NOW, {"wenyam.yaml": "ef" * 32, "ไทย.yaml": "01" * 32})
SISTER = SisterPlan("dr-watch", 22, "ssh", "/pushed")
GOOD = Pushes(NOW, "cd" * 32, (), "dr-watch:/pushed")


def test_a_manifest_is_read_as_it_was_written() -> None:
    assert manifests.read(manifests.write(MANIFEST)) == MANIFEST


def test_every_changed_letter_that_means_something_is_seen() -> None:
    written = manifests.write(MANIFEST)
    for place in range(0, len(written), 7):
        changed = bytearray(written)
        changed[place] ^= 1
        try:
            found = manifests.read(bytes(changed))
        except DamagedCopyError:
            continue
        assert found == MANIFEST  # white space between the words


def test_what_is_no_manifest_is_refused_with_a_sentence() -> None:
    for content in (b"", b"{}", b"[]", b"\xff", b'{"seal": 1}', manifests.write(MANIFEST)[:-30]):
        with pytest.raises(DamagedCopyError, match="manifest cannot be read"):
            manifests.read(content)


def test_every_way_in_which_a_push_is_not_good_has_words() -> None:
    content = "cd" * 32
    assert push_record.problem(SISTER, GOOD, content, NOW) == ""
    assert "never pushed" in push_record.problem(SISTER, Pushes(), content, NOW)
    assert "never pushed there" in push_record.problem(replace(SISTER, folder="/other"), GOOD, content, NOW)
    assert "changed since" in push_record.problem(SISTER, GOOD, "00" * 32, NOW)
    assert "no room" in push_record.problem(SISTER, replace(GOOD, failure="no room"), content, NOW)
    assert "lies in the future" in push_record.problem(SISTER, GOOD, content, Instant(NOW - HOUR))
    late = push_record.problem(SISTER, GOOD, content, Instant(NOW + 27 * HOUR))
    assert late == "the last push was 1 d 3 h ago, limit 1 d 2 h"


def test_secrets_are_found_however_deep_they_are_named() -> None:
    one, two = SecretReference("file", "/a"), SecretReference("env", "B")
    assert list(every_secret({"x": [(one,)], "y": {"z": two}, "n": "file:/c"})) == [one, two]
