"""
Memory that a worker shares with the service, so that rows cross between them without a copy.

A batch lies in a slot from the worker's encoder until a door has sent it. Rule: the worker fills
free slots only, and a slot becomes free when nobody in the service holds its batch any more. A
worker that finds none free sends through the socket, so whoever holds batches stops nobody.
Batches have no dictionaries (`wire.py`), which would be messages of their own.
"""

import ctypes
import fcntl
import mmap
import os
import struct
from typing import Final

import pyarrow as pa

from query_engine.limits import SLOT_BYTES, SLOTS

_PLACE: Final = struct.Struct("<III")
"""What the worker says of a filled slot: its number, and where in it the batch is, and its size."""

_FREE, _TAKEN = b"\0", b"\1"
_STATES_BYTES: Final = mmap.PAGESIZE
"""One byte for each slot, before the slots. The worker takes, the service frees."""

_END_BYTES: Final = 8
"""The end mark of a stream."""

_SIZE: Final = _STATES_BYTES + SLOTS * SLOT_BYTES
_SEALS: Final = fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
"""A file that shrank would end whoever reads beyond its end."""


class NoSuchPlace(ValueError):
    """The other side named a place outside of the memory."""


class SlotWriter:
    """
    The worker's side.

    Attributes:
        descriptor: The shared memory, for the service.
    """

    def __init__(self) -> None:
        self.descriptor = os.memfd_create("slots", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        os.ftruncate(self.descriptor, _SIZE)
        fcntl.fcntl(self.descriptor, fcntl.F_ADD_SEALS, _SEALS)
        self._memory = mmap.mmap(self.descriptor, _SIZE)
        slots = memoryview(self._memory)[_STATES_BYTES:]
        self._rooms = [
            pa.py_buffer(slots[begin : begin + SLOT_BYTES])
            for begin in range(0, SLOTS * SLOT_BYTES, SLOT_BYTES)
        ]

    def put(self, batch: pa.RecordBatch) -> bytes | None:
        """Encode a batch into a free slot; returns its place, None if there is none for it."""
        schema_bytes = batch.schema.serialize().size
        if schema_bytes + pa.ipc.get_record_batch_size(batch) + _END_BYTES > SLOT_BYTES:
            return None
        slot = self._memory.find(_FREE, 0, SLOTS)
        if slot < 0:
            return None
        self._memory[slot : slot + 1] = _TAKEN
        sink = pa.FixedSizeBufferWriter(self._rooms[slot])
        # The library encodes into memory of ours as a stream only, which begins with a schema.
        with pa.ipc.new_stream(sink, batch.schema) as stream:
            stream.write_batch(batch)
        return _PLACE.pack(slot, schema_bytes, sink.tell() - _END_BYTES - schema_bytes)


class SlotReader:
    """
    The service's side.

    Args:
        descriptor: The worker's memory; it is closed here.
    """

    def __init__(self, descriptor: int) -> None:
        self._memory = mmap.mmap(descriptor, _SIZE)
        os.close(descriptor)
        self._address = ctypes.addressof(ctypes.c_char.from_buffer(self._memory))

    def message(self, place: memoryview) -> pa.Buffer:
        """
        Return the batch at a place; the slot is free again when nobody holds it any more.

        Raises:
            NoSuchPlace: There is none.
        """
        slot, start, size = _PLACE.unpack(place)
        if slot >= SLOTS or start + size > SLOT_BYTES:
            raise NoSuchPlace(f"slot {slot}, {size} bytes at {start}")
        begin = self._address + _STATES_BYTES + slot * SLOT_BYTES + start
        return pa.foreign_buffer(begin, size, _Held(self._memory, slot))


class _Held:
    """Keeps a slot, and the memory that it is in, until it is collected itself."""

    __slots__ = ("_memory", "_slot")

    def __init__(self, memory: mmap.mmap, slot: int) -> None:
        self._memory, self._slot = memory, slot

    def __del__(self) -> None:
        self._memory[self._slot : self._slot + 1] = _FREE
