"""What can be asked of a lake: the same for the client that waits and the one that awaits."""

from abc import abstractmethod
from dataclasses import dataclass
from datetime import timedelta
from typing import Generic, Literal, TypeVar

from limnograph.client import checked, questions
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
    on_demand: str | None = None


USUAL = Options()
"""Everything as the client was made."""


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
        on_demand: Literal["wait", "tail"] | None = None,
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
            on_demand: What the service does that has to read much which is in no table yet:
                ``"wait"`` while it is built (the bar tells how far that is), or read the
                ``"tail"`` at once. The rows are the same; None: as the service is set.

        Raises:
            QueryError: The service refused the query, failed, or cannot be reached.
        """
        options = Options(checked.seconds(timeout), progress, checked.on_demand(on_demand))
        return self._asked(sql, begin, end, params=params, limit=limit, options=options)

    def processes(
        self,
        search: str | None = None,
        *,
        begin: When = None,
        end: When = None,
        limit: int | None = None,
    ) -> R_co:
        """
        List the processes that have registered, the one that sent last first.

        ``SELECT process_id, exe, computer, username, start_time, last_update_time, properties
        FROM processes WHERE strpos(lower(exe), '<search>') > 0 OR ... ORDER BY last_update_time
        DESC``

        Args:
            search: Part of the executable's, machine's or user's name, in capitals or not.
            begin: Only those that still sent something then; see ``query``.
            end: Only those that had registered by then.
            limit: Most rows to return.

        Raises:
            QueryError: As ``query``.
        """
        return self._asked(questions.processes(search, limit), begin, end)

    def logs(
        self,
        process: str | None = None,
        level: int | str | None = None,
        search: str | None = None,
        *,
        target: str | None = None,
        begin: When = None,
        end: When = None,
        limit: int | None = 1000,
    ) -> R_co:
        """
        Return the newest log entries, oldest of them first.

        ``SELECT * FROM (SELECT time, process_id, exe, level, target, msg, properties FROM
        log_entries WHERE process_id = '<process>' AND level <= 2 AND strpos(lower(msg), '<search>')
        > 0 ORDER BY time DESC LIMIT 1000) AS newest ORDER BY time``

        Args:
            process: A process id, or the name of an executable.
            level: Only this level and worse: 1 to 6, or ``"fatal"``, ``"error"``, ``"warning"``,
                ``"info"``, ``"debug"``, ``"trace"``.
            search: Part of the message, in capitals or not.
            target: The logger or module.
            begin: Only entries from then on; see ``query``.
            end: Only entries up to then.
            limit: Most rows to return, the newest; None for all of them.

        Raises:
            QueryError: As ``query``.
        """
        return self._asked(questions.logs(process, level, search, target, limit), begin, end)

    def measures(
        self,
        name: str | None = None,
        process: str | None = None,
        *,
        every: str | timedelta | None = None,
        begin: When = None,
        end: When = None,
        limit: int | None = None,
    ) -> R_co:
        """
        Return the values of metrics in the order of time, or what they were at regular intervals.

        ``SELECT time, process_id, exe, name, unit, value, properties FROM measures WHERE name =
        '<name>' ORDER BY time``, or with ``every="1m"`` ``SELECT date_bin(INTERVAL '60000000
        microseconds', time) AS time, name, unit, count(*) AS count, min(value) AS min, avg(value)
        AS avg, max(value) AS max FROM measures WHERE ... GROUP BY 1, 2, 3 ORDER BY 1, 2``

        Args:
            name: The metric.
            process: A process id, or the name of an executable.
            every: Length of an interval such as ``"1m"``: one row each instead of every value.
            begin: Only values from then on; see ``query``.
            end: Only values up to then.
            limit: Most rows to return.

        Raises:
            QueryError: As ``query``.
        """
        return self._asked(questions.measures(name, process, every, limit), begin, end)

    def spans(
        self,
        process: str,
        name: str | None = None,
        *,
        longer_than: str | timedelta | None = None,
        begin: When = None,
        end: When = None,
        limit: int | None = None,
    ) -> R_co:
        """
        Return the spans of the threads of one process in the order of their begin.

        ``SELECT thread_name, name, target, begin, "end", duration, depth, id, parent, status,
        properties FROM process_spans('<process>', 'both') WHERE name = '<name>' AND duration >
        10000000 ORDER BY begin``

        Args:
            process: A process id.
            name: Name of the spans.
            longer_than: Only spans longer than that, such as ``"10ms"``.
            begin: Only spans that ended after that; see ``query``.
            end: Only spans that began before that.
            limit: Most rows to return.

        Raises:
            QueryError: As ``query``.
        """
        return self._asked(questions.spans(process, name, longer_than, limit), begin, end)

    def tables(self) -> R_co:
        """
        List the tables.

        ``SELECT table_schema, table_name, table_type FROM information_schema.tables WHERE
        table_schema <> 'information_schema' ORDER BY table_schema, table_name``

        Raises:
            QueryError: As ``query``.
        """
        return self._asked(questions.tables())

    def describe(self, table: str) -> R_co:
        """
        Return the columns of a table, with their types.

        ``DESCRIBE "<table>"``

        Args:
            table: Its name, such as ``log_entries`` or ``system.queries``.

        Raises:
            QueryError: There is no such table; or as ``query``.
        """
        return self._asked(questions.describe(table))

    def _asked(
        self,
        sql: str,
        begin: When = None,
        end: When = None,
        *,
        params: Params | None = None,
        limit: int | None = None,
        options: Options = USUAL,
    ) -> R_co:
        begin_ns, end_ns = unix_ns(begin, zone=self._zone), unix_ns(end, zone=self._zone)
        if begin_ns is not None or end_ns is not None:
            begin_ns = EARLIEST_NS if begin_ns is None else begin_ns
            end_ns = LATEST_NS if end_ns is None else end_ns
        query = Query(
            checked.text(sql, "sql"),
            begin_ns,
            end_ns,
            checked.row_limit(limit),
            params,
            zone=self._zone,
            on_demand=options.on_demand,
        )
        return self._ask(query, options)
