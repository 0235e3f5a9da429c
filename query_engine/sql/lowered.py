"""What the lowering of one query shares: what each relation has to yield, and what is lowered."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from query_engine.sql.catalog import ScanRequest
from query_engine.sql.relations import Relation


@dataclass(frozen=True, slots=True)
class Lowering:
    """
    The lowering of one query, inputs first; a relation with two parents is lowered once.

    Attributes:
        requests: What each scan is asked for, by ``id(scan)``.
        needs: The column ids that are read from each relation, by ``id(relation)``.
        frames: The plan of each relation that is lowered, by ``id(relation)``.
    """

    requests: Mapping[int, ScanRequest]
    needs: Mapping[int, frozenset[str]]
    frames: dict[int, pl.LazyFrame] = field(default_factory=dict)

    def frame(self, node: Relation) -> pl.LazyFrame:
        """Return the plan of an input."""
        return self.frames[id(node)]

    def wanted(self, node: Relation) -> list[str]:
        """Return the columns of *node* that are read, in order."""
        return [column.id for column in node.columns if column.id in self.needs[id(node)]]


def computed_once(frame: pl.LazyFrame) -> pl.LazyFrame:
    """
    Return *frame*, to be read several times and computed once.

    A cache alone does not promise that: where its readers filter differently, the engine may move
    their filters below it and compute it for each. It moves none through a slice.
    """
    return frame.cache().slice(0)
