from wenyam.model.states import State, SubjectKind
from wenyam.testing.pictures import TROUBLE, calm, configuration, standing
from wenyam.tui.standings import Standings
from wenyam.tui.standings import standing as read


def test_a_new_set_knows_what_changed_and_the_old_one_stays_as_it_was() -> None:
    before = calm(configuration())
    after = before.moved(TROUBLE)
    assert before.bad == {}
    assert after.bad["device:core-1"].state is State.DOWN
    assert after.moved([standing("device:core-1", State.UP)]).bad.keys() == after.bad.keys() - {"device:core-1"}


def test_what_is_watched_no_more_is_gone_everywhere() -> None:
    after = calm(configuration()).moved(TROUBLE).moved([], ["device:core-1/cpu", "device:nobody"])
    assert "device:core-1/cpu" not in after.by_subject
    assert "device:core-1/cpu" not in after.bad
    assert [each.check for each in after.of(SubjectKind.DEVICE, "core-1")] == ["alive", "memory", "disk"]


def test_moving_in_steps_gives_the_same_as_at_once() -> None:
    one_by_one = Standings()
    for each in TROUBLE:
        one_by_one = one_by_one.moved([each])
    assert one_by_one.by_subject == Standings().moved(TROUBLE).by_subject
    assert one_by_one.by_owner == Standings().moved(TROUBLE).by_owner


def test_a_row_of_the_watcher_is_read() -> None:
    row = {
        "subject": "device:a/cpu", "kind": "device", "name": "a", "check": "cpu", "state": "warn",
        "since": "2026-11-26T02:10:00.000Z", "summary": "cpu 97 %", "value": 0.97, "limit": 0.9, "cause": None,
        "window": "w", "soft": "ok", "attempt": 1, "flapping": True,
    }  # fmt: skip
    found = read(row)
    assert (found.subject, found.state, found.soft, found.attempt) == ("device:a/cpu", State.WARN, State.OK, 1)
    assert (found.value, found.limit, found.window, found.cause, found.flapping) == (0.97, 0.9, "w", None, True)
    assert found.owner == "device:a"
    assert found.since == 1_795_659_000_000


def test_nothing_is_known_of_a_check_while_its_device_is_not_up_whatever_was_recorded_of_it() -> None:
    """A green row of a dead device is the worst thing a dashboard can show."""
    healthy = [
        standing("device:core-1", State.UP),
        standing("device:core-1/cpu", State.OK, 60, "cpu 25 %", value=0.25, limit=0.9),
    ]
    states = Standings().moved(healthy)
    cpu = states.by_subject["device:core-1/cpu"]
    assert states.seen(cpu) is cpu
    for state in (State.DOWN, State.UNREACHABLE, State.UNKNOWN):
        gone = states.moved([standing("device:core-1", state, 30)])
        seen = gone.seen(gone.by_subject["device:core-1/cpu"])
        assert (seen.state, seen.value, seen.limit) == (State.UNKNOWN, None, None)
        assert seen.since == gone.by_subject["device:core-1"].since
        assert seen.summary == "not known while the device is not up; before that: cpu 25 %"
    assert gone.moved([standing("device:core-1", State.UP)]).seen(cpu) is cpu
