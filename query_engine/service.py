"""
Queries as the doors see them: text in, a schema and a stream of Arrow batches out.

Rule: nothing here knows a protocol, and no door knows tables or plans. Every query gets an id, a
slot, a time limit, one line in the log and its share of the metrics, however it ends.
"""

import logging
import time
import uuid
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from threading import Lock
from typing import Protocol

import pyarrow as pa

from assets.errors import CallerError, LakeError, LimitExceeded
from query_engine.admission import Admission
from query_engine.cancel import CancelToken
from query_engine.execution import Execution
from query_engine.failures import as_lake_error
from query_engine.limits import QUEUE_WAIT_S_MAX, SQL_BYTES_MAX
from query_engine.metrics import QueryMetrics
from query_engine.settings import QuerySettings
from query_engine.sql import plan
from query_engine.sql.catalog import Catalog
from query_engine.tables.ranges import TimeRange
from query_engine.wire import wire_schema

log = logging.getLogger(__name__)


class Tables(Protocol):
    """Where catalogs come from: one per query, closed when the query is planned."""

    def open(
        self, time_range: TimeRange | None, token: CancelToken
    ) -> AbstractContextManager[Catalog]:
        """Open the tables as of now; every scan obeys *time_range* and passes *token*."""
        ...

    def schemas(self) -> Catalog:
        """Return the same tables without their rows."""
        ...


@dataclass(slots=True)
class QueryStream:
    """
    A running query. Iterate ``batches`` to the end or call ``close``.

    Attributes:
        query_id: Lower-case hyphenated UUID; stands in the log and in every error.
        schema: Schema of every batch.
        batches: The result; raises `LakeError` when the query fails on the way.
    """

    query_id: str
    schema: pa.Schema
    batches: Generator[pa.RecordBatch]
    on_close: Callable[[], None]

    def close(self) -> None:
        """Stop the query unless it has ended; harmless to repeat."""
        self.batches.close()
        self.on_close()


class QueryService:
    """
    Plans and runs queries. Thread-safe.

    Args:
        tables: The lake's tables.
        settings: Concurrency and time limits.
        metrics: Where to count.
        clock_ns: What NOW() means, Unix ns.
    """

    def __init__(
        self,
        tables: Tables,
        settings: QuerySettings,
        metrics: QueryMetrics,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._tables, self._settings, self.metrics = tables, settings, metrics
        self._clock_ns = clock_ns
        self._admission = Admission(
            settings.running_queries_max, settings.waiting_queries_max, QUEUE_WAIT_S_MAX
        )
        self._pool = ThreadPoolExecutor(settings.running_queries_max, "query")
        self._tokens: dict[str, CancelToken] = {}
        self._lock = Lock()
        metrics.gauge("limno_query_running", "Queries that run", lambda: self._admission.running)
        metrics.gauge("limno_query_waiting", "Queries that wait", lambda: self._admission.waiting)

    def query(
        self,
        sql: str,
        *,
        begin_ns: int | None = None,
        end_ns: int | None = None,
        limit: int | None = None,
        door: str = "python",
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> QueryStream:
        """
        Start a query and return once its result's schema is known.

        Args:
            sql: One SELECT.
            begin_ns: With *end_ns*: only rows in this range, both ends included, Unix ns.
            end_ns: See *begin_ns*; one without the other means no range.
            limit: At most so many rows.
            door: Label for log and metrics.
            is_cancelled: Asked about ten times a second while the result is waited for.

        Raises:
            LakeError: The text is wrong, the service is full, storage does not answer; its
                ``query_id`` names the query.
        """
        run = _Run(str(uuid.uuid4()), sql, door, self._settings.query_seconds_max, self.metrics)
        try:
            time_range = _time_range(sql, begin_ns, end_ns)
            self._admission.enter()
        except Exception as error:
            raise run.failed(error) from None
        try:
            with self._tables.open(time_range, run.token) as catalog:
                frame = plan(
                    sql,
                    catalog,
                    limit=limit,
                    now_ns=self._clock_ns(),
                    checkpoint=run.token.checkpoint,
                )
            schema = wire_schema(frame.collect_schema())
            execution = Execution(frame, schema, run.token, lambda: self._stopped(run.query_id))
            with self._lock:
                self._tokens[run.query_id] = run.token
            execution.start(self._pool)
        except BaseException as error:
            self._stopped(run.query_id)
            raise run.failed(error) from None
        batches = run.counted(execution.batches(is_cancelled))
        return QueryStream(run.query_id, schema, batches, run.abandon)

    def schema(self, sql: str) -> pa.Schema:
        """
        Return the schema that the result of *sql* would have, without reading rows.

        Raises:
            LakeError: As `query`, for what planning finds.
        """
        try:
            _time_range(sql, None, None)
            frame = plan(sql, self._tables.schemas(), now_ns=self._clock_ns())
            return wire_schema(frame.collect_schema())
        except Exception as error:
            raise as_lake_error(error, "") from None

    def check_open(self) -> None:
        """
        Return if new queries are taken.

        Raises:
            ShuttingDown: `close` was called.
        """
        self._admission.check_open()

    def close(self, grace_s: float) -> bool:
        """
        Refuse new queries, let running ones end, cancel what still runs after *grace_s*.

        Returns:
            Whether every query has stopped.
        """
        self._admission.close()
        if not self._admission.wait_idle(grace_s):
            with self._lock:
                tokens = list(self._tokens.values())
            for token in tokens:
                token.cancel()
        idle = self._admission.wait_idle(1.0)
        self._pool.shutdown(wait=idle, cancel_futures=True)
        return idle

    def _stopped(self, query_id: str) -> None:
        with self._lock:
            self._tokens.pop(query_id, None)
        self._admission.leave()


class _Run:
    """The bookkeeping of one query: its end is logged and counted exactly once."""

    def __init__(
        self, query_id: str, sql: str, door: str, seconds: float, metrics: QueryMetrics
    ) -> None:
        self.query_id, self.token = query_id, CancelToken(seconds)
        self._sql, self._door, self._metrics = sql, door, metrics
        self._begun = time.perf_counter()
        self._rows = 0
        self._ended = False

    def abandon(self) -> None:
        """Cancel the query; if nobody has read from it, this is how it ended."""
        self.token.cancel()
        self._record("cancelled")

    def counted(self, batches: Iterator[pa.RecordBatch]) -> Generator[pa.RecordBatch]:
        """Pass the batches on, with their errors translated, and record the end."""
        try:
            for batch in batches:
                self._rows += batch.num_rows
                self._metrics.rows.inc(batch.num_rows)
                self._metrics.bytes.inc(batch.nbytes)
                yield batch
        except GeneratorExit:
            self._record("cancelled")
            raise
        except BaseException as error:
            raise self.failed(error) from None
        else:
            self._record("ok")

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


def _time_range(sql: str, begin_ns: int | None, end_ns: int | None) -> TimeRange | None:
    """Check the arguments that need no table."""
    if not sql.strip():
        raise CallerError("the SQL text is empty")
    size = len(sql.encode())
    if size > SQL_BYTES_MAX:
        raise LimitExceeded(f"the SQL text has {size} bytes, the limit is {SQL_BYTES_MAX}")
    if begin_ns is None or end_ns is None:
        return None
    if begin_ns > end_ns:
        raise CallerError("the range's begin is after its end")
    return TimeRange(begin_ns, end_ns)
