import math
from typing import Any

import pytest

from wenyam.collectors.readings import ReadingBuilder, failure
from wenyam.errors import NoAnswerError
from wenyam.model.samples import FailureReason


@pytest.mark.parametrize("value", [math.nan, math.inf, -1.0, 1.01])
def test_a_value_that_cannot_be_right_is_refused_and_counted_never_zero(value: float) -> None:
    builder = ReadingBuilder()
    builder.add("memory_utilization_ratio", value)
    reading = builder.build()
    assert (reading.families, reading.refused) == ((), {"memory_utilization_ratio": 1})


def test_what_was_not_read_is_left_out() -> None:
    builder = ReadingBuilder()
    builder.add("processes", None)
    assert builder.build().families == ()


def test_unchanged_rows_get_the_same_labels_object_and_changed_ones_a_new_one() -> None:
    memory: dict[str, Any] = {}
    readings = []
    for mounts in (("/", "/srv"), ("/", "/srv"), ("/",)):
        builder = ReadingBuilder(memory)
        for mount in mounts:
            builder.add("filesystem_size_bytes", 1, mount)
        readings.append(builder.build().families[0])
    assert readings[0].labels is readings[1].labels
    assert readings[2].labels == ((("mount", "/"),),)


def test_hostile_labels_and_facts_are_cleaned_and_stay_apart() -> None:
    builder = ReadingBuilder()
    builder.add("filesystem_size_bytes", 1, "/a\x1b[31m")
    builder.add("filesystem_size_bytes", 2, "/a")
    builder.fact("name", "rtr\x00\u202e[/]")
    reading = builder.build()
    assert [labels[0][1] for labels in reading.families[0].labels] == ["/a", "/a #2"]
    assert reading.facts == {"name": "rtr[/]"}


def test_a_name_that_no_sample_has_is_answered_with_those_near_it() -> None:
    with pytest.raises(ValueError, match=r"there is no sample 'load_avrage' in wenyam/model/names\.py, but load_average"):
        ReadingBuilder().add("load_avrage", 1.0, "1m")


def test_labels_that_do_not_fit_the_definition_are_our_own_mistake() -> None:
    with pytest.raises(ValueError, match="filesystem_size_bytes has the labels"):
        ReadingBuilder().add("filesystem_size_bytes", 1)


def test_an_error_becomes_a_value_with_reason_sentence_and_cause() -> None:
    error = NoAnswerError("10.0.0.1")
    error.__cause__ = OSError("wire")
    kept = failure(error)
    assert (kept.reason, kept.sentence) == (FailureReason.TIMEOUT, "No answer came in time: 10.0.0.1")
    assert "wire" in kept.debug
