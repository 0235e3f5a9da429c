"""
The seam of a recorder over the extension in C: its blocks, with the sources that they come from.

Rule: nothing here runs for each event. What the extension takes, packs and compresses it does while
other threads run Python; here its finished blocks only get their names.
"""

from collections.abc import Callable
from importlib import import_module
from struct import Struct
from typing import TYPE_CHECKING, Any, NamedTuple

from limnograph.limits import SOURCES_MAX, Limits
from limnograph.recorder.block import Block, Cursor, Source

if TYPE_CHECKING:
    from limnograph.wire.container import Clock

_native: Any = import_module("limnograph._recorder")

TICKS_PER_SECOND = 1_000_000_000

after_fork, set_level, stop = _native.after_fork, _native.set_level, _native.stop
ticks, waiting, threads, log_sites = (
    _native.ticks, _native.waiting, _native.threads, _native.log_sites,
)  # fmt: skip
LOG, Log, record_foreign = _native.LOG, _native.Log, _native.record_foreign
Metric, Counter, Gauge = _native.Metric, _native.Counter, _native.Gauge
metric, counter, gauge = _native.metric, _native.counter, _native.gauge
dropped, failures = _native.dropped, _native.failures
wait, hurry = _native.wait, _native.hurry

_PIECE = Struct("=QII")
"""``struct cursor`` of flush.h: piece, rows, and what is reserved."""


class _Thread(NamedTuple):
    name: str


_SOURCES: dict[tuple[str, int], Source] = {}
_HANDED_OUT: list[bytes] = []
"""
Cursors of the last drain. What of it was not settled by the next one never will be (its taker
failed), and must not hold the recorder's memory for ever.
"""


def start(
    level: int, limits: Limits, on_grant: Callable[[bool], None], directory: str = ""
) -> None:
    """
    Begin to record.

    Args:
        level: Most detailed level to keep, 1 (fatal) to 6 (trace).
        limits: Bounds on what is queued and on blocks.
        on_grant: See the package.
        directory: Where memory is kept that a later process may read; empty: nowhere.
    """
    _SOURCES.clear()
    _HANDED_OUT.clear()
    _native.block_limits(limits.block_rows_max, limits.block_bytes_max)
    _native.start(
        level,
        limits.events_queued_max,
        limits.text_bytes_queued_max,
        directory or None,
        on_grant,
    )


def drain(origin: "Clock") -> list[Block]:
    """
    Take everything recorded so far.

    Args:
        origin: Which Unix time a tick is.
    """
    _native.settle(b"".join(_HANDED_OUT))
    _HANDED_OUT.clear()
    for (kind, thread), source in _SOURCES.items():
        if source.untold:
            _native.tell(kind, thread, source.untold)
            source.untold = 0
    return [_block(*item) for item in _native.drain(origin.origin_ticks, origin.origin_unix_ns)]


def settle(cursor: Cursor) -> None:
    """Let the recorder forget the rows up to *cursor*: they are where a crash cannot harm them."""
    _native.settle(b"".join(_PIECE.pack(piece, rows, 0) for piece, rows in cursor))


def _block(  # noqa: PLR0917 - as the extension gives it
    kind: str,
    thread: int,
    native_id: int,
    name: str,
    rows: int,
    payload: bytes,
    compressed: bool,
    begin: int,
    end: int,
    told: int,
    cursor: bytes,
) -> Block:
    if not compressed:
        from limnograph.wire.zstd import compress  # only where the machine has no libzstd

        payload = compress(payload)
    _HANDED_OUT.append(cursor)
    pieces = [(piece, upto) for piece, upto, _ in _PIECE.iter_unpack(cursor)]
    return Block(_source(kind, thread, native_id, name), rows, payload, begin, end, told, pieces)


def _source(kind: str, thread: int, native_id: int, name: str) -> Source:
    source = _SOURCES.get((kind, thread))
    if source is None:
        while len(_SOURCES) >= SOURCES_MAX:
            del _SOURCES[next(iter(_SOURCES))]
        source = _SOURCES[kind, thread] = Source(kind, native_id, _Thread(name), thread)
    return source
