"""Batches in memory that two processes share."""

import os

import pyarrow as pa
import pytest

from query_engine.limits import SLOT_BYTES, SLOTS
from query_engine.workers.slots import NoSuchPlace, SlotReader, SlotWriter


def batch_of(*numbers: int) -> pa.RecordBatch:
    return pa.record_batch({"n": pa.array(numbers), "text": [str(n) for n in numbers]})


@pytest.fixture
def sides():
    """The worker's side and the service's."""
    writer = SlotWriter()
    return writer, SlotReader(os.dup(writer.descriptor))


def read(reader, place, schema):
    return pa.ipc.read_record_batch(reader.message(memoryview(place)), schema)


def test_a_batch_comes_out_as_it_was_put_in(sides):
    """
    Slices and NULLs included: what is left out of a batch is not sent.
    """
    writer, reader = sides
    batch = pa.record_batch({"a": [1, None, 3, 4], "b": ["x", "yy", None, "zzzz"]}).slice(1, 2)
    assert read(reader, writer.put(batch), batch.schema).equals(batch)


def test_a_batch_that_is_held_keeps_its_rows_while_others_come_and_go(sides):
    """
    The worker never writes where somebody still reads, also not where only a column is read.
    """
    writer, reader = sides
    batch = batch_of(1, 2, 3)
    column = read(reader, writer.put(batch), batch.schema).column(0)
    for number in range(5 * SLOTS):
        other = batch_of(number)
        assert read(reader, writer.put(other), other.schema).equals(other)
    assert column.to_pylist() == [1, 2, 3]


def test_without_a_free_slot_there_is_no_place(sides):
    """
    The worker then sends through its socket; each batch that is let go makes room for one.
    """
    writer, reader = sides
    batch = batch_of(1)
    held = [read(reader, writer.put(batch), batch.schema) for _ in range(SLOTS)]
    assert writer.put(batch) is None
    held.pop()
    assert writer.put(batch) is not None
    assert writer.put(batch) is None


def test_a_batch_that_is_too_large_has_no_place(sides):
    """
    One row may be larger than a slot; the slots stay free.
    """
    writer, _ = sides
    assert writer.put(pa.record_batch({"b": [b"x" * SLOT_BYTES]})) is None
    assert all(writer.put(batch_of(1)) for _ in range(SLOTS))


def test_a_batch_that_cannot_be_encoded_takes_no_slot(sides):
    """
    The worker tells of the failure and goes on with other queries.
    """
    writer, _ = sides
    nested = pa.array([1])
    for _ in range(80):
        nested = pa.array([[None]], pa.list_(nested.type))
    for _ in range(SLOTS + 1):
        with pytest.raises(pa.ArrowInvalid, match="recursion depth"):
            writer.put(pa.record_batch({"deep": nested}))
    assert writer.put(batch_of(1)) is not None


def test_a_batch_outlives_both_sides(sides):
    """
    A worker may be ended while a door still sends its rows.
    """
    writer, reader = sides
    batch = batch_of(7, 8)
    came = read(reader, writer.put(batch), batch.schema)
    os.close(writer.descriptor)
    del writer, reader, sides
    assert came.equals(batch)


@pytest.mark.parametrize("place", [(SLOTS, 0, 8), (0, 0, SLOT_BYTES + 1), (0, SLOT_BYTES, 1)])
def test_places_outside_of_the_memory_are_refused(sides, place):
    """
    The service reads nothing that is not the worker's.
    """
    _, reader = sides
    with pytest.raises(NoSuchPlace):
        reader.message(memoryview(b"".join(number.to_bytes(4, "little") for number in place)))
