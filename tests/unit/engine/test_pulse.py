"""Who must show life is missed when it is silent, and only then."""

from wenyam.engine.pulse import Pulse
from wenyam.testing.clock import FakeClock


def test_a_loop_is_missed_once_it_is_silent_for_longer_than_its_limit() -> None:
    clock = FakeClock()
    pulse = Pulse(clock)
    pulse.expect("alerts", 10.0)
    clock.jump(10.0)
    assert pulse.silent() == ()
    clock.jump(0.1)
    assert pulse.silent() == ("alerts",)
    pulse.beat("alerts")
    assert (pulse.silent(), pulse.age("alerts")) == ((), 0.0)


def test_a_loop_that_notes_its_own_beats_is_followed() -> None:
    clock = FakeClock()
    pulse, beats = Pulse(clock), [0.0]
    pulse.follow("alerts", 5.0, lambda: beats[0])
    clock.jump(6.0)
    assert (pulse.silent(), pulse.age("alerts")) == (("alerts",), 6.0)
    beats[0] = clock.monotonic()
    assert pulse.silent() == ()


def test_nobody_is_missed_who_is_not_expected_or_was_stopped_on_purpose() -> None:
    clock = FakeClock()
    pulse = Pulse(clock)
    pulse.beat("stray")
    pulse.expect("alerts", 1.0)
    pulse.release("alerts")
    clock.jump(100.0)
    assert pulse.silent() == ()
    assert pulse.age("never heard of") == 0.0


def test_a_step_of_the_wall_clock_is_no_silence() -> None:
    clock = FakeClock()
    pulse = Pulse(clock)
    pulse.expect("alerts", 1.0)
    clock.step(3600.0)
    assert pulse.silent() == ()
