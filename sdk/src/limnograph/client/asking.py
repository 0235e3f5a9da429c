"""What can be asked of a lake: the same for the client that waits and the one that awaits."""

from abc import abstractmethod
from dataclasses import dataclass
from typing import Generic, TypeVar

from limnograph.client.door import Params, Query
from limnograph.client.times import When, Zone, unix_ns

R_co = TypeVar("R_co", covariant=True)

EARLIEST_NS, LATEST_NS = 0, 7_258_118_400_000_000_000
"""1970 and 2200: what stands in for the end of a range that the caller leaves open."""


@dataclass(frozen=True, slots=True)
class Options:
    """How one query is asked."""

    timeout_s: float | None = None
    progress: bool | None = None


class Asking(Generic[R_co]):
    """The questions; each returns what the client makes of an answer."""

    _zone: Zone = None

    @abstractmethod
    def _ask(self, query: Query, options: Options) -> R_co:
        """Send one query."""

    def query(
        self,
        sql: str,
        begin: When = None,
        end: When = None,
        params: Params | None = None,
        limit: int | None = None,
        *,
        timeout: float | None = None,
        progress: bool | None = None,
    ) -> R_co:
        """
        Run *sql* and return its rows.

        ::

            lake.query("SELECT time, msg FROM log_entries WHERE level <= 2", begin="1h").pandas()
            lake.query("SELECT * FROM measures WHERE name = ? AND value > ?", params=["load", 0.9])
            lake.query("SELECT * FROM processes WHERE exe = :exe", params={"exe": "shop"})

        Args:
            sql: One SELECT.
            begin: Only events from then on: how long ago (``"1h"``, ``"2d"``, a timedelta), a
                datetime, a date, ISO 8601 text, or Unix ns. What has no time zone is in that of
                ``connect(tz=...)``, UTC unless given. It applies to every table of the query.
            end: Only events up to then, that moment included.
            params: Values for ``?`` and ``$1`` in order, or by name for ``:name``: None, bool, int,
                float, Decimal, str, bytes, datetime, date, timedelta, UUID, lists of these.
            limit: Most rows to return.
            timeout: Most seconds until the last row has arrived; then the query is stopped.
            progress: Whether a long query draws a bar on stderr; None: in terminals and notebooks.

        Raises:
            QueryError: The service refused the query, failed, or cannot be reached.
        """
        begin_ns, end_ns = unix_ns(begin, zone=self._zone), unix_ns(end, zone=self._zone)
        if begin_ns is not None or end_ns is not None:
            begin_ns = EARLIEST_NS if begin_ns is None else begin_ns
            end_ns = LATEST_NS if end_ns is None else end_ns
        query = Query(sql, begin_ns, end_ns, limit, params)
        return self._ask(query, Options(timeout, progress))
