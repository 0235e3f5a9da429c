"""An independent reading of blocks, by Arrow, for the tests of what the SDK writes."""

from typing import Any

import pyarrow as pa

from limnograph.wire import container
from limnograph.wire.container import Container

FIXED = {
    "uint8": pa.uint8(),
    "int16": pa.int16(),
    "uint32": pa.uint32(),
    "int64": pa.int64(),
    "float64": pa.float64(),
}


def texts(count: int, buffers: list[pa.Buffer]) -> pa.Array:
    """Return a text array over offsets and data."""
    return pa.Array.from_buffers(pa.string(), count, [None, *buffers])


def indexed(count: int, values: int, buffers: list[pa.Buffer]) -> pa.Array:
    """Return the texts that dictionary indices stand for."""
    indices = pa.Array.from_buffers(pa.uint32(), count, [None, buffers[0]])
    coded = pa.DictionaryArray.from_arrays(indices, texts(values, buffers[1:]), safe=True)
    return coded.cast(pa.string())


def buffers_of(entry: dict[str, Any], block: Container) -> list[pa.Buffer]:
    """Return a column's buffers, unpacked; of one that this version does not know as they are."""
    known = block.columns.get(entry["name"])
    if known is not None:
        return [pa.py_buffer(buffer) for buffer in known.buffers]
    return [pa.py_buffer(block.data[at : at + size]) for at, size in entry["buffers"]]


def column(entry: dict[str, Any], rows: int, buffers: list[pa.Buffer]) -> list[Any]:
    """Return one column of the header's description as Python values, validated by Arrow."""
    if entry["type"] in FIXED:
        found = pa.Array.from_buffers(FIXED[entry["type"]], rows, [None, buffers[0]])
    elif entry["type"] == "utf8":
        found = texts(rows, buffers)
    elif entry["type"] == "binary":
        found = pa.Array.from_buffers(pa.binary(), rows, [None, *buffers])
    elif entry["type"] == "dict":
        found = indexed(rows, entry["values"], buffers)
    else:
        keys = indexed(entry["entries"], entry["key_values"], buffers[1:4])
        values = indexed(entry["entries"], entry["value_values"], buffers[4:7])
        offsets = pa.Array.from_buffers(pa.int32(), rows + 1, [None, buffers[0]])
        found = pa.MapArray.from_arrays(offsets, keys, values)
    found.validate(full=True)
    return found.to_pylist()


def read(payload: bytes) -> dict[str, Any]:
    """Return a payload's header facts and columns, times still as differences."""
    block = container.open(payload)
    header = block.header
    return {
        "kind": block.kind,
        "rows": block.rows,
        "dropped": header["dropped"],
        "clock": header["clock"],
        "sites": header["sites"],
        "open_spans": header.get("open_spans", []),
        "columns": {
            entry["name"]: column(entry, block.rows, buffers_of(entry, block))
            for entry in header["columns"]
        },
    }
