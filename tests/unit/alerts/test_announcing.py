"""Announcements without a watcher: what is still to be said, to whom, in which words, and what hostile text becomes."""

from wenyam.alerts import announcing
from wenyam.alerts.routing import Directory
from wenyam.alerts.text import Writer
from wenyam.incidents import announcements
from wenyam.incidents.announcements import Announcement
from wenyam.model.facts import Fact
from wenyam.model.incidents import IncidentRules
from wenyam.model.instants import Instant, after
from wenyam.model.inventory import Inventory, Person, Text

NOW = Instant(1_795_000_000_000)
UNTIL = after(NOW, 3600)
CHANNELS = ("line", "mail")
ZONE = "Asia/Bangkok"


def fact(name: str = "A1", *, channels: tuple[str, ...] = ("mail",), to: tuple[str, ...] = ("role:all",)) -> Fact:
    text = Text("ระบบ ERP กลับมาใช้งานได้แล้ว", "ERP works again")
    return announcements.announced(name, NOW, "somchai", text, UNTIL, services=("erp",), channels=channels, to=to)


def one(*facts: Fact) -> Announcement:
    (found,) = announcements.read(facts).values()
    return found


def said(*facts: Fact, known: frozenset[str] = frozenset(), now: Instant = NOW) -> list[tuple[str, str, tuple[str, ...]]]:
    desk = announcing.Announcing.__new__(announcing.Announcing)  # what it reads from is not needed to ask what it wants
    desk.known = announcements.read(facts)
    people = {"anan": Person("anan", Text("อนันต์", "Anan"), roles=("all",)), "suda": Person("suda", Text("สุดา", "Suda"))}
    directory = Directory(Inventory(people=people), lambda _rota, _at: (), ZONE)
    return [(each.part, each.channel, each.people) for each in desk.wanted(known, CHANNELS, directory, now)]


def test_what_was_announced_is_read_back_as_it_was_meant() -> None:
    found = one(fact())
    assert (found.name, found.by, found.until, found.services, found.channels, found.to) == (
        "A1", "somchai", UNTIL, ("erp",), ("mail",), ("role:all",),
    )  # fmt: skip
    assert found.is_open(NOW)
    assert not found.is_open(UNTIL)
    taken_back = one(fact(), announcements.withdrawn("A1", after(NOW, 5), "malee", "was wrong"), fact())
    assert not taken_back.is_open(after(NOW, 6))
    assert (taken_back.withdrawn_by, taken_back.reason) == ("malee", "was wrong")


def test_a_language_nobody_wrote_in_is_told_in_the_other_one() -> None:
    found = one(announcements.announced("A1", NOW, "x", Text("", "Only English"), UNTIL))
    assert found.said("th") == ("Only English", "en")
    assert found.said("en") == ("Only English", "en")


def test_it_is_said_once_through_each_channel_and_taken_back_only_where_it_was_said() -> None:
    both = fact(channels=("mail", "line", "gone"))
    assert said(both) == [("A1:announced:0", "mail", ("anan",)), ("A1:announced:0", "line", ("anan",))]
    assert said(both, known=frozenset({"A1:announced:0"})) == []
    assert said(both, now=UNTIL) == []
    assert said(fact(channels=())) == []
    back = announcements.withdrawn("A1", NOW, "malee")
    assert said(fact(), back) == []
    assert said(fact(), back, known=frozenset({"A1:announced:0"})) == [("A1:withdrawn:0", "mail", ("anan",))]
    assert said(fact(), back, known=frozenset({"A1:announced:0", "A1:withdrawn:0"})) == []


def writer(language: str) -> Writer:
    people = {"somchai": Person("somchai", Text("สมชาย ใจดี", "Somchai Jaidee"))}
    return Writer(Inventory(people=people), "dc-main", ZONE, language, IncidentRules())


def test_the_message_says_what_until_when_and_who() -> None:
    english = announcing.message(writer("en"), [one(fact())], NOW)
    assert english.title == "◆ Announcement: ERP works again"
    assert english.body.splitlines()[0] == "ERP works again"
    assert "Services: erp" in english.body
    assert "Announced by Somchai Jaidee · A1" in english.body
    thai = announcing.message(writer("th"), [one(fact())], NOW)
    assert thai.title.startswith("◆ ประกาศ: ระบบ ERP กลับมาใช้งานได้แล้ว")
    assert "สมชาย ใจดี" in thai.body
    back = announcing.message(writer("en"), [one(fact(), announcements.withdrawn("A1", NOW, "malee", "too early"))], NOW)
    assert back.title == "◆ Announcement withdrawn: ERP works again"
    assert back.body.endswith("too early")


def test_hostile_text_is_one_harmless_line_of_limited_length() -> None:
    hostile = "\x1b[31mred\u202e\n<script>alert(1)</script> ก" + "า" * 5000
    found = one(announcements.announced("A1", NOW, "x", Text(hostile, ""), UNTIL))
    assert found.text.th.startswith("red <script>alert(1)</script> ก")
    assert len(found.text.th) <= announcements.LONGEST_TEXT
    assert all(character.isprintable() for character in found.text.th)
    assert len(announcing.message(writer("en"), [found], NOW).title) <= 60


def test_names_of_a_day_are_counted_in_the_zone_of_the_instance() -> None:
    midnight = Instant(1_795_021_200_000)  # 2026-11-18T17:00Z, the 19th in Bangkok
    assert announcements.free_name({}, midnight, ZONE) == "A20261119-1"
    assert announcements.free_name({"A20261119-1": one(fact())}, midnight, ZONE) == "A20261119-2"
