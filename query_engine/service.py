"""
Queries as the doors see them: text in, a schema and a stream of Arrow batches out.

Rule: nothing here knows a protocol, and no door knows tables or plans. Every query gets an id, a
slot, a time limit, one line in the log and its share of the metrics, however it ends.
"""

import time
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import polars as pl
import pyarrow as pa

from assets.views.catalog import Views
from auth.principal import Principal
from query_engine.admission import Admission
from query_engine.allowance import Allowance
from query_engine.asked_range import asked_range
from query_engine.attribution import NOBODY, Attribution
from query_engine.builds.filling import Filling
from query_engine.builds.modes import OnDemand
from query_engine.builds.patience import Patience, TableBehind
from query_engine.callers import EVERYBODY, may_stop
from query_engine.cancel import CancelToken
from query_engine.execution import Execution, values_of
from query_engine.failures import as_lake_error
from query_engine.limits import CANCEL_SECONDS_MAX, QUEUE_WAIT_S_MAX
from query_engine.metrics import QueryMetrics
from query_engine.progress import Progress
from query_engine.run import QueryRun
from query_engine.running import RunningQueries, RunningQuery
from query_engine.settings import QuerySettings
from query_engine.sql import is_explained, plan, prepare
from query_engine.sql.catalog import Catalog
from query_engine.sql.parameters import Given
from query_engine.status import status_of
from query_engine.tables.ranges import TimeRange
from query_engine.wire import wire_schema
from query_engine.workers.pool import WorkerPool
from query_engine.workers.scratch import Scratch
from query_engine.workers.start import PoolOptions


class Tables(Protocol):
    """Where catalogs come from: one per query, closed when the query is planned."""

    @property
    def running(self) -> RunningQueries:
        """Where the queries under way are kept, so that tables can show them."""
        ...

    def open(
        self,
        time_range: TimeRange | None,
        token: CancelToken,
        scratch: Scratch,
        progress: Progress | None = None,
        *,
        reader: Principal,
        admin: bool = True,
        patience: Patience | None = None,
    ) -> AbstractContextManager[Catalog]:
        """
        Open the tables as of now.

        Every scan obeys *time_range*; what takes long asks *token*; rows that are too many for a
        plan go to *scratch*, and live as long; what will be read is counted in *progress*;
        it shows what *reader* may read;
        without *admin* there are no functions of administrators, whatever the settings say.
        Without *patience* nothing is waited for; with it, what reads a table that lacks much may
        raise `TableBehind`.
        """
        ...

    def close(self, timeout_s: float) -> bool:
        """Stop what goes on behind the queries; True if nothing does after so long."""
        ...

    def schemas(self, *, admin: bool = True) -> Catalog:
        """Return the same tables without their rows; *admin* as in `open`."""
        ...

    def views(self) -> Views:
        """Return the views that there are now."""
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
    batches: QueryRun

    def close(self) -> None:
        """Stop the query unless it has ended; harmless to repeat, and from any thread."""
        self.batches.close()


@dataclass(frozen=True, slots=True)
class PreparedQuery:
    """
    What is known of a query before it runs.

    Attributes:
        schema: Schema of its rows.
        parameters: Its parameters in the order of their first mention; the type null where nothing
            tells one.
    """

    schema: pa.Schema
    parameters: pa.Schema


class QueryService:
    """
    Plans and runs queries. Thread-safe.

    Args:
        tables: The lake's tables.
        settings: Limits.
        metrics: Where to count.
        workers: Where plans run; None for a pool of its own, which `close` ends.
        clock_ns: What NOW() means, Unix ns.
    """

    def __init__(
        self,
        tables: Tables,
        settings: QuerySettings,
        metrics: QueryMetrics,
        workers: WorkerPool | None = None,
        clock_ns: Callable[[], int] = time.time_ns,
    ) -> None:
        self._tables, self._settings, self.metrics = tables, settings, metrics
        self._clock_ns = clock_ns
        self._admission = Admission(
            settings.running_queries_max, settings.waiting_queries_max, QUEUE_WAIT_S_MAX
        )
        self.running = tables.running
        self._own_workers = workers is None
        self._workers = workers or WorkerPool(pool_options(settings), metrics.worker_replaced)
        metrics.workers(self._workers)
        metrics.gauge(
            "limnograph_query_running", "Queries that run", lambda: self._admission.running
        )
        metrics.gauge(
            "limnograph_query_waiting", "Queries that wait", lambda: self._admission.waiting
        )

    def query(
        self,
        sql: str,
        *,
        begin_ns: int | None = None,
        end_ns: int | None = None,
        limit: int | None = None,
        parameters: Given | None = None,
        door: str = "python",
        client: str = "",
        who: Attribution = NOBODY,
        principal: Principal = EVERYBODY,
        query_id: str | None = None,
        admin: bool = True,
        on_demand: OnDemand | None = None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> QueryStream:
        """
        Start a query and return once its result's schema is known.

        Args:
            sql: One SELECT.
            begin_ns: Only rows from this time on, Unix ns; None leaves the range open there.
            end_ns: Only rows up to this time, itself included; None leaves the range open there.
            limit: At most so many rows.
            parameters: Values for the parameters of the text, in order or by name.
            door: Label for log and metrics.
            client: Who asks; slots are shared out fairly among clients.
            who: What the caller says of itself, for the audit record.
            principal: Who the caller is; whoever is no administrator has none of their functions.
            query_id: The query's id, a UUID in its usual form, if the caller chose one.
            admin: Functions of administrators may be used, if the settings allow them at all.
            on_demand: Wait for tables that are being built, or not; None: as the settings say.
            is_cancelled: Asked about ten times a second while the query waits, is planned and runs.

        Raises:
            LakeError: The text is wrong, no place, no storage; its ``query_id`` names the query.
        """
        token = CancelToken(self._settings.query_seconds_max, is_cancelled)
        query = RunningQuery(
            query_id=query_id or str(uuid.uuid4()),
            sql=sql,
            door=door,
            client=client,
            token=token,
            who=who,
            principal=principal,
            begin_ns=begin_ns,
            end_ns=end_ns,
            limit=limit,
            allowance=allowance_of(self._settings),
        )
        run = QueryRun(query, self.metrics)
        try:
            time_range = asked_range(sql, begin_ns, end_ns)
            self._admit(query)
        except BaseException as error:
            raise run.failed(error) from None
        scratch = Scratch(self._workers.scratch)
        stopped = partial(self._stopped, query, scratch)
        try:
            frame = self._planned(query, time_range, parameters, scratch, on_demand, admin=admin)
            execution = Execution(frame, wire_schema(frame.collect_schema()), token, stopped)
            query.usage = execution.start(self._workers)
            query.state, query.timing.planned = "running", query.timing.clock()
        except BaseException as error:
            stopped()
            raise run.failed(error) from None
        run.begin(execution.rows())
        return QueryStream(query.query_id, execution.schema, run)

    def cancel(self, query_id: str, caller: Principal = EVERYBODY) -> bool:
        """Stop a query wherever it is; False when *caller* has none of that id to stop."""
        query = self.running.get(query_id)
        if query is None or not may_stop(caller, query.principal):
            return False
        return self.running.cancel(query_id)

    def status(self, query_id: str) -> dict[str, object] | None:
        """Return what `status_of` says of a query; None when there is none of that id."""
        query = self.running.get(query_id)
        return status_of(query) if query else None

    def schema(self, sql: str, principal: Principal = EVERYBODY) -> pa.Schema:
        """Return the schema that the result of *sql* would have; as `prepare`."""
        return self.prepare(sql, principal=principal).schema

    def prepare(
        self, sql: str, parameters: Given | None = None, principal: Principal = EVERYBODY
    ) -> PreparedQuery:
        """
        Return what the result of *sql* looks like and what it takes, without reading rows.

        Without values for the parameters a column that is nothing but a parameter has no type.

        Raises:
            LakeError: As `query`, for what planning finds.
        """
        try:
            asked_range(sql, None, None)
            now_ns = self._clock_ns()
            tables = self._tables.schemas(admin=principal.is_admin)
            found = prepare(sql, tables, now_ns=now_ns, parameters=parameters)
            types = {name: dtype or pl.Null() for name, dtype in found.parameters.items()}
            return PreparedQuery(wire_schema(found.schema), wire_schema(pl.Schema(types)))
        except Exception as error:
            raise as_lake_error(error, "") from None

    def catalog(self) -> Catalog:
        """Return the tables without their rows, for those who list them."""
        return self._tables.schemas()

    def views(self) -> Views:
        """Return the views that there are now, for those who list them."""
        return self._tables.views()

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
            self.running.cancel_all()
        idle = self._tables.close(CANCEL_SECONDS_MAX)
        idle = self._admission.wait_idle(CANCEL_SECONDS_MAX) and idle
        if self._own_workers:
            self._workers.close()
        return idle

    def _admit(self, query: RunningQuery) -> None:
        """Wait for a slot; whoever waits is seen as well."""
        self.running.add(query)
        try:
            self._admission.enter(query.client, query.token)
        except BaseException:
            self.running.remove(query.query_id)
            raise
        query.has_slot = True

    def _patience(self, query: RunningQuery, on_demand: OnDemand | None) -> Patience:
        who = f"{query.who.user} at {query.client}" if query.client else query.who.user
        reason = f"query {query.query_id} of {who} ({query.door})"
        explained = partial(is_explained, query.sql)
        return Patience(on_demand or self._settings.on_demand, query.token, reason, explained)

    def _wait_for(self, query: RunningQuery, patience: Patience, filling: Filling) -> None:
        """Wait for a table without a slot, which others can use meanwhile."""
        query.filling, query.state = filling, "building"
        query.has_slot = False
        self._admission.leave(query.client)
        patience.wait(filling)
        query.filling, query.state = None, "waiting"
        query.progress.restart()
        self._admission.enter(query.client, query.token, again=True)
        query.has_slot = True

    def _planned(
        self,
        query: RunningQuery,
        time_range: TimeRange | None,
        parameters: Given | None,
        scratch: Scratch,
        on_demand: OnDemand | None,
        *,
        admin: bool,
    ) -> pl.LazyFrame:
        """Return the plan of a query that has its slot, with all that it reads pinned."""
        patience = self._patience(query, on_demand)
        query.timing.opened = query.timing.clock()
        now_ns = self._clock_ns()
        while True:
            query.state = "planning"
            try:
                with self._tables.open(
                    time_range,
                    query.token,
                    scratch,
                    query.progress,
                    reader=query.principal,
                    admin=admin and query.principal.is_admin,
                    patience=patience,
                ) as catalog:
                    return plan(
                        query.sql,
                        catalog,
                        limit=query.limit,
                        now_ns=now_ns,
                        parameters=parameters,
                        run=partial(values_of, token=query.token, pool=self._workers),
                    )
            except TableBehind as behind:
                filling = behind.filling
            self._wait_for(query, patience, filling)

    def _stopped(self, query: RunningQuery, scratch: Scratch) -> None:
        scratch.close()
        self.running.remove(query.query_id)
        if query.has_slot:
            query.has_slot = False
            self._admission.leave(query.client)


def allowance_of(settings: QuerySettings) -> Allowance:
    """Return what one query may ask for."""
    return Allowance(settings.result_rows_max, settings.range_seconds_max, settings.scan_bytes_max)


def pool_options(settings: QuerySettings) -> PoolOptions:
    """Return how the workers of a service with these *settings* are made."""
    return PoolOptions(
        workers_max=settings.running_queries_max,
        memory_bytes_max=settings.memory_bytes_max,
        spill_bytes_max=settings.spill_bytes_max,
        threads=settings.engine_threads,
        scratch=Path(settings.scratch_dir),
    )
