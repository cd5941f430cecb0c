"""A run told in plain lines: what a step finds again and again is told once, and every change of it."""

from wenyam.cli.dr_live import only_news


def test_a_step_that_finds_the_same_says_it_once_whatever_others_say_between() -> None:
    told: list[str] = []
    say = only_news(told.append)
    for line in ("page: down", "page: down", "desk: waits", "page: down", "page: up", "page: down", "desk: waits"):
        say(line)
    assert told == ["page: down", "desk: waits", "page: up", "page: down"]
