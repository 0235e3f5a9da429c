"""
Made-up call trees: spans as arrays, in the order of their ends, as applications record them.

Calls lie within their callers and follow one another; what is called depends on the caller, so that
there are some thousands of call paths, not as many as spans.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.soak.sender import MadeBlock, Sender
from limnograph.wire import container, envelope
from limnograph.wire.layout import Column

Ints = NDArray[np.int64]

BEGIN_NS = 1_760_000_000_000_000_000
SPANS_PER_BLOCK = 50_000
SPAN_NS = 20_000
"""Of each span so much time passes, so that calls within calls are not too short."""

NAMES = tuple(f"shop.step_{number}" for number in range(40))
CALLS_MEAN, CALLS_MAX = 3.0, 12
CALLEES = 2
"""Different functions that a function calls."""

SITES = [
    {"name": name, "target": "shop", "file": "shop.py", "line": line, "unit": ""}
    for line, name in enumerate(NAMES)
]


@dataclass(frozen=True, slots=True)
class Calls:
    """Spans: ids from 1 on, parents (0 for none), times in Unix ns, number of the name."""

    id: Ints
    parent: Ints
    depth: Ints
    begin: Ints
    end: Ints
    name: Ints

    def frame(self) -> pl.DataFrame:
        """Return the spans as `flame` gets them."""
        return pl.DataFrame(
            {
                "id": self.id,
                "parent": self.parent,
                "begin": self.begin,
                "end": self.end,
                "name": pl.Series(NAMES).gather(self.name),
            }
        )


def calls(count: int, seed: int, roots: int, span_ns: int = SPAN_NS) -> Calls:
    """Return about *count* spans of *roots* requests, one after the other."""
    rng = np.random.default_rng(seed)
    edges = BEGIN_NS + np.sort(rng.integers(0, span_ns * count, 2 * roots)) + np.arange(2 * roots)
    zeros = np.zeros(roots, np.int64)
    level = Calls(np.arange(1, roots + 1), zeros, zeros, edges[::2], edges[1::2], zeros)
    levels, total = [level], roots
    while total < count:
        level = _called(rng, level, total, count - total)
        if not len(level.id):
            break
        levels.append(level)
        total += len(level.id)
    fields = Calls.__slots__
    whole = {name: np.concatenate([getattr(one, name) for one in levels]) for name in fields}
    # Of spans that end at once the inner one ended first.
    order = np.lexsort((-whole["depth"], whole["end"]))
    return Calls(**{name: values[order] for name, values in whole.items()})


def _called(rng: np.random.Generator, above: Calls, known: int, room: int) -> Calls:
    """Return what the spans of a level have called, at most *room* spans."""
    many = np.minimum(rng.poisson(CALLS_MEAN, len(above.id)), CALLS_MAX)
    many[above.end - above.begin < 4 * many] = 0
    many[np.cumsum(many) > room] = 0
    caller = np.repeat(np.arange(len(above.id)), many)
    lengths = (above.end - above.begin)[caller]
    edges = rng.random(2 * len(caller))
    both = np.repeat(caller, 2)
    edges = edges[np.lexsort((edges, both))]
    first, last = edges[::2], edges[1::2]
    begin = above.begin[caller]
    return Calls(
        id=np.arange(known + 1, known + 1 + len(caller)),
        parent=above.id[caller],
        depth=above.depth[caller] + 1,
        begin=begin + (first * lengths).astype(np.int64),
        end=begin + (last * lengths).astype(np.int64),
        name=(above.name[caller] * 7 + rng.integers(1, CALLEES + 1, len(caller))) % len(NAMES),
    )


def sender() -> Sender:
    """Return a process with a stream of profile spans."""
    made = Sender(iter(()))  # type: ignore[arg-type]
    made.streams["cpu"] = envelope.Stream(
        stream_id=str(UUID(int=UUID(made.process.process_id).int ^ 1)),
        process_id=made.process.process_id,
        format="limnograph/v1",
        tags=("cpu",),
        properties={"thread-name": "main", "thread-id": "7"},
    )
    return made


def blocks(of: Sender, spans: Calls, *, of_coroutines: bool = False) -> Iterator[MadeBlock]:
    """Yield the blocks in which a process sends its spans, whom coroutines ran if one says so."""
    for start in range(0, len(spans.id), SPANS_PER_BLOCK):
        part = slice(start, start + SPANS_PER_BLOCK)
        cut = {name: getattr(spans, name)[part] for name in Calls.__slots__}
        yield _block(of, start, Calls(**cut), of_coroutines=of_coroutines)


def _block(of: Sender, offset: int, spans: Calls, *, of_coroutines: bool) -> MadeBlock:
    marks = [_column("coroutine", "uint8", np.ones_like(spans.id))] if of_coroutines else []
    count, origin, end = len(spans.id), int(spans.begin.min()), int(spans.end.max())
    payload = container.encode(
        "spans",
        count,
        [
            _column("begin", "int64", np.diff(spans.begin, prepend=origin)),
            _column("duration", "int64", spans.end - spans.begin),
            _column("id", "int64", spans.id),
            _column("parent", "int64", spans.parent),
            _column("depth", "uint32", spans.depth),
            _column("site", "uint32", spans.name),
            _column("status", "uint8", np.ones_like(spans.id)),
            *marks,
        ],
        sites=SITES,
        clock=container.Clock(1_000_000_000, 0, origin),
    )
    stream = of.streams["cpu"]
    header = envelope.Block(
        block_id=str(UUID(int=UUID(stream.stream_id).int ^ (offset + 2))),
        stream_id=stream.stream_id,
        process_id=stream.process_id,
        begin_time_ns=origin,
        end_time_ns=end,
        begin_ticks=0,
        end_ticks=end - origin,
        nb_objects=count,
        object_offset=offset,
        payload_size=len(payload),
    )
    return MadeBlock("cpu", stream, header, payload, ())


def _column(name: str, kind: str, values: Ints) -> Column:
    little = {"int64": "<i8", "uint32": "<u4", "uint8": "u1"}[kind]
    return Column(name, kind, (values.astype(little).tobytes(),))
