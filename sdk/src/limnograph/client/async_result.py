"""A query's answer for programs with an event loop: as ``Result``, but awaited."""

import asyncio
import os
import weakref
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

from limnograph.client.errors import QueryError
from limnograph.client.forms import Whole
from limnograph.client.meter import Meter
from limnograph.client.stream import End, Stream
from limnograph.client.waiting import left_s

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl
    import pyarrow as pa


class AsyncResult:
    """
    The rows of one query.

    All of them, as often as you like and in any form::

        frame = await (await lake.query(sql)).pandas()  # or .polars(), .arrow(), .rows(), .dicts()

    As they arrive, once, without holding them all::

        async for batch in await lake.query(sql):       # Arrow record batches
            ...

    A result that is dropped, or left with ``close()`` or ``async with``, before it was read to its
    end stops its query at the service; so does cancelling the task that waits for it.

    Attributes:
        schema: The Arrow schema; known before any row.
    """

    schema: "pa.Schema"

    def __init__(
        self, stream: Stream, timeout_s: float | None = None, progress: bool | None = None
    ) -> None:
        self._stream, self._timeout_s, self._progress = stream, timeout_s, progress
        self._finalizer = weakref.finalize(self, stream.close)
        self._finalizer.atexit = False
        self._whole: Whole | None = None
        self._begun = False

    async def begun(self) -> Self:
        """
        Wait until the answer begins.

        Raises:
            QueryError: The query failed.
        """
        with Meter(self._stream, self._progress) as meter:
            await self._wait(meter, batch=False)
        self.schema = self._stream.schema
        return self

    @property
    def query_id(self) -> str:
        """The query's id, as in the service's log and in ``system.queries``."""
        return self._stream.query.query_id

    @property
    def sql(self) -> str:
        """The text that was asked."""
        return self._stream.query.sql

    @property
    def columns(self) -> list[str]:
        """The names of the columns."""
        return list(self.schema.names)

    async def batches(self) -> "AsyncIterator[pa.RecordBatch]":
        """
        Yield record batches as they arrive; the same as iterating over the result.

        Raises:
            QueryError: The query failed on its way, or the rows were read already.
        """
        if self._whole is not None:
            for batch in self._whole.arrow().to_batches():
                yield batch
            return
        self._begin()
        with Meter(self._stream, shown=False) as meter:
            while (batch := await self._fetched(meter)) is not None:
                yield batch

    def __aiter__(self) -> "AsyncIterator[pa.RecordBatch]":
        return self.batches()

    async def whole(self) -> Whole:
        """Wait for all rows and return them; raises as ``arrow``."""
        if self._whole is None:
            import pyarrow as pa

            self._begin()
            found = []
            with Meter(self._stream, self._progress) as meter:
                while (batch := await self._fetched(meter)) is not None:
                    found.append(batch)
            self._whole = Whole(pa.Table.from_batches(found, schema=self.schema), self.sql)
        return self._whole

    async def arrow(self) -> "pa.Table":
        """
        Return all rows as an Arrow table.

        Raises:
            QueryError: The query failed on its way.
        """
        return (await self.whole()).arrow()

    async def polars(self) -> "pl.DataFrame":
        """Return all rows as a Polars frame; raises as ``arrow``."""
        return (await self.whole()).polars()

    async def pandas(self, **options: Any) -> "pd.DataFrame":
        """Return all rows as a pandas frame; see ``Result.pandas``."""
        return (await self.whole()).pandas(**options)

    async def rows(self) -> list[tuple[Any, ...]]:
        """Return all rows as tuples; see ``Result.rows``."""
        return (await self.whole()).rows()

    async def dicts(self) -> list[dict[str, Any]]:
        """Return all rows as dicts by column name; see ``Result.rows``."""
        return (await self.whole()).dicts()

    async def one(self) -> dict[str, Any]:
        """Return the only row as a dict; see ``Result.one``."""
        return (await self.whole()).one()

    async def scalar(self) -> Any:
        """Return the only value of an answer with one row and one column."""
        return (await self.whole()).scalar()

    async def to_parquet(self, path: str | os.PathLike[str]) -> int:
        """Write all rows to a Parquet file as they arrive; see ``Result.to_parquet``."""
        from limnograph.client.files import ParquetFile

        async with self:
            with ParquetFile(path, self.schema) as file:
                async for batch in self.batches():
                    await asyncio.to_thread(file.write, batch)
        return file.rows

    async def close(self) -> None:
        """Let go of what was not read; a query that still runs is stopped."""
        self._finalizer()

    def _begin(self) -> None:
        if self._begun:
            self._stream.check()
            raise QueryError("client", "the result was read already: run the query again")
        self._begun = True

    async def _fetched(self, meter: Meter) -> "pa.RecordBatch | None":
        found = await self._wait(meter, batch=True)
        return None if isinstance(found, End) else found

    async def _wait(self, meter: Meter, *, batch: bool) -> "pa.RecordBatch":
        """Wait for the answer's begin, or for its next batch; leaving ends the query."""
        loop, changed = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            # A loop that was closed meanwhile waits for nothing.
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(changed.set)

        self._stream.on_change = tell
        try:
            while True:
                changed.clear()
                found = self._stream.poll(batch=batch)
                if found is not False:
                    return found
                seconds = min(meter.step_s(), left_s(self._stream, self._timeout_s))
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), seconds)
                meter.draw()
        except BaseException:
            self._stream.close()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def __repr__(self) -> str:
        return f"<AsyncResult of query {self.query_id}: {', '.join(self.columns)}>"
