"""
The scan of a materialized view: files of the pinned snapshot plus the tail, merged.

Rule: a row of a block comes from exactly one of the two. The snapshot is pinned first and its
coverage decides which blocks are tail. Slices that an older generation of the view built count as
they are until they are rebuilt.
"""

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import polars as pl

from assets.materialize import BUILT_BY
from assets.plan import by_start, event_range, formats_without, tag_of
from assets.storage.layout import Generation
from assets.storage.metadata.blocks import tail_blocks
from assets.storage.metadata.newest_blocks import newest_blocks_of_threads
from assets.storage.metadata.records import BlockRef
from assets.storage.tables import Snapshot
from assets.views.generation import generation_of
from assets.views.physical import (
    storage_filter,
    stored_condition,
    table_spec,
)
from assets.views.reading import Reading, reading_of
from assets.views.view import View
from query_engine.errors import TailTooLong
from query_engine.limits import TAIL_BLOCKS_MAX
from query_engine.sql.catalog import (
    ColumnPredicate,
    MapKey,
    Piece,
    Pieces,
    ScanReport,
    ScanRequest,
    TableStatistics,
)
from query_engine.tables.begun import begun_rows
from query_engine.tables.keys import KeyColumn, asked_for, key_columns_of, split_by_belief
from query_engine.tables.lookups import columns_found_by, without_lookups
from query_engine.tables.pieces import REST, pieces_of
from query_engine.tables.prune import needed_files
from query_engine.tables.ranges import (
    all_hold,
    highest,
    lowest,
    matching,
    range_predicates,
    values_of,
)
from query_engine.tables.session import QuerySession
from query_engine.tables.statistics import of_snapshot
from query_engine.tables.tail import Wanted, inserted_within, tail_frame

UUID_TEXT = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")

NUMBER = "#number"
SLACK_NS = 1_000_000 + 1_000
"""The log keeps bounds of times in milliseconds: a value lies at most so far inside of each."""

PROCESS_ROWS = 100_000.0
"""Taken for the rows of one process's part of a view; a guess is enough to order joins."""


@dataclass(frozen=True, slots=True)
class ViewTable:
    """
    A view, or the part of it that belongs to one process or one stream, as SQL scans it.

    Attributes:
        process_id: Only this process's rows; required by a per-process view.
        stream_id: Only this stream's rows.
        looks_again: A scan before this one counted what it read of the same table already.
    """

    session: QuerySession
    view: View
    process_id: str | None = None
    stream_id: str | None = None
    looks_again: bool = False

    @property
    def name(self) -> str:
        """Name of the view."""
        return self.view.name

    @property
    def schema(self) -> pl.Schema:
        """Columns of the view."""
        return self.view.schema

    @property
    def key_columns(self) -> Mapping[MapKey, str]:
        """Keys of maps that the table keeps as columns; known once its snapshot is pinned."""
        if self.view.scope == "process":  # one process's files are few: nothing is told by key
            return {}
        found = key_columns_of(self.session.snapshot(self.view))
        return {column.key: name for name, column in found.items()}

    @property
    def found_by(self) -> frozenset[str]:
        """What the table's files are looked up by."""
        return columns_found_by(self.view)

    def statistics(self) -> TableStatistics:
        """Return what the files hold; the tail, which is small as a rule, is not counted."""
        if self.view.scope == "process" or self.session.audiences is not None:  # it is of them all
            return TableStatistics(PROCESS_ROWS, {})
        return of_snapshot(self.session.snapshot(self.view), tuple(self.view.schema))

    def pieces(self, predicates: Sequence[ColumnPredicate], column: str | None) -> Pieces | None:
        """Return the files that can hold rows of interest, and the tail."""
        view, times = self.view, (self.view.time_column, self.view.end_column)
        unbounded = column is not None and column not in times
        if view.merge is not None or unbounded or self.session.audiences is not None:
            return None  # a whole piece is counted without being read, whosever its rows are
        snapshot = self.session.snapshot(view, self._owner)
        wanted = (
            *predicates,
            *range_predicates(view, self.session.time_range),
            *self._owners(),
        )
        live = self.session.counted(view, self._owner).files.with_row_index(NUMBER)
        files = without_lookups(self.session, snapshot, needed_files(live, wanted), wanted)
        partitions = table_spec(view).partition_by
        trusted = frozenset(name for name in (*times, *partitions) if name)
        found = pieces_of(files, files[NUMBER].to_list(), wanted, column, trusted)
        return Pieces((*found, Piece(REST)), SLACK_NS)

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """
        Return the rows that can satisfy the request, within the call's time range.

        Raises:
            StorageUnavailable: Storage does not answer.
            NotForAudience: Rows do not say whose they are, and not all may be read.
            TableBehind: The query is to wait for a build, and to be planned again.
            TailTooLong: More blocks wait for materialization than a query may read.
            LimitExceeded: The service allows less time or fewer bytes.
        """
        ranged = range_predicates(self.view, self.session.time_range)
        rows = self._in_blocks(request, ranged)
        if self.view.begun is None or not (request.pieces is None or REST in request.pieces):
            return rows
        # Another thread may have ended what this one began.
        everywhere = replace(self, stream_id=None, looks_again=True)
        ended = everywhere._ended  # noqa: SLF001 - of a table like this one
        begun = begun_rows(self.session, self.view.begun, self.newest(), ended)
        return rows if begun is None else pl.concat([rows, begun.select(self.view.schema.names())])

    def _ended(
        self,
        columns: frozenset[str],
        any_of: Sequence[tuple[ColumnPredicate, ...]],
        all_of: tuple[ColumnPredicate, ...],
    ) -> pl.LazyFrame:
        """Return rows of blocks: each file and each block is read once, whatever it satisfies."""
        live = self.session.counted(self.view, self._owner).files.with_row_index(NUMBER)
        pieces = {REST}.union(*(needed_files(live, one)[NUMBER].to_list() for one in any_of))
        rows = self._in_blocks(ScanRequest(columns, pieces=frozenset(pieces)), all_of)
        return rows.filter(pl.any_horizontal(all_hold(one) for one in any_of))

    def _in_blocks(self, request: ScanRequest, ranged: tuple[ColumnPredicate, ...]) -> pl.LazyFrame:
        """Return the rows of all blocks that can satisfy the request and do lie in the range."""
        session, view = self.session, self.view
        request = session.telling_apart(view, request)
        wanted = (*request.predicates, *ranged, *self._owners())
        if not self.process_id and not self.stream_id:
            session.caches.allowance.check_range(view, wanted)
        # Rollup rows must not be dropped by anything but their keys before they are merged.
        known = wanted if view.merge is None else _about_keys(view, wanted)
        begun = time.perf_counter()
        snapshot = session.snapshot(view, self._owner)
        request.report.pin_seconds = time.perf_counter() - begun
        keys = asked_for(
            [*(request.columns or ()), *(p.column for p in known)], key_columns_of(snapshot)
        )
        stored = self._stored(snapshot, known, keys, request)
        begun = time.perf_counter()
        with_tail = request.pieces is None or REST in request.pieces
        tail = self._tail(known, request, ranged, keys) if with_tail else None
        request.report.tail_seconds += time.perf_counter() - begun
        if tail is not None and keys:
            tail = tail.with_columns(key.from_map.alias(key.name) for key in keys)
        parts = [*stored, *([] if tail is None else [tail])]
        rows = _joined(view, parts, [key.name for key in keys])
        if view.merge is not None:
            rows = view.merge(rows).select(view.schema.names())
        return session.readable(matching(rows, (*ranged, *self._owners())))

    def newest(self) -> list[BlockRef]:
        """Return the newest block of each thread of the process, that which ended last first."""
        assert self.process_id, "a process has threads"
        with self.session.metadata() as connection:
            found = newest_blocks_of_threads(connection, self.process_id, self.stream_id)
        return [block for block in found if self.session.may_read(block.process_id)]

    def tail_blocks(self, known: Sequence[ColumnPredicate]) -> list[BlockRef]:
        """
        Return the blocks that the snapshot lacks and that may hold rows of interest.

        Raises:
            TableBehind: They are many, are being built, and the query wants to wait for that.
            TailTooLong: They are too many.
        """
        view, may_read = self.view, self.session.may_read
        owner = self.process_id if view.scope == "process" else None
        covered = by_start(self.session.counted(view, self._owner).coverage, owner)
        begin_ns, end_ns = self._event_range(known)
        with self.session.metadata() as connection:
            blocks = tail_blocks(
                connection,
                tag_of(view),
                covered,
                begin_ns=begin_ns,
                end_ns=end_ns,
                process_id=_only_id(known, "process_id"),
                stream_id=_only_id(known, "stream_id"),
                closed=self.session.caches.closed,
                without=formats_without(view),
            )
        blocks = [block for block in inserted_within(blocks, known) if may_read(block.process_id)]
        builder = self.session.caches.builder
        if builder is not None:
            self.session.patience.look(builder, view, self._owner, blocks)
        if len(blocks) > TAIL_BLOCKS_MAX:
            raise TailTooLong(
                f"{len(blocks)} blocks of {view.name} wait for materialization, a query reads at "
                f"most {TAIL_BLOCKS_MAX}; ask for a shorter range or try again later"
            )
        return blocks

    @property
    def _owner(self) -> str:
        """The process by which snapshots are pinned: only per-process views have one."""
        return self.process_id or "" if self.view.scope == "process" else ""

    def _owners(self) -> tuple[ColumnPredicate, ...]:
        owners = (("process_id", self.process_id), ("stream_id", self.stream_id))
        return tuple(ColumnPredicate(name, "=", value) for name, value in owners if value)

    def _stored(
        self,
        snapshot: Snapshot,
        known: Sequence[ColumnPredicate],
        keys: Sequence[KeyColumn],
        request: ScanRequest,
    ) -> list[pl.LazyFrame]:
        """Return the rows of the snapshot's files that may be of interest, in some parts."""
        view, metrics = self.view, self.session.caches.metrics
        counting = self.session.counted(view, self._owner)
        live = everything = counting.files
        request.report.slices_older = len(counting.older)
        if request.pieces is not None:
            live = live[sorted(request.pieces - {REST})]
        stored_names = {key.name: key.promoted.name for key in keys}
        stored = [replace(p, column=stored_names.get(p.column, p.column)) for p in known]
        possible = needed_files(live, stored)
        files = without_lookups(self.session, snapshot, possible, stored)
        request.report.files_without += possible.height - files.height
        if not self.looks_again:
            metrics.files_scanned.labels(view.name).inc(files.height)
            metrics.files_pruned.labels(view.name).inc(live.height - files.height)
        _report_files(request.report, everything, files)
        progress = self.session.progress
        pruned = live.height - files.height
        progress.add_files(view.name, files, pruned, looks_again=self.looks_again)
        self.session.caches.allowance.check_scan(progress.bytes_total)
        return [
            self._rows(part, reading_of(view, snapshot, generation), known, keys, believed=believed)
            for believed, some in zip((True, False), split_by_belief(files, keys), strict=True)
            for generation, part in built_by(some, generation_of(view))
        ]

    def _rows(
        self,
        files: pl.DataFrame,
        reading: Reading,
        known: Sequence[ColumnPredicate],
        keys: Sequence[KeyColumn],
        *,
        believed: bool,
    ) -> pl.LazyFrame:
        """Return the rows of files of one generation; *believed*: they have the keys' columns."""
        view = self.view
        stored_keys = keys if believed else ()
        in_files = dict(reading.stored)
        in_files |= {key.promoted.name: pl.String() for key in stored_keys}
        rows = pl.scan_parquet(
            files["path"].to_list(),
            schema=in_files,
            glob=False,
            hive_partitioning=False,
            missing_columns="insert",
            extra_columns="ignore",
            storage_options=dict(self.session.caches.lake.delta_options) or None,
        )
        if "process_id" not in in_files:
            rows = rows.with_columns(pl.lit(self.process_id, pl.String).alias("process_id"))
        stored_names = {key.name: key.promoted.name for key in stored_keys}
        for predicate in known:
            if None in values_of(predicate):
                continue
            if predicate.column in stored_names:
                column = pl.col(stored_names[predicate.column])
                text = pl.String()
                rows = rows.filter(stored_condition(column, text, predicate.op, predicate.value))
            elif predicate.column in reading.plain and predicate.column in in_files:
                condition = storage_filter(view, predicate.column, predicate.op, predicate.value)
                rows = rows if condition is None else rows.filter(condition)
        seen = rows.select(*reading.rows, *(k.from_column.alias(k.name) for k in stored_keys))
        computed = () if believed else keys
        return seen.with_columns(k.from_map.alias(k.name) for k in computed) if computed else seen

    def _tail(
        self,
        known: Sequence[ColumnPredicate],
        request: ScanRequest,
        ranged: Sequence[ColumnPredicate],
        keys: Sequence[KeyColumn],
    ) -> pl.LazyFrame | None:
        view = self.view
        blocks = self.tail_blocks(known)
        request.report.tail_blocks = len(blocks)
        if not blocks:
            return None
        added = self.session.progress.add_tail(view.name, blocks, looks_again=self.looks_again)
        self.session.caches.metrics.tail_blocks.labels(view.name).inc(added)
        if view.merge is not None:
            return tail_frame(self.session, view, blocks, Wanted())
        filters = (*ranged, *self._owners())
        columns = request.columns
        if columns is not None:
            columns |= {predicate.column for predicate in filters}
            columns |= {key.promoted.column for key in keys}
        return tail_frame(self.session, view, blocks, Wanted(columns, filters, request.limit))

    def _event_range(self, known: Sequence[ColumnPredicate]) -> tuple[int | None, int | None]:
        """
        Return the half-open range of event times that blocks of interest overlap.

        A row ends by the end of its block, so both of its times bound the block's end. It may
        begin before its block does: the end of the range bounds blocks of points in time only.
        """
        view = self.view
        times = [view.time_column] + ([view.end_column] if view.end_column else [])
        early = view.early or view.end_column
        end_ns = None if early else highest(known, view.time_column)
        last_ns = None if end_ns is None else end_ns + 1
        return event_range(view, lowest(known, times), last_ns)


def _report_files(report: ScanReport, live: pl.DataFrame, needed: pl.DataFrame) -> None:
    """Say how many of the snapshot's files are read; those of several scans add up."""
    report.files_total = live.height
    report.slices_total = live.select("date", "slice").n_unique()
    report.files_read = (report.files_read or 0) + needed.height
    slices = needed.select("date", "slice").n_unique()
    report.slices_read = min(report.slices_total, (report.slices_read or 0) + slices)
    report.rows = (report.rows or 0) + int(needed["num_records"].sum())
    report.bytes = (report.bytes or 0) + int(needed["size_bytes"].sum())


def built_by(
    files: pl.DataFrame, generation: Generation
) -> Iterator[tuple[Generation, pl.DataFrame]]:
    """Yield the files of each generation; without older slices, all are of *generation*."""
    if BUILT_BY in files.columns:
        for (found,), part in files.group_by([BUILT_BY], maintain_order=True):
            assert isinstance(found, int), "each file that counts lies in a slice that was built"
            yield Generation(found), part
    elif not files.is_empty():
        yield generation, files


def _joined(view: View, parts: list[pl.LazyFrame], keys: Sequence[str]) -> pl.LazyFrame:
    if not parts:
        return pl.Schema({**view.schema, **dict.fromkeys(keys, pl.String())}).to_frame().lazy()
    names = [*view.schema.names(), *keys]
    return pl.concat([part.select(names) for part in parts]) if len(parts) > 1 else parts[0]


def _about_keys(view: View, predicates: Sequence[ColumnPredicate]) -> list[ColumnPredicate]:
    """Keep what may be applied before rows of a rollup are merged: each merges within these."""
    return [p for p in predicates if p.column in {view.time_column, "process_id"}]


def _only_id(predicates: Sequence[ColumnPredicate], column: str) -> str | None:
    """Return the one id that *column* must have, if the predicates name one."""
    for predicate in predicates:
        values = values_of(predicate)
        if predicate.column == column and predicate.op in {"=", "in"} and len(values) == 1:
            value = str(values[0])
            # Other text equals no id; the filter on the rows will say so.
            return value if UUID_TEXT.fullmatch(value) else None
    return None
