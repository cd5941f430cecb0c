"""A name that nobody configured: the nearest one, or some of those there are."""

from wenyam.settings.unknown import unknown


def test_the_nearest_name_is_proposed() -> None:
    said = str(unknown("device", "web1", ["db-1", "web-1"], place=" in /etc/wenyam"))
    assert said == "The command was not understood: there is no device 'web1' in /etc/wenyam. Did you mean 'web-1'?"


def test_names_far_away_are_listed_but_never_a_thousand() -> None:
    assert str(unknown("plan", "x", ["erp", "mail"])).endswith("there is no plan 'x'; there are: erp, mail")
    assert str(unknown("plan", "x", [])).endswith("there is no plan 'x'; there are: none")
    many = [f"switch-{number}" for number in range(1000)]
    assert str(unknown("device", "q", many)).endswith("switch-10, switch-11 and 988 more")


def test_what_no_terminal_should_get_is_not_repeated() -> None:
    assert "'a?[31m?'" in str(unknown("device", "a\x1b[31m\udcff", []))
