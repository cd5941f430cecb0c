"""The walk guard and the planned reading as pure machines, fed by hand."""

from wenyam.errors import BudgetSpentError, MalformedReplyError, NoAnswerError
from wenyam.links.snmp import codec, oids
from wenyam.links.snmp.codec import Absent, Reply, Value
from wenyam.links.snmp.plan import Plan, PlannedRead
from wenyam.links.snmp.questions import Ask, Scalars
from wenyam.links.snmp.walk import Pace, TableWalk

A, B, BEYOND = (oids.encode(f"1.3.6.1.2.1.2.2.1.{column}") for column in (2, 3, 9))


def row(column: bytes, number: int) -> bytes:
    return column + oids.encode_arc(number)


def answer(*pairs: tuple[bytes, Value], error: int = 0, index: int = 0) -> Reply:
    return Reply(codec.RESPONSE, 1, error, index, [name for name, _ in pairs], [value for _, value in pairs])


def only(walk: TableWalk | Scalars | PlannedRead) -> Ask:
    asks = walk.asks()
    assert len(asks) == 1
    return asks[0]


def test_columns_are_walked_side_by_side_and_end_at_their_borders() -> None:
    walk = TableWalk([A, B])
    ask = only(walk)
    assert ask.tag == codec.BULK
    assert ask.repetitions == 30
    pairs = ((row(A, 1), 10), (row(B, 1), 20), (row(A, 2), 11), (row(B, 2), 21), (row(B, 1), 20), (row(BEYOND, 1), 0))
    walk.take(ask, answer(*pairs))
    assert [column.values for column in walk.columns] == [[10, 11], [20, 21]]
    assert [column.partial for column in walk.columns] == [None, None]
    assert walk.asks() == ()


def test_a_column_shorter_than_its_neighbour_is_no_trouble() -> None:
    walk = TableWalk([A, B])
    walk.take(only(walk), answer((row(A, 1), 1), (row(B, 2), 2), (row(A, 2), 1), (row(BEYOND, 1), 2)))
    walk.take(only(walk), answer((row(A, 3), 1), (row(A, 4), Absent.END_OF_VIEW)))
    assert [len(column.values) for column in walk.columns] == [3, 1]
    assert walk.columns[1].indices == [b"\x02"]


def test_a_loop_is_stopped_and_what_came_is_kept() -> None:
    walk = TableWalk([A])
    walk.take(only(walk), answer((row(A, 1), 1), (row(A, 2), 2), (row(A, 1), 1)))
    column = walk.columns[0]
    assert column.values == [1, 2]
    assert isinstance(column.partial, MalformedReplyError)
    assert column.partial.what == "OID not increasing at 1.3.6.1.2.1.2.2.1.2.1"


def test_an_empty_reply_is_never_no_rows() -> None:
    walk = TableWalk([A])
    walk.take(only(walk), answer())
    assert isinstance(walk.columns[0].partial, MalformedReplyError)


def test_rows_are_capped() -> None:
    walk = TableWalk([A], maximum_rows=2)
    walk.take(only(walk), answer(*[(row(A, number), 1) for number in range(1, 6)]))
    assert walk.columns[0].values == [1, 1]
    assert isinstance(walk.columns[0].partial, BudgetSpentError)


def test_null_is_kept_so_that_it_can_be_counted() -> None:
    walk = TableWalk([A])
    walk.take(only(walk), answer((row(A, 1), Absent.NULL), (row(A, 2), 5), (row(B, 1), 0)))
    assert walk.columns[0].values == [Absent.NULL, 5]


def test_too_big_and_silence_halve_what_is_asked_down_to_getnext() -> None:
    walk = TableWalk([A])
    walk.take(only(walk), answer(error=codec.TOO_BIG))
    asked = [only(walk).repetitions]
    while True:
        ask = only(walk)
        walk.fail(ask, NoAnswerError("x"))
        if walk.columns[0].finished:
            break
        asked.append(only(walk).repetitions)
    assert asked[:4] == [30, 7, 1, 1]
    assert ask.tag == codec.NEXT
    assert isinstance(walk.columns[0].partial, NoAnswerError)


def test_version_1_walks_by_getnext_and_ends_a_column_at_no_such_name() -> None:
    walk = TableWalk([A, B], Pace(bulk=False))
    walk.take(only(walk), answer((row(A, 1), 1), (row(B, 1), 2)))
    walk.take(only(walk), answer((row(A, 1), Absent.NULL), (row(B, 1), Absent.NULL), error=codec.NO_SUCH_NAME, index=2))
    walk.take(only(walk), answer((row(B, 1), 0)))
    assert [column.values for column in walk.columns] == [[1], [2]]
    assert [column.partial for column in walk.columns] == [None, None]


def test_a_general_error_about_one_column_leaves_the_others() -> None:
    walk = TableWalk([A, B])
    walk.take(only(walk), answer(error=codec.GENERAL_ERROR, index=1))
    walk.take(only(walk), answer((row(B, 1), 2), (row(BEYOND, 1), 0)))
    assert walk.columns[0].partial is not None
    assert "genErr about 1.3.6.1.2.1.2.2.1.2" in walk.columns[0].partial.what
    assert walk.columns[1].values == [2]


def test_a_reply_about_another_oid_is_refused() -> None:
    scalars = Scalars([A])
    scalars.take(only(scalars), answer((B, 1)))
    assert scalars.values == {}
    assert "is about 1.3.6.1.2.1.2.2.1.3 where 1.3.6.1.2.1.2.2.1.2 was asked" in str(scalars.failures[0])


def test_version_1_names_are_dropped_one_by_one() -> None:
    scalars = Scalars([A, B])
    scalars.take(only(scalars), answer((A, Absent.NULL), (B, Absent.NULL), error=codec.NO_SUCH_NAME, index=1))
    scalars.take(only(scalars), answer((B, 5)))
    assert scalars.values == {A: Absent.NO_SUCH_OBJECT, B: 5}
    assert scalars.failures == []


def planned(rows: int, *, bulk: bool = True) -> PlannedRead:
    plan = Plan(bulk=bulk, values_per_packet=20)
    plan.add(0, [A, B], [[oids.encode_arc(number) for number in range(1, rows + 1)]] * 2)
    return PlannedRead(plan.seal())


def expected(rows: range) -> list[tuple[bytes, Value]]:
    return [(row(column, number), number * 10) for number in rows for column in (A, B)]


def test_a_planned_reading_asks_for_exactly_the_rows_it_knows() -> None:
    read = planned(15)
    first, second = read.asks()
    assert (first.repetitions, second.repetitions) == (10, 5)
    assert second.names == (row(A, 10), row(B, 10))
    read.take(first, answer(*expected(range(1, 11))))
    read.take(second, answer(*expected(range(11, 16))))
    assert read.asks() == []
    assert read.values[0] == [[number * 10 for number in range(1, 16)]] * 2
    assert not read.changed


def test_a_new_row_in_the_middle_is_a_change() -> None:
    read = planned(10)
    ask = only(read)
    read.take(ask, answer(*expected(range(1, 5)), *expected(range(20, 26))))
    assert read.changed == {0: None}


def test_a_reply_cut_short_is_finished_by_a_second_request() -> None:
    read = planned(10)
    ask = only(read)
    read.take(ask, answer(*expected(range(1, 5)), (row(A, 5), 50)))
    rest = only(read)
    assert rest.names == (row(A, 4), row(B, 4))
    assert rest.repetitions == 6
    read.take(rest, answer(*expected(range(5, 11))))
    assert read.asks() == []
    assert read.values[0] == [[number * 10 for number in range(1, 11)]] * 2
    assert read.cut_short


def test_too_big_is_asked_again_in_halves() -> None:
    read = planned(10)
    ask = only(read)
    read.take(ask, answer(error=codec.TOO_BIG))
    first, second = read.asks()
    assert (first.repetitions, second.repetitions) == (5, 5)
    read.take(first, answer(*expected(range(1, 6))))
    read.take(second, answer(*expected(range(6, 11))))
    assert read.asks() == []
    assert read.values[0][0] == [number * 10 for number in range(1, 11)]


def test_silence_on_every_packet_is_said_once() -> None:
    read = planned(15)
    for ask in read.asks():
        read.fail(ask, NoAnswerError("gone"))
    assert isinstance(read.silent, NoAnswerError)
    assert read.failed.keys() == {0}


def watched(*columns: bytes) -> PlannedRead:
    plan = Plan()
    for slot, column in enumerate(columns):
        plan.watch(slot, column, b"\x05")
    return PlannedRead(plan.seal())


def test_what_follows_the_last_row_tells_whether_a_table_has_grown() -> None:
    read = watched(A, B, BEYOND)
    ask = only(read)
    assert (ask.tag, ask.names) == (codec.NEXT, (row(A, 5), row(B, 5), row(BEYOND, 5)))
    read.take(ask, answer((row(A, 6), 1), (row(BEYOND, 1), 1), (row(BEYOND, 5), Absent.END_OF_VIEW)))
    assert read.asks() == []
    assert read.changed == {0: None}


def test_an_agent_that_repeats_the_last_row_or_stays_silent_has_not_grown() -> None:
    read = watched(A)
    read.take(only(read), answer((row(A, 5), 1)))
    assert read.changed == {}
    read = watched(A)
    read.fail(only(read), NoAnswerError("gone"))
    assert (read.changed, read.failed) == ({}, {})


def test_version_1_is_asked_again_without_the_last_table_of_all() -> None:
    read = watched(A, B)
    read.take(only(read), answer((row(A, 5), Absent.NULL), (row(B, 5), Absent.NULL), error=codec.NO_SUCH_NAME, index=2))
    read.take(only(read), answer((row(A, 6), 1)))
    assert read.asks() == []
    assert read.changed == {0: None}
