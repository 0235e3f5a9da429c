"""
Frames between the service and a worker: one byte of kind, the length, the payload.

Large batches lie in slots (`slots.py`), and a frame says in which. Others are copied into the
socket and out of it.
"""

import os
import select
import socket
import struct
from collections.abc import Callable
from typing import Final, NamedTuple

import pyarrow as pa

from query_engine.limits import FRAME_BYTES_MAX, SOCKET_BYTES

READY, PLAN, BATCH, SLOT, END, FAILED = range(6)
"""A worker that waits; a plan for it; rows, where rows lie, the end, or an error from it."""

_HEADER: Final = struct.Struct("<BQ")
_JOINED_BYTES_MAX: Final = 64 << 10
"""Smaller payloads go out in one call with their header."""

_READY_BYTES_MAX: Final = 64

STEP_MS: Final = 100
"""How often a reader that waits asks whether it should go on."""


class Frame(NamedTuple):
    """What arrived."""

    kind: int
    payload: memoryview


class FrameTooLarge(ValueError):
    """The other side announced more than anybody sends."""


def pair() -> tuple[socket.socket, socket.socket]:
    """Return the two ends of a connection, with room for some rows."""
    ends = socket.socketpair()
    for end in ends:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SOCKET_BYTES)
    return ends


def send(to: socket.socket, kind: int, payload: bytes | memoryview = b"") -> None:
    """
    Send one frame; waits while the other side does not read.

    Raises:
        OSError: The other side is gone.
    """
    size = len(payload) if isinstance(payload, bytes) else payload.nbytes
    header = _HEADER.pack(kind, size)
    if size <= _JOINED_BYTES_MAX:
        to.sendall(header + bytes(payload))
        return
    to.sendall(header)
    to.sendall(payload)


def send_ready(to: socket.socket, descriptor: int) -> None:
    """Send the first frame of a worker: its process, and the memory that it shares."""
    payload = str(os.getpid()).encode()
    socket.send_fds(to, [_HEADER.pack(READY, len(payload)) + payload], [descriptor])


def receive_ready(source: socket.socket) -> tuple[int, int] | None:
    """Return the worker's process and the descriptor of its memory; None when it is gone."""
    try:
        data, descriptors, _, _ = socket.recv_fds(source, _READY_BYTES_MAX, 1)
    except ConnectionError:
        return None
    return (int(data[_HEADER.size :]), descriptors[0]) if data else None


def receive(source: socket.socket, waiting: Callable[[], None] = lambda: None) -> Frame | None:
    """
    Return the next frame; None when the other side is gone.

    Args:
        source: The other side.
        waiting: Called about ten times a second while nothing arrives; what it raises ends the
            wait, and with it the use of *source*.

    Raises:
        FrameTooLarge: A frame above FRAME_BYTES_MAX was announced.
    """
    header = _filled(source, memoryview(bytearray(_HEADER.size)), waiting)
    if header is None:
        return None
    kind, size = _HEADER.unpack(header)
    if size > FRAME_BYTES_MAX:
        raise FrameTooLarge(f"a frame of {size} bytes")
    # Unlike a bytearray it is not filled with zeros first.
    payload = _filled(source, memoryview(pa.allocate_buffer(size)), waiting)
    return None if payload is None else Frame(kind, payload)


def _filled(
    source: socket.socket, view: memoryview, waiting: Callable[[], None]
) -> memoryview | None:
    """Return *view* filled; None when the other side is gone before that."""
    at = 0
    poller = select.poll()
    poller.register(source, select.POLLIN)
    while at < view.nbytes:
        if not poller.poll(STEP_MS):
            waiting()
            continue
        try:
            count = source.recv_into(view[at:])
        except ConnectionError:
            return None
        if not count:
            return None
        at += count
    return view
