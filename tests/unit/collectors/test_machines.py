from hypothesis import given
from hypothesis import strategies as some

from wenyam.collectors.linux.machines import Resources, read_names, read_resources, read_snapshots, read_states

STATES = """Domain: 'erp app's'
  state.state=1
  state.reason=0

Domain: '-off'
  state.state=5
Domain: 'crashed'
  state.state=6
Domain: 'asleep'
  state.state=7
Domain: 'odd'
  state.state=99
"""
SNAPSHOTS = """guest m 6695eb01-f6a4-8304-79aa-97f2502e1930,guest m 6695eb01-f6a4-8304-79aa-97f2502e1931, before patch   2023-11-14 22:13:20 +0000   shutoff
 2020-01-01 00:00:00 +0000   2024-11-14 22:13:20 +0700   running
guest m 6695eb01-f6a4-8304-79aa-97f2502e1932,guest m 6695eb01-f6a4-8304-79aa-97f2502e1933,
 machine x   2024-11-14 22:13:20 +0700   running
guest m 3,
 broken  2023-99-14 22:13:20 +0000   shutoff
"""  # noqa: E501  # as virsh writes it


def test_states_are_read_by_name_however_odd_it_is() -> None:
    assert read_states(STATES) == {"erp app's": 1, "-off": 3, "crashed": 4, "asleep": 2, "odd": 0}


def test_names_are_found_by_uuid() -> None:
    assert read_names("6695eb01-f6a4-8304-79aa-97f2502e1931 erp app's\nx\n") == {
        "6695eb01-f6a4-8304-79aa-97f2502e1931": "erp app's"
    }


def test_every_snapshot_counts_and_a_name_like_a_date_confuses_nobody() -> None:
    assert read_snapshots(SNAPSHOTS, "m") == {
        "6695eb01-f6a4-8304-79aa-97f2502e1930": [],
        "6695eb01-f6a4-8304-79aa-97f2502e1931": [1_700_000_000_000, 1_731_597_200_000],
        "6695eb01-f6a4-8304-79aa-97f2502e1932": [],
        "6695eb01-f6a4-8304-79aa-97f2502e1933": [1_731_597_200_000],
        "3": [],
    }


GUESTS = """guest wenyam-1 a,
CPU(s):         2
CPU time:       86.4s
Max memory:     8388608 KiB
Used memory:    2097152 KiB
      <target type='virtio' name='org.qemu.guest_agent.0' state='connected'/>
CPU(s):         999
guest wenyam-1 b,
CPU(s):         two
CPU time:       soon
Max memory:     8 GiB
Used memory:
      <target type='virtio' name='org.qemu.guest_agent.0' state='disconnected'/>
guest wenyam-1 c,
      <target type='virtio' name='org.qemu.guest_agent.0'/>
guest wenyam-2 z,
guest wenyam-1 d,
"""


def test_resources_and_agents_are_read_and_what_makes_no_sense_is_left_out() -> None:
    assert read_resources(GUESTS, "wenyam-1") == {
        "a": Resources(2, 86.4, 8 << 30, 2 << 30, 1),
        "b": Resources(agent=3),
        "c": Resources(agent=0),
        "d": Resources(),
    }


@given(some.text(max_size=300))
def test_no_text_whatever_breaks_a_reader(text: str) -> None:
    assert read_states(text) is not None
    assert read_names(text) is not None
    assert read_snapshots("guest m x," + text, "m") is not None
    assert read_resources("guest m x," + text, "m")
