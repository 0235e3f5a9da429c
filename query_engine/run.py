"""
The bookkeeping of one query: its end is logged and counted exactly once, however it comes.

Rule: what leaves here is a batch or an error of ours that names the query.
"""

import logging
import time
from collections.abc import Iterator

import pyarrow as pa

from assets.errors import LakeError
from query_engine.cancel import CancelToken
from query_engine.failures import as_lake_error
from query_engine.metrics import QueryMetrics

log = logging.getLogger(__name__)


class QueryRun(Iterator[pa.RecordBatch]):
    """
    The batches of one query, counted. When nobody holds it any more, the query is stopped.

    Args:
        query_id: Names the query.
        sql: Its text, for the log.
        door: Where it came in, for log and metrics.
        seconds: Its time limit.
        metrics: Where it is counted.
    """

    def __init__(
        self, query_id: str, sql: str, door: str, seconds: float, metrics: QueryMetrics
    ) -> None:
        self.query_id, self.token = query_id, CancelToken(seconds)
        self._sql, self._door, self._metrics = sql, door, metrics
        self._begun = time.perf_counter()
        self._batches: Iterator[pa.RecordBatch] = iter(())
        self._rows = 0
        self._ended = False

    def begin(self, batches: Iterator[pa.RecordBatch]) -> None:
        """Take the running query's batches over."""
        self._batches = batches

    def __next__(self) -> pa.RecordBatch:
        """
        Return the next batch.

        Raises:
            LakeError: The query failed or was stopped.
        """
        try:
            batch = next(self._batches)
        except StopIteration:
            self._record("ok")
            raise
        except BaseException as error:
            raise self.failed(error) from None
        self._rows += batch.num_rows
        self._metrics.rows.inc(batch.num_rows)
        self._metrics.bytes.inc(batch.nbytes)
        return batch

    def close(self) -> None:
        """Stop the query unless it has ended."""
        self.token.cancel()
        self._record("cancelled")

    def __del__(self) -> None:
        """Stop a query whose client left before anybody read to its end."""
        self.close()

    def failed(self, error: BaseException) -> LakeError:
        """Record the failure and return what to raise for it."""
        translated = as_lake_error(error, self.query_id)
        self._record(translated.code)
        if translated is not error and translated.http_status >= 500:
            log.error("query %s failed", self.query_id, exc_info=error)
        return translated

    def _record(self, status: str) -> None:
        if self._ended:
            return
        self._ended = True
        seconds = time.perf_counter() - self._begun
        self._metrics.queries.labels(self._door, status).inc()
        self._metrics.seconds.labels(self._door).observe(seconds)
        log.info(
            "query %s %s door=%s rows=%d seconds=%.3f sql=%.500r",
            self.query_id,
            status,
            self._door,
            self._rows,
            seconds,
            self._sql,
        )
