"""
One statement over several rows of values: a query per row, one after the other, one result.

Whoever may stop the query that it began with, and does, stops what is left of it, also when that
query has ended.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pyarrow as pa

from assets.errors import CallerError
from query_engine.errors import Cancelled
from query_engine.flight.queries import start
from query_engine.flight.request import Request, Rows
from query_engine.sql.parameters import Given


class EachRow(Iterator[pa.RecordBatch]):
    """
    The batches of every query in turn; the first one is under way when this is made.

    Args:
        request: Who asks.
        sql: The statement.
        rows: Values per query, at least one row.
        query_id: Id of the first query.
    """

    def __init__(
        self, request: Request, sql: str, rows: Sequence[Given], query_id: str | None
    ) -> None:
        self._request, self._sql = request, sql
        self._left = iter(rows)
        self._limit = request.call.headers.limit
        self._stopped = False
        self._current = start(request, sql, next(self._left), query_id)
        self.schema, self.query_id = self._current.schema, self._current.query_id
        try:
            request.engine.stops.add(self.query_id, request.call.headers.principal, self.stop)
        except CallerError:
            self._current.close()
            raise

    def __next__(self) -> pa.RecordBatch:
        """
        Return the next batch.

        Raises:
            LakeError: A query failed or was stopped; the ones after it do not run.
        """
        while (batch := next(self._current.batches, None)) is None:
            if self._limit == 0:
                raise StopIteration
            self._begin(next(self._left))
        if self._limit is not None:
            self._limit -= batch.num_rows
        return batch

    def stop(self) -> None:
        """Stop the query under way, and run no more; from any thread."""
        self._stopped = True
        self._request.engine.service.cancel(self._current.query_id)

    def close(self) -> None:
        """End it; harmless to repeat."""
        self._request.engine.stops.remove(self.query_id)
        self._stopped = True
        self._current.close()

    def _begin(self, given: Given) -> None:
        call = self._request.call
        headers = replace(call.headers, query_id=None, limit=self._limit)
        request = replace(self._request, call=replace(call, headers=headers))
        self._current = start(request, self._sql, given)
        if self._stopped:
            raise Cancelled("the query was cancelled")
        if self._current.schema != self.schema:
            raise CallerError(
                "the rows of values yield results of different columns; run them one at a time"
            )


def run_each(request: Request, sql: str, rows: Sequence[Given], query_id: str | None) -> Rows:
    """
    Run *sql* with each of *rows*.

    Raises:
        LakeError: The first query does not start.
    """
    each = EachRow(request, sql, rows, query_id)
    return Rows(each.schema, each, each.close, each.query_id)
