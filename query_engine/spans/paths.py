"""Call paths: the names from the outermost span inwards, numbered so that each is named once."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from query_engine.errors import TooManyPaths
from query_engine.spans.forest import Forest
from query_engine.spans.limits import DENSE_IDS_FACTOR, FLAME_PATHS_MAX
from query_engine.spans.sorting import Ints

SEPARATOR = ";"
"""Between the names of a path, as in the folded stacks that flame graph programs read."""


@dataclass(frozen=True, slots=True)
class Paths:
    """
    The call paths of spans.

    Attributes:
        of_span: Number of each span's path; -1 for spans below *depth_max* and in circles.
        table: One row for each path, in the order of their numbers, parents before children:
            ``path``, ``name``, ``depth`` and ``parent_path`` (NULL at a root).
    """

    of_span: Ints
    table: pl.DataFrame


def call_paths(tree: Forest, names: pl.Series, depth_max: int, instead: str) -> Paths:
    """
    Number the call paths of spans.

    Args:
        tree: Who is whose parent.
        names: Name of each span; `in_path` says how it is written.
        depth_max: Spans enclosed by more others have no path of their own.
        instead: What to ask for when there are too many paths.

    Raises:
        TooManyPaths: There are more than FLAME_PATHS_MAX.
    """
    kinds = names.fill_null("").unique(maintain_order=True)
    name = names.fill_null("").replace_strict(kinds, np.arange(len(kinds)), return_dtype=pl.Int64)
    name_of = name.to_numpy()
    of_span = np.full(len(names), -1, np.int64)
    parts: list[tuple[Ints, Ints]] = []
    count = 0
    for spans in tree.levels(depth_max):
        above = tree.parent[spans]
        over = np.where(above >= 0, of_span[above], -1)
        keys, which = _distinct((over + 1) * len(kinds) + name_of[spans])
        of_span[spans] = count + which
        parts.append((keys // len(kinds) - 1, keys % len(kinds)))
        count += len(keys)
        if count > FLAME_PATHS_MAX:
            raise TooManyPaths(f"more than {FLAME_PATHS_MAX:,} different call paths: {instead}")
    return Paths(of_span, _described(parts, kinds))


def in_path(names: pl.Series) -> pl.Series:
    """
    Return names as paths have them: `%3B` for a separator within.

    Different names stay different, so that rows can be joined by path: what reads `%3B` already
    becomes `%253B`, and so on. Programs that cut at separators need to know nothing of it.
    """
    kept = names.str.replace_all("%((?:25)*3B)", "%25${1}")
    return kept.str.replace_all(SEPARATOR, "%3B", literal=True)


def _distinct(keys: Ints) -> tuple[Ints, Ints]:
    """Return the different keys in their order, and for each key its number among them."""
    low, high = int(keys.min()), int(keys.max())
    if high - low >= DENSE_IDS_FACTOR * len(keys):
        return np.unique(keys, return_inverse=True)
    seen = np.zeros(high - low + 1, np.bool_)
    seen[keys - low] = True
    return np.flatnonzero(seen) + low, (np.cumsum(seen) - 1)[keys - low]


def _described(parts: list[tuple[Ints, Ints]], kinds: pl.Series) -> pl.DataFrame:
    """Return what the paths are called, given parent and last name of each, level by level."""
    written = in_path(kinds).to_list()
    called = kinds.to_list()
    rows: list[tuple[str, str, int, str | None]] = []
    for depth, (parents, last) in enumerate(parts):
        for parent, name in zip(parents.tolist(), last.tolist(), strict=True):
            over = rows[parent][0] if parent >= 0 else None
            path = written[name] if over is None else f"{over}{SEPARATOR}{written[name]}"
            rows.append((path, called[name], depth, over))
    schema = {
        "path": pl.String(),
        "name": pl.String(),
        "depth": pl.UInt32(),
        "parent_path": pl.String(),
    }
    return pl.DataFrame(rows, schema=schema, orient="row")
