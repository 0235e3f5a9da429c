"""
The bookkeeping of one query: its end is logged and counted exactly once, however it comes.

Rule: what leaves here is a batch or an error of ours that names the query.
"""

import logging
from collections.abc import Iterator

import pyarrow as pa

from assets.errors import LakeError
from query_engine import audit
from query_engine.errors import Cancelled
from query_engine.execution import Rows
from query_engine.failures import as_lake_error
from query_engine.metrics import QueryMetrics
from query_engine.running import RunningQuery

log = logging.getLogger(__name__)


class QueryRun(Iterator[pa.RecordBatch]):
    """
    The batches of one query, counted. When nobody holds it any more, the query is stopped.

    Args:
        query: What is known of it.
        metrics: Where it is counted.
    """

    def __init__(self, query: RunningQuery, metrics: QueryMetrics) -> None:
        self._query, self._metrics = query, metrics
        self._rows: Iterator[Rows] = iter(())
        self._ended = False

    def begin(self, rows: Iterator[Rows]) -> None:
        """Take the running query's rows over."""
        self._rows = rows

    def __next__(self) -> pa.RecordBatch:
        """
        Return the next batch.

        Raises:
            LakeError: The query failed or was stopped.
        """
        rows = self.next_rows()
        if rows is None:
            raise StopIteration
        return rows.batch

    def next_rows(self) -> Rows | None:
        """Return the same in both forms; None after the last ones."""
        try:
            rows = next(self._rows, None)
            if rows is not None:
                self._query.allowance.check_result(self._query.rows + rows.batch.num_rows)
        except BaseException as error:
            self._query.token.cancel()
            raise self.failed(error) from None
        if rows is None:
            self._record(None)
            return None
        count, size = rows.batch.num_rows, rows.batch.nbytes
        self._query.rows += count
        self._query.bytes += size
        self._metrics.rows.inc(count)
        self._metrics.bytes.inc(size)
        return rows

    def close(self) -> None:
        """Stop the query unless it has ended."""
        if not self._ended:
            self._query.token.cancel()
        self._record(Cancelled("the client did not read to the end"))

    def __del__(self) -> None:
        """Stop a query whose client left before anybody read to its end."""
        self.close()

    def failed(self, error: BaseException) -> LakeError:
        """Record the failure and return what to raise for it."""
        translated = as_lake_error(error, self._query.query_id)
        self._record(translated)
        if translated is not error and translated.http_status >= 500:
            log.error("query %s failed", self._query.query_id, exc_info=error)
        return translated

    def _record(self, error: LakeError | None) -> None:
        if self._ended:
            return
        self._ended = True
        query, seconds = self._query, self._query.timing.seconds
        query.outcome = status = "ok" if error is None else error.code
        audit.write(query, error)
        self._metrics.queries.labels(query.door, status).inc()
        self._metrics.seconds.labels(query.door).observe(seconds)
        log.info(
            "query %s %s door=%s rows=%d seconds=%.3f memory=%d sql=%.500r",
            query.query_id,
            status,
            query.door,
            query.rows,
            seconds,
            query.usage.peak_bytes,
            query.sql,
        )
