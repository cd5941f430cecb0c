"""Manifests are the same bytes each time, come back exactly, and are refused when anybody touched them."""

import hashlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.backup.manifests import digest, from_bytes, to_bytes
from wenyam.errors import RestoreError
from wenyam.model.backup import Manifest
from wenyam.model.instants import Instant

NAMES = st.binary(max_size=12).map(lambda raw: raw.decode("utf-8", "surrogateescape"))
MANIFESTS = st.builds(
    Manifest,
    NAMES,
    st.integers(0, 2**50).map(Instant),
    st.dictionaries(NAMES, st.dictionaries(NAMES, NAMES, max_size=3), max_size=3),
    st.dictionaries(NAMES, NAMES, max_size=2),
    NAMES,
    st.none() | st.integers(0, 2**50).map(Instant),
)
ONE = Manifest("files", Instant(1), {"files": {'/srv/ไทย\n\t"-\udcff': "type=file"}}, {"restic": "0.14.0"}, "x", Instant(2))


@given(MANIFESTS)
def test_every_manifest_comes_back_exactly(manifest: Manifest) -> None:
    assert from_bytes(to_bytes(manifest)) == manifest


def test_the_bytes_are_plain_utf8_json_in_a_fixed_order() -> None:
    written = to_bytes(ONE)
    assert (
        written
        == (
            '{"newest_data":2,"parts":{"files":{"/srv/ไทย\\n\\t\\"-\\udcff":"type=file"}},"position":"x","source":"files",'
            '"taken":1,"tools":{"restic":"0.14.0"},"version":1}'
        ).encode()
    )
    turned = Manifest("files", Instant(1), {"b": {"2": "x", "1": "y"}, "a": {"z": ""}})
    assert to_bytes(turned) == to_bytes(Manifest("files", Instant(1), {"a": {"z": ""}, "b": {"1": "y", "2": "x"}}))
    assert digest(ONE) == hashlib.sha256(written).hexdigest()


def _changed(**changes: object) -> bytes:
    return json.dumps({**json.loads(to_bytes(ONE)), **changes}, sort_keys=True, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "cannot be read"),
        (b"\xff", "cannot be read"),
        (b"[" * 100_000, "cannot be read"),
        (b"[]", "no manifest"),
        (b"{}", "no manifest"),
        (_changed(extra=1), "no manifest"),
        (_changed(version=2), "version 2, this program knows 1"),
        (_changed(taken="1"), "'taken' is no instant"),
        (_changed(taken=True), "'taken' is no instant"),
        (_changed(source=1), "'source' is no text"),
        (_changed(parts=[]), "'parts' has no sections"),
        (_changed(parts={"files": {"a": 1}}), "'files' holds something that is no text"),
        (_changed(parts={"files": []}), "'files' holds something that is no text"),
        (to_bytes(ONE) + b"\n", "somebody or something changed it"),
        (to_bytes(ONE).replace(b'"version"', b' "version"'), "somebody or something changed it"),
        (to_bytes(ONE).replace(b'"x"', b'"x","position":"x"'), "somebody or something changed it"),
    ],
)
def test_anything_else_is_refused_with_a_sentence(data: bytes, words: str) -> None:
    with pytest.raises(RestoreError, match=words):
        from_bytes(data)


def test_a_changed_value_has_another_digest() -> None:
    assert digest(Manifest("files", Instant(1), {"a": {"b": "1"}})) != digest(Manifest("files", Instant(1), {"a": {"b": "2"}}))
