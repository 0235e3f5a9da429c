"""A plan as it travels to a worker: what to compute, and the schema that was announced for it."""

import struct
from dataclasses import dataclass
from typing import Final, Self

import polars as pl
import pyarrow as pa

_LENGTH: Final = struct.Struct("<Q")


@dataclass(frozen=True, slots=True)
class Plan:
    """
    What a worker needs to know.

    Attributes:
        frame: A serialized LazyFrame.
        schema: The wire schema of its rows.
    """

    frame: bytes | memoryview
    schema: pa.Schema

    @classmethod
    def of(cls, frame: pl.LazyFrame, schema: pa.Schema) -> Self:
        """Return the plan of *frame*."""
        return cls(frame.serialize(), schema)

    def packed(self) -> bytes:
        """Return the payload of its frame."""
        schema = self.schema.serialize()
        return b"".join((_LENGTH.pack(schema.size), memoryview(schema), self.frame))

    @classmethod
    def unpacked(cls, payload: memoryview) -> Self:
        """Return the plan in *payload*."""
        (size,) = _LENGTH.unpack_from(payload)
        rest = payload[_LENGTH.size :]
        schema = pa.ipc.read_schema(pa.py_buffer(rest[:size]))
        return cls(rest[size:], schema)
