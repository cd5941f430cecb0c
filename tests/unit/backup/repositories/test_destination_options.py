"""What the configuration may say of a destination, and every destination that is registered."""

from typing import Any

import pytest
from pydantic import ValidationError

from wenyam import plugins
from wenyam.backup.repositories.destination import Reach


@pytest.mark.parametrize("name", plugins.names(plugins.DESTINATIONS))
def test_every_registered_destination_loads_and_is_strict(name: str) -> None:
    kind: Any = plugins.load(plugins.DESTINATIONS, name)
    assert kind.__doc__
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.Config(nonsense=1)


@pytest.mark.parametrize(
    ("kind", "options", "words"),
    [
        ("local", {"path": "relative"}, "no plain absolute path"),
        ("local", {"path": "/srv/../etc"}, "no plain absolute path"),
        ("local", {"path": "/srv/a\nb"}, "no plain absolute path"),
        ("external", {"mount": "/mnt", "directory": "../etc"}, "String should match"),
        ("external", {"mount": "/mnt", "uuid": "../sda1"}, "String should match"),
        ("sftp", {"host": "-oProxyCommand=x", "path": "/a"}, "String should match"),
        ("sftp", {"host": "dr", "path": "/a", "port": 0}, "greater than or equal to 1"),
        ("rest", {"url": "https://user:secret@dr/"}, "a login has no place in the address"),
        ("rest", {"url": "ftp://dr/"}, "is no address"),
        ("rest", {"url": "http://dr.example/"}, "plain http would send the login in the clear"),
        ("rest", {"url": "https://dr/?a=b"}, "may have a path and nothing after it"),
        ("rest", {"url": "https://dr:99999/"}, "Port out of range"),
        ("s3", {"endpoint": "http://s3.example", "bucket": "abc"}, "is no address"),
        ("s3", {"endpoint": "https://k:s@s3.example", "bucket": "abc"}, "a login has no place"),
        ("s3", {"endpoint": "https://s3.example", "bucket": "../x"}, "String should match"),
    ],
)
def test_options_that_would_go_wrong_are_refused(kind: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        plugins.load(plugins.DESTINATIONS, kind).Config(**options)


def test_a_place_never_shows_more_than_where_it_is() -> None:
    made = {
        kind: plugins.load(plugins.DESTINATIONS, kind)
        for kind in ("local", "external", "sftp", "rest", "s3")
    }  # fmt: skip
    assert made["local"](made["local"].Config(path="/srv/r")).place == "/srv/r"
    assert made["external"](made["external"].Config(mount="/mnt/d")).place == "/mnt/d/restic"
    assert made["sftp"](made["sftp"].Config(host="::1", path="/r")).place == "sftp://[::1]:22/r"
    assert made["rest"](made["rest"].Config(url="https://dr:8000/r")).place == "https://dr:8000/r/"
    assert made["s3"](made["s3"].Config(endpoint="https://s3.example/", bucket="abc")).place == "https://s3.example/abc/restic"
    assert "secret" not in repr(Reach("rest:https://u:secret@dr/", {"A": "secret"}, secrets=("secret",)))
