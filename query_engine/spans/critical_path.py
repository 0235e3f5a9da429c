"""
The critical path of a trace: at each moment, the span that its end was waiting for.

From the end of a span backwards: the child that finished last is what the span waited for; before
that child began, the child that had finished last by then; and so on, within each of these children
again. What no such child covers is the span's own. The stretches follow one another without gaps
and together are exactly as long as the trace. (The definition is that of CRISP: Zhang et al.,
"CRISP: Critical Path Analysis of Large-Scale Microservice Architectures", USENIX ATC 2022.)

All siblings of the trace are taken at once: which of them their parents would wait for does not
depend on whether anybody waited for the parents.
"""

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from query_engine.spans.forest import Forest
from query_engine.spans.sorting import Ints, by_group
from query_engine.spans.waiting import waited_for

STRETCHES = pl.Schema({"span": pl.Int64(), "begin": pl.Int64(), "end": pl.Int64()})
"""Columns of a path: place of the span among the spans, and times in Unix ns."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Of each span the part that counts: what lies within all that enclose it."""

    first: Ints
    last: Ints


def critical_path(tree: Forest, begin: Ints, end: Ints) -> pl.DataFrame:
    """
    Return the stretches of the critical path in the order of time (schema ``STRETCHES``).

    Children count as far as they lie within their parent: what was started and not waited for, or
    recorded by a clock that differs, is cut. Of several roots the path goes through those that the
    whole was waiting for; the time between them belongs to nobody and is left out.

    Args:
        tree: Who is whose parent.
        begin: When each span began, Unix ns.
        end: When it ended.
    """
    parts = Parts(tree.inherited(begin, np.maximum), tree.inherited(end, np.minimum))
    real = np.flatnonzero((parts.last > parts.first) & (tree.depth >= 0))
    spans = real[_siblings(tree.parent[real], parts.first[real], parts.last[real])]
    waited = waited_for(tree.parent[spans], parts.first[spans], parts.last[spans])
    taken = np.zeros(len(begin), np.bool_)
    taken[spans[waited]] = True
    on_path = tree.inherited(taken, np.logical_and)
    return _stretches(spans[on_path[spans]], tree.parent, parts)


def _siblings(parent: Ints, first: Ints, last: Ints) -> Ints:
    """Return the order by parent and end; of those that end at once the longest comes last."""
    order = by_group(parent, last)
    ends, owners = last[order], parent[order]
    same = (ends[1:] == ends[:-1]) & (owners[1:] == owners[:-1])
    tied = np.flatnonzero(_either(same))
    some = order[tied]
    order[tied] = some[np.lexsort((some, -first[some], last[some], parent[some]))]
    return order


def _either(same: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return which rows are the same as the one before or the one behind."""
    if not len(same):
        return np.zeros(0, np.bool_)
    either: NDArray[np.bool_] = np.append(same, False) | np.append(False, same)
    return either


def _stretches(spans: Ints, parent: Ints, parts: Parts) -> pl.DataFrame:
    """
    Return what of the spans none of their children on the path covers, in the order of time.

    Args:
        spans: The spans on the path; siblings follow one another, in the order of time.
        parent: Place of each span's parent.
        parts: What counts of each span.
    """
    children = spans[parent[spans] >= 0]
    owner = parent[children]
    # A span goes on by itself from its begin, and again from the end of each child.
    resumed = parts.first[owner]
    again = np.flatnonzero(owner[1:] == owner[:-1]) + 1
    resumed[again] = parts.last[children[again - 1]]
    after = parts.first.copy()
    after[owner] = parts.last[children]
    rows = (
        np.concatenate([owner, spans]),
        np.concatenate([resumed, after[spans]]),
        np.concatenate([parts.first[children], parts.last[spans]]),
    )
    own = np.flatnonzero(rows[2] > rows[1])
    own = own[np.argsort(rows[1][own])]
    return pl.DataFrame([column[own] for column in rows], schema=STRETCHES)
