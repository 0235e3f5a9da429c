"""Every part of the benchmark, in the order in which they run."""

from benchmarks.spans.blocks_to_rows import BLOCKS_TO_ROWS
from benchmarks.spans.blocks_to_sql import BLOCKS_TO_SQL
from benchmarks.spans.export import EXPORT
from benchmarks.spans.first_and_second import QUERIES
from benchmarks.spans.part import Part
from benchmarks.spans.trees import TREES
from benchmarks.spans.trees_shapes import SHAPES

PARTS: tuple[Part, ...] = (BLOCKS_TO_ROWS, BLOCKS_TO_SQL, QUERIES, TREES, SHAPES, EXPORT)
