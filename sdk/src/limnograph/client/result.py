"""A query's answer: record batches as they arrive, or all of it at once."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Self

from limnograph.client.errors import QueryError

if TYPE_CHECKING:
    import polars as pl
    import pyarrow as pa


class Result:
    """
    The rows of one query, read once.

    Iterate over it for record batches as they arrive, or take all rows with ``arrow()``,
    ``polars()`` or ``pandas()``; these may be called again, and after each other. A result that is
    not read to its end is let go with ``close()`` or ``with``.
    """

    def __init__(
        self, schema: "pa.Schema", batches: "Iterator[pa.RecordBatch]", close: Callable[[], None]
    ) -> None:
        self.schema = schema
        self._batches, self._close = batches, close
        self._table: pa.Table | None = None
        self._started = False

    def __iter__(self) -> "Iterator[pa.RecordBatch]":
        if self._table is not None:
            yield from self._table.to_batches()
            return
        if self._started:
            raise QueryError("client", "the result was read already: run the query again")
        self._started = True
        try:
            yield from self._batches
        finally:
            self._close()

    def arrow(self) -> "pa.Table":
        """
        Return all rows as an Arrow table.

        Raises:
            QueryError: The query failed on its way.
        """
        import pyarrow as pa

        if self._table is None:
            self._table = pa.Table.from_batches(list(self), schema=self.schema)
        return self._table

    def polars(self) -> "pl.DataFrame":
        """Return all rows as a Polars frame; raises as ``arrow``."""
        import polars as pl

        frame = pl.from_arrow(self.arrow())
        assert isinstance(frame, pl.DataFrame), "a table becomes a frame"
        return frame

    def pandas(self) -> Any:
        """Return all rows as a pandas frame (pandas must be installed); raises as ``arrow``."""
        return self.arrow().to_pandas()

    def close(self) -> None:
        """Let go of what was not read."""
        self._started = True
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
