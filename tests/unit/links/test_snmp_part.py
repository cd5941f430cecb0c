"""What a prepared request remembers of its last reply: only what truly is the same is not read again."""

import pytest

from wenyam.errors import MalformedReplyError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Value
from wenyam.links.snmp.part import Part
from wenyam.links.snmp.plan import Plan, PlannedRead
from wenyam.testing import recording

STATUS, OCTETS, BEYOND = (oids.encode(f"1.3.6.1.2.1.2.2.1.{column}") for column in (8, 10, 16))
UPTIME = oids.encode("1.3.6.1.2.1.1.3.0")
ROWS = [oids.encode_arc(number) for number in range(1, 9)]
Row = tuple[bytes, int, bytes]


def body(rows: list[Row], error: int = 0) -> bytes:
    bindings = b"".join(recording.binding(*row) for row in rows)
    return codec.integer(error) + codec.integer(0) + codec.tagged(codec.SEQUENCE, bindings)


def table(**changed: Row) -> list[Row]:
    """Eight rows of two columns; `r5=...` replaces the fifth binding."""
    rows = [
        pair for row in ROWS for pair in ((STATUS + row, codec.INTEGER, b"\x01"), (OCTETS + row, codec.COUNTER32, b"\x7f\x01"))
    ]
    for place, row in changed.items():
        rows[int(place[1:])] = row
    return rows


@pytest.fixture
def part() -> Part:
    plan = Plan()
    plan.add(0, [STATUS, OCTETS], [ROWS, ROWS])
    return plan.seal().parts[0]


def read(part: Part, rows: list[Row]) -> list[list[object]]:
    reply = part.read(codec.RESPONSE, 7, body(rows))
    assert reply.names is part.names
    assert reply.request == 7
    return [list(piece) for piece in part.pieces]


def learn(part: Part) -> list[list[object]]:
    """Read often enough that the shape of the replies is known."""
    for _ in range(3):
        found = read(part, table())
    return found


def test_equal_replies_give_the_same_objects(part: Part) -> None:
    assert learn(part) == [[1] * 8, [0x7F01] * 8]
    before = part.pieces
    read(part, table())
    assert part.pieces[0] is before[0]
    assert part.pieces[1] is before[1]


def test_a_value_that_changed_is_seen_and_its_neighbours_are_kept(part: Part) -> None:
    learn(part)
    before = part.pieces
    assert read(part, table(r5=(OCTETS + ROWS[2], codec.COUNTER32, b"\x7f\x02")))[1][2] == 0x7F02
    assert part.pieces[0] is before[0]
    assert before[1][2] == 0x7F01, "what was handed out before stays as it was"


def test_a_value_goes_back_to_what_it_was(part: Part) -> None:
    learn(part)
    for content, wanted in ((b"\x02", 2), (b"\x01", 1), (b"\xff", -1)):
        assert read(part, table(r4=(STATUS + ROWS[2], codec.INTEGER, content)))[0] == [1, 1, wanted, 1, 1, 1, 1, 1]


@pytest.mark.parametrize(
    ("tag", "content", "wanted"),
    [
        (codec.COUNTER64, b"\x7f\x01", 0x7F01),
        (codec.INTEGER, b"\xff\x01", -255),
        (codec.OCTETS, b"\x7f\x01", b"\x7f\x01"),
        (codec.COUNTER32, b"\x01\x00\x00", 65536),
        (codec.NULL, b"", Absent.NULL),
    ],
)
def test_another_type_or_length_is_read_afresh(part: Part, tag: int, content: bytes, wanted: object) -> None:
    learn(part)
    for _ in range(3):
        assert read(part, table(r5=(OCTETS + ROWS[2], tag, content)))[1] == [0x7F01, 0x7F01, wanted, *[0x7F01] * 5]
    assert read(part, table())[1] == [0x7F01] * 8


def test_rows_in_another_order_are_not_as_expected(part: Part) -> None:
    learn(part)
    rows = table()
    rows[0], rows[2] = rows[2], rows[0]
    reply = part.read(codec.RESPONSE, 7, body(rows))
    assert reply.names is not part.names
    assert reply.names[0] == STATUS + ROWS[1]


def test_a_row_that_moved_is_not_as_expected(part: Part) -> None:
    learn(part)
    reply = part.read(codec.RESPONSE, 7, body(table(r14=(STATUS + oids.encode_arc(9), codec.INTEGER, b"\x01"))))
    assert reply.names != part.names


def test_an_error_with_the_same_names_gives_no_values(part: Part) -> None:
    learn(part)
    before = part.pieces
    reply = part.read(codec.RESPONSE, 7, body(table(r4=(STATUS + ROWS[2], codec.INTEGER, b"\x02")), codec.GENERAL_ERROR))
    assert reply.error == codec.GENERAL_ERROR
    assert part.pieces is before


def test_a_row_that_is_gone_is_told(part: Part) -> None:
    learn(part)
    read(part, table(r4=(STATUS + ROWS[2], Absent.NO_SUCH_INSTANCE.value, b"")))
    assert part.gone == {0}
    learn(part)
    assert not part.gone


@pytest.mark.parametrize("cut", [1, 5, 40])
def test_a_body_cut_off_is_malformed_and_changes_nothing(part: Part, cut: int) -> None:
    learn(part)
    before = part.pieces
    with pytest.raises(MalformedReplyError):
        part.read(codec.RESPONSE, 7, body(table())[:-cut])
    assert part.pieces is before


def test_a_counter_without_content_is_malformed_never_zero() -> None:
    with pytest.raises(MalformedReplyError):
        codec.read_body(codec.RESPONSE, 1, body([(OCTETS + ROWS[0], codec.COUNTER32, b"")]))


def loaded() -> Plan:
    plan = Plan()
    plan.add(-1, [UPTIME], [[b""]])
    plan.add(0, [STATUS, OCTETS], [ROWS, ROWS])
    plan.watch(0, OCTETS, ROWS[-1])
    return plan.seal()


CARRIED: list[Row] = [(UPTIME, codec.TIME_TICKS, b"\x10\x00"), (BEYOND + ROWS[0], codec.COUNTER32, b"\x05")]


def test_a_table_carries_scalars_and_what_follows_its_end() -> None:
    plan = loaded()
    read = PlannedRead(plan)
    (ask,) = read.asks()
    assert (ask.tag, ask.names) == (codec.BULK, (UPTIME[:-1], OCTETS + ROWS[-1], STATUS, OCTETS))
    assert ask.body.startswith(codec.integer(2) + codec.integer(8))
    read.take(ask, ask.read(codec.RESPONSE, 1, body([*CARRIED, *table()])))
    assert read.asks() == []
    assert read.values == {-1: [[0x1000]], 0: [[1] * 8, [0x7F01] * 8]}
    assert not read.changed


@pytest.mark.parametrize(
    "carried",
    [
        [(UPTIME, codec.TIME_TICKS, b"\x10\x00"), (OCTETS + oids.encode_arc(9), codec.COUNTER32, b"\x05")],
        [(UPTIME[:-2] + b"\x04\x00", codec.OCTETS, b"x"), CARRIED[1]],
        CARRIED[:1],
    ],
    ids=["a new row", "another scalar", "one too few"],
)
@pytest.mark.parametrize("known", [0, 3])
def test_what_is_carried_otherwise_than_expected_is_asked_again_alone(carried: list[Row], known: int) -> None:
    plan = loaded()
    for _ in range(known):
        read = PlannedRead(plan)
        (ask,) = read.asks()
        read.take(ask, ask.read(codec.RESPONSE, 1, body([*CARRIED, *table()])))
    read = PlannedRead(plan)
    (ask,) = read.asks()
    read.take(ask, ask.read(codec.RESPONSE, 1, body([*carried, *table()])))
    assert read.unloaded
    asks = read.asks()
    assert [each.tag for each in asks] == [codec.BULK, codec.GET, codec.NEXT]
    for each, rows in zip(
        asks, ([*table()], CARRIED[:1], [(OCTETS + oids.encode_arc(9), codec.COUNTER32, b"\x05")]), strict=True
    ):
        read.take(each, each.read(codec.RESPONSE, 1, body(rows)))
    assert read.values[-1] == [[0x1000]]
    assert read.changed == {0: None}


def test_a_column_of_several_packets_is_the_same_object_until_one_of_them_changes() -> None:
    plan = Plan(values_per_packet=8)
    plan.add(0, [STATUS, OCTETS], [ROWS, ROWS])
    plan.seal()

    def poll(**changed: Row) -> dict[int, list[list[Value]]]:
        read, rows = PlannedRead(plan), table(**changed)
        for place, ask in enumerate(read.asks()):
            read.take(ask, ask.read(codec.RESPONSE, 1, body(rows[place * 8 : place * 8 + 8])))
        return read.values

    for _ in range(3):
        status, octets = poll()[0]
    assert poll()[0][0] is status
    assert poll()[0][1] is octets
    changed = poll(r13=(OCTETS + ROWS[6], codec.COUNTER32, b"\x7f\x09"))[0]
    assert changed[0] is status
    assert changed[1] == [*[0x7F01] * 6, 0x7F09, 0x7F01]
    assert octets == [0x7F01] * 8, "what was handed out before stays as it was"
