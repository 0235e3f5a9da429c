"""
EXPLAIN ANALYZE: runs a plan where any plan runs, and yields what was measured instead of its rows.

Rule: it is a plan itself, so that limits of memory and time, cancelling and the choice of the
process hold for it as for any query.
"""

import os
import re
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl
from polars.io.plugins import register_io_source

from query_engine.sql.explain import EXPLAIN_SCHEMA
from query_engine.sql.row_source import RowSource

METRICS = {"POLARS_TRACK_METRICS": "1", "POLARS_LOG_METRICS": "1"}
"""With these the engine writes what each of its nodes did to stderr when a plan ends."""

NODE = re.compile(
    r"^(?P<node>[^:]+): tot\((?P<total>[^)]*)\).* "
    r"recv\(row=(?P<received>\d+).* sent\(row=(?P<sent>\d+)"
)
WHOLE = "Streaming query took"
"""How the line about the whole plan begins."""


@dataclass(frozen=True, slots=True, eq=False)
class Analysis(RowSource):
    """
    Runs a plan once and yields the rows of EXPLAIN ANALYZE.

    Attributes:
        rows: The rows of EXPLAIN that come first.
        seconds: How long each step before took, by its name.
    """

    plan: pl.LazyFrame
    rows: tuple[tuple[str, str], ...]
    seconds: tuple[tuple[str, float], ...]

    def frames(self) -> Iterator[pl.DataFrame]:
        """Run the plan when the rows are asked for, and yield them."""
        begun = time.perf_counter()
        with metrics_of_the_engine() as lines:
            heights: list[int] = []
            # Not the engine's iterator: that hides some errors.
            self.plan.sink_batches(lambda batch: heights.append(batch.height), engine="streaming")
        seconds = (*self.seconds, ("execute", time.perf_counter() - begun))
        timings = "\n".join(f"{name}: {1000 * spent:.3f} ms" for name, spent in seconds)
        yield pl.DataFrame(
            [
                *self.rows,
                ("rows", str(sum(heights))),
                ("timings", timings),
                ("nodes", "\n".join(readable(lines)) or "the engine told nothing"),
            ],
            schema=EXPLAIN_SCHEMA,
            orient="row",
        )


def analyzed(
    frame: pl.LazyFrame, rows: list[tuple[str, str]], seconds: dict[str, float]
) -> pl.LazyFrame:
    """Return the plan that runs *frame* and yields what was measured."""
    analysis = Analysis(frame, tuple(rows), tuple(seconds.items()))
    return register_io_source(analysis, schema=EXPLAIN_SCHEMA)


@contextmanager
def metrics_of_the_engine() -> Iterator[list[str]]:
    """
    Collect what the engine writes about its nodes; the list is filled at the end.

    It writes to the file descriptor of stderr; what others write there in the meantime is passed
    on afterwards.
    """
    lines: list[str] = []
    before = {name: os.environ.get(name) for name in METRICS}
    sys.stderr.flush()
    kept = os.dup(2)
    try:
        with tempfile.TemporaryFile() as file:
            os.environ.update(METRICS)
            os.dup2(file.fileno(), 2)
            try:
                yield lines
            finally:
                os.dup2(kept, 2)
                file.seek(0)
                for line in file.read().decode(errors="replace").splitlines():
                    if NODE.match(line) or line.startswith(WHOLE):
                        lines.append(line)
                    elif line:
                        sys.stderr.write(line + "\n")
    finally:
        os.close(kept)
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def readable(lines: list[str]) -> Iterator[str]:
    """Yield a line for each node of the engine: its time on all threads, rows in and rows out."""
    for line in lines:
        match = NODE.match(line)
        if match is not None:
            node, total = match["node"], match["total"]
            yield f"{node}: {total}, {match['received']} rows in, {match['sent']} rows out"
        else:
            yield line.partition(", detailed")[0]
