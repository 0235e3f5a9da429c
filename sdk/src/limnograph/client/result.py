"""A query's answer: record batches as they arrive, or all of it at once."""

import os
import weakref
from collections import deque
from collections.abc import Iterator
from typing import TYPE_CHECKING, Self

from limnograph.client import display
from limnograph.client.errors import QueryError
from limnograph.client.forms import Forms
from limnograph.client.limits import KEPT_BYTES_MAX, SHOWN_ROWS
from limnograph.client.meter import Meter
from limnograph.client.stream import Stream
from limnograph.client.waiting import next_batch, opened

if TYPE_CHECKING:
    import pyarrow as pa


class Result(Forms):
    """
    The rows of one query.

    All of them, as often as you like and in any form::

        frame = lake.query(sql).pandas()    # or .polars(), .arrow(), .rows(), .dicts()

    As they arrive, without holding them all; an answer beyond 64 MiB can be read so once::

        for batch in lake.query(sql):       # Arrow record batches
            ...
        lake.query(sql).to_parquet("day.parquet")

    A result that is dropped, or left with ``close()`` or ``with``, before it was read to its end
    stops its query at the service. Polars, DuckDB and others read it directly (it has
    ``__arrow_c_stream__``).

    Attributes:
        schema: The Arrow schema; known before any row.
    """

    def __init__(
        self, stream: Stream, timeout_s: float | None = None, progress: bool | None = None
    ) -> None:
        self._stream, self._timeout_s, self._progress = stream, timeout_s, progress
        self._finalizer = weakref.finalize(self, stream.close)
        self._finalizer.atexit = False
        with Meter(stream, progress) as meter:
            self.schema = opened(stream, meter, timeout_s)
        self._kept: deque[pa.RecordBatch] | None = deque()
        self._kept_bytes = 0
        self._table: pa.Table | None = None
        self._ended = False

    @property
    def query_id(self) -> str:
        """The query's id, as in the service's log and in ``system.queries``."""
        return self._stream.query.query_id

    @property
    def sql(self) -> str:
        """The text that was asked."""
        return self._stream.query.sql

    @property
    def rows_known(self) -> int | None:
        """The number of rows, if all of them have been read."""
        return self._stream.rows if self._ended else None

    def batches(self, *, keep: bool = True) -> "Iterator[pa.RecordBatch]":
        """
        Yield record batches as they arrive; the same as iterating over the result.

        Args:
            keep: False lets go of each batch at once, so that even a small result is read once.

        Raises:
            QueryError: The query failed on its way, or the rows were read already and not kept.
        """
        if self._table is not None:
            yield from self._table.to_batches()
            return
        self._check_unread()
        at = 0
        while True:
            kept = self._kept
            if kept is not None and at < len(kept):
                yield kept[at]
                at += 1
                continue
            if not (keep or self._ended):
                self._kept = None
            batch = self._fetched(Meter(self._stream, shown=False))
            if batch is None:
                return
            at += 1
            yield batch

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        return self.batches()

    def arrow(self) -> "pa.Table":
        """
        Return all rows as an Arrow table.

        Raises:
            QueryError: The query failed on its way.
        """
        import pyarrow as pa

        if self._table is None:
            self._check_unread()
            found = list(self._kept or ())
            self._kept = None
            with Meter(self._stream, self._progress) as meter:
                while (batch := self._fetched(meter)) is not None:
                    found.append(batch)
            self._table = pa.Table.from_batches(found, schema=self.schema)
        return self._table

    def to_parquet(self, path: str | os.PathLike[str]) -> int:
        """
        Write all rows to a Parquet file (zstd inside) and return how many there were.

        Rows are written as they arrive, so an answer of any size passes; the file appears under
        its name only when it is whole. Raises as ``arrow``, and OSError.
        """
        from limnograph.client.files import to_parquet

        return to_parquet(self, path)

    def to_csv(self, path: str | os.PathLike[str]) -> int:
        """Write all rows to a CSV file with a header line, in the same way as ``to_parquet``."""
        from limnograph.client.files import to_csv

        return to_csv(self, path)

    def close(self) -> None:
        """Let go of what was not read; a query that still runs is stopped."""
        self._finalizer()
        if not self._ended:
            self._kept = None

    def head(self, rows: int = SHOWN_ROWS) -> "tuple[pa.Table, bool]":
        """Return the first rows, which stay to be read, and whether these are all."""
        import pyarrow as pa

        if self._table is None:
            self._check_unread()
            with Meter(self._stream, self._progress) as meter:
                while sum(batch.num_rows for batch in self._kept or ()) <= rows:
                    if self._fetched(meter, keep=True) is None:
                        break
        kept = list(self._kept or ())
        table = self._table
        if table is None:
            table = pa.Table.from_batches(kept, schema=self.schema)
        return table.slice(0, rows), self._ended and table.num_rows <= rows

    def _check_unread(self) -> None:
        """Raise unless the rows are there, or still to come."""
        if self._kept is None:
            self._stream.check()
            raise QueryError("client", "the result was read already: run the query again")

    def _fetched(self, meter: Meter, *, keep: bool = False) -> "pa.RecordBatch | None":
        """Return the next batch of the stream, and keep it while there is room."""
        if self._ended:
            return None
        batch = next_batch(self._stream, meter, self._timeout_s)
        if batch is None:
            self._ended = True
            return None
        if self._kept is not None:
            self._kept.append(batch)
            self._kept_bytes += batch.nbytes
            if self._kept_bytes > KEPT_BYTES_MAX and not keep:
                self._kept = None
        return batch

    def __bool__(self) -> bool:
        return True

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        import pyarrow as pa

        reader = pa.RecordBatchReader.from_batches(self.schema, self.batches())
        return reader.__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return display.text(self)

    def _repr_html_(self) -> str:
        return display.html(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
