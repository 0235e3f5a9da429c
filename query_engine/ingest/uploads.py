"""
Uploads: received whole, checked whole, then stored in one piece or not at all.

Rule: a client that was killed looks like one that has sent everything. So whether it is still
there is asked after its last row and before anything is kept.
"""

import logging
import time
from collections.abc import Callable, Iterable
from threading import BoundedSemaphore, Lock

import pyarrow as pa

from assets.errors import LakeError, LimitExceeded, NotFound
from assets.storage.bulk import BulkStore
from query_engine.errors import AdminOnly, Cancelled, TooManyUploads
from query_engine.ingest.limits import (
    FORGET_SECONDS,
    UPLOAD_BYTES_MAX,
    UPLOAD_ROWS_MAX,
    UPLOADS_MAX,
)
from query_engine.ingest.tables.catalog import BY_NAME
from query_engine.metrics import QueryMetrics

log = logging.getLogger(__name__)


class Uploads:
    """
    Takes tables in. Thread-safe.

    Args:
        store: The lake, to be written to.
        metrics: Told of what was stored.
        admin: Whether whoever asks may.
        check_open: Returns unless the service is stopping, then raises a `LakeError`.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        store: BulkStore,
        metrics: QueryMetrics,
        *,
        admin: bool,
        check_open: Callable[[], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._metrics, self._admin = store, metrics, admin
        self._check_open, self._clock = check_open, clock
        self._places = BoundedSemaphore(UPLOADS_MAX)
        self._lock = Lock()
        self._forget_at = clock()

    def take(
        self,
        name: str,
        schema: pa.Schema,
        batches: Iterable[pa.RecordBatch],
        is_cancelled: Callable[[], bool],
    ) -> int:
        """
        Store a table; returns how many rows were received, those that were known included.

        Args:
            name: Which table.
            schema: Schema of every batch.
            batches: As they come.
            is_cancelled: Whether the client has left.

        Raises:
            AdminOnly: Whoever asks may not.
            NotFound: There is no such table.
            WrongColumn: The message names column, row and what is expected.
            LimitExceeded: Too many rows or bytes.
            TooManyUploads, ShuttingDown, StorageUnavailable: Try again later.
            Cancelled: The client has left; nothing is stored.
        """
        if not self._admin:
            raise AdminOnly(f"uploads to {name:.60} are for administrators (LIMNO_QUERY_ADMIN)")
        table = BY_NAME.get(name)
        if table is None:
            raise NotFound(f"no table {name!r:.60} to upload to; there are {', '.join(BY_NAME)}")
        self._check_open()
        if not self._places.acquire(blocking=False):
            raise TooManyUploads(f"{UPLOADS_MAX} uploads are under way; try again later")
        try:
            begun = self._clock()
            table.rows(schema.empty_table())
            received = _received(schema, batches)
            if is_cancelled():
                raise Cancelled("the upload broke off; nothing of it was stored")
            made = table.store(self._store, table.rows(received))
            self._metrics.rows_uploaded(name, received.num_rows)
            log.info(
                "upload to %s: rows=%d blocks=%d seconds=%.3f",
                name,
                received.num_rows,
                made,
                self._clock() - begun,
            )
            self._forget_some()
            count: int = received.num_rows
            return count
        finally:
            self._places.release()

    def _forget_some(self) -> None:
        """From time to time, forget halves of blocks whose other half never came."""
        with self._lock:
            if self._clock() < self._forget_at:
                return
            self._forget_at = self._clock() + FORGET_SECONDS
        try:
            forgotten = self._store.forget_waiting()
        except LakeError as error:
            log.warning("halves of blocks that waited too long were not forgotten: %s", error)
            return
        if forgotten:
            log.warning("%d halves of blocks waited in vain and were forgotten", forgotten)


def _received(schema: pa.Schema, batches: Iterable[pa.RecordBatch]) -> pa.Table:
    found, rows, size = [], 0, 0
    for batch in batches:
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows > UPLOAD_ROWS_MAX:
            raise LimitExceeded(
                f"the upload has more than {UPLOAD_ROWS_MAX} rows (UPLOAD_ROWS_MAX); send it in "
                "several calls"
            )
        if size > UPLOAD_BYTES_MAX:
            raise LimitExceeded(
                f"the upload has more than {UPLOAD_BYTES_MAX} bytes (UPLOAD_BYTES_MAX); send it in "
                "several calls"
            )
        found.append(batch)
    return pa.Table.from_batches(found, schema)
