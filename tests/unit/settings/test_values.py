"""The written forms of values, at their edges."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenyam.settings import values
from wenyam.settings.estimate import written_size


@pytest.mark.parametrize(
    ("written", "seconds"),
    [("5s", 5), ("2m", 120), ("1h30m", 5400), ("30d", 2_592_000), ("2w", 1_209_600), ("250ms", 0.25), (" 5 s ", 5)],
)
def test_a_duration_is_seconds(written: str, seconds: float) -> None:
    assert values.duration(written) == seconds


@pytest.mark.parametrize("written", [5, 0.5, "5", "0.5"])
def test_a_duration_without_unit_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"^limit without unit: (5|0\.5); write "):
        values.duration(written)


@pytest.mark.parametrize("written", ["0s", "", "5 parsecs", "-5s", "5s5", True, None, [], "1" * 400 + "d"])
def test_what_is_no_duration_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match=r"duration|longer than nothing"):
        values.duration(written)


@pytest.mark.parametrize(
    ("written", "share"), [("95%", 0.95), ("99.5 %", 0.995), (0, 0), (1, 1), (0.95, 0.95), ("100%", 1), ("0%", 0)]
)
def test_a_ratio_is_a_share(written: object, share: float) -> None:
    assert values.ratio(written) == pytest.approx(share)


@pytest.mark.parametrize("written", [1.01, -0.01, 95, "101%", "-1%", "0.95", "", None, True, float("nan")])
def test_what_is_no_share_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="ratio"):
        values.ratio(written)


@given(st.integers(min_value=0, max_value=100))
def test_a_percentage_and_its_fraction_are_the_same(percent: int) -> None:
    assert values.ratio(f"{percent}%") == values.ratio(percent / 100)


@pytest.mark.parametrize(("written", "size"), [("32MiB", 33_554_432), ("1.5 KiB", 1536), ("10GB", 10**10)])
def test_a_size_is_bytes(written: str, size: int) -> None:
    assert values.size(written) == size


@pytest.mark.parametrize("written", ["core-1", "a", "0", "a" * 63, "erp.app_1"])
def test_names(written: str) -> None:
    assert values.name(written) == written


@pytest.mark.parametrize("written", ["", "-a", ".a", "A", "ก", "a b", "a\n", "a/b", "=a", "a" * 64, "../x", None, 7])
def test_what_is_no_name_is_refused(written: object) -> None:
    with pytest.raises(ValueError, match="is not a name"):
        values.name(written)


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("10.0.0.1", "10.0.0.1"),
        ("2001:DB8::0:1", "2001:db8::1"),
        ("::1", "::1"),
        ("core.example.org", "core.example.org"),
        ("core_1", "core_1"),
    ],
)
def test_an_address_has_its_usual_form(written: str, address: str) -> None:
    assert values.address(written) == address


@pytest.mark.parametrize(
    "written", ["10.0.0.256", "10.0.0", "010.0.0.1", "1", ":::", "a b", "-x", "http://a", "0.0.0.0", "ff02::1", "", "a..b"]
)
def test_what_is_no_address_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="address"):
        values.address(written)


def test_a_secret_in_the_clear_is_refused_and_not_repeated() -> None:
    no_information: Any = None
    for written in (
        "canary",
        "canary:x",
        "FILE:canary",
        "file:",
        "env:canary with spaces",
        "credential:../canary",
        12345,
        None,
        ["canary"],
    ):
        with pytest.raises(ValueError, match=r"^(a secret in the clear|what follows)") as caught:
            values.secret(written, no_information)
        assert "canary" not in str(caught.value)


def test_sizes_are_written_for_people() -> None:
    assert [written_size(count) for count in (0, 1023, 1024, 1.5 * 2**30, 2**50)] == [
        "0 B",
        "1023 B",
        "1.0 KiB",
        "1.5 GiB",
        "1024.0 TiB",
    ]
