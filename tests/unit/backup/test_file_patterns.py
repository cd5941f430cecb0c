"""Which patterns are taken, and which paths they mean; that restic means the same is proven with restic itself."""

import pytest
from pydantic import ValidationError

from wenyam.backup.sources.file_patterns import check_pattern, matcher
from wenyam.backup.sources.files import FilesOptions


@pytest.mark.parametrize(
    ("pattern", "words"),
    [
        ("**/x", "a whole"), ("[a]", "character class"), ("a\\b", "backslash"), ("!x", "take back"), ("", "is no path"),
        ("a//b", "is no path"), ("/", "is no path"), ("a/", "is no path"), ("../x", "is no path"), ("./x", "is no path"),
        ("a\0", "is no path"),
    ],
)  # fmt: skip
def test_what_restic_could_read_in_another_way_is_refused(pattern: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        check_pattern(pattern)


@pytest.mark.parametrize(
    ("pattern", "path", "excluded"),
    [
        ("/srv/cache", "/srv/cache", True),
        ("/srv/cache", "/srv/cache/x/y", True),
        ("/srv/cache", "/srv/cache2", False),
        ("/srv/cache", "/data/srv/cache", False),
        ("cache", "/srv/a/cache/x", True),
        ("srv", "/srv/a", True),
        ("*.tmp", "/srv/x.tmp", True),
        ("*.tmp", "/srv/x.tmp.old", False),
        ("a/*.tmp", "/srv/a/x.tmp", True),
        ("a/*.tmp", "/srv/a/b/x.tmp", False),
        ("?", "/ไ", True),
        ("?", "/ไท", False),
        ("a.b", "/aXb", False),
        ("$x", "/$x", True),
        ("*", "/new\nline", True),
    ],
)
def test_a_pattern_means_whole_names(pattern: str, path: str, excluded: bool) -> None:  # noqa: FBT001  # a table
    assert matcher([check_pattern(pattern)])(path) is excluded


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"paths": []}, "at least 1 item"),
        ({"paths": ["srv"]}, "'srv' is no absolute path"),
        ({"paths": ["/srv/"]}, "should be written '/srv'"),
        ({"paths": ["//srv"]}, "should be written '/srv'"),
        ({"paths": ["/srv/../etc"]}, "should be written '/etc'"),
        ({"paths": ["/srv"], "exclude": ["**"]}, "a whole"),
        ({"paths": ["/srv"], "excludes": []}, "Extra inputs"),
    ],
)
def test_options_that_cannot_be_meant_are_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        FilesOptions.model_validate(options)
