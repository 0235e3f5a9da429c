"""
Maintenance that is killed: at every change that a task makes to files or to the database, in turn.

After each kill every query equals what is acknowledged and not retired; the run after the last one
completes, and leaves nothing to do.
"""

import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from assets.storage.layout import segment_key, table_key
from assets.storage.metadata.defined_views import changing, drop_view, put_view, table_name
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import LAKE, RAW, Rule, set_rule
from assets.storage.metadata.sampling import SamplingRule, set_sampling_rule
from assets.storage.tables import TableCache, append
from assets.storage.tables.spec import open_table
from assets.views.catalog import VIEWS, view_named
from assets.views.generation import generation_of
from assets.views.physical import table_spec
from benchmarks.soak.lakes import fresh_lake
from benchmarks.soak.maintenance import VIEWS_TO_MAINTAIN
from query_engine.workers.pool import WorkerPool
from stack.postgres import EmbeddedPostgres
from tests.exactness.doomed import Doomed, compiled
from tests.exactness.killed_lake import DAY, HOUR, KilledLake

pytestmark = pytest.mark.slow

LOGS = ("log_entries", "log_stats")
LONG_AGO = timedelta(hours=3)


@pytest.fixture(scope="module")
def doomed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doomed]:
    """Return the program whose children are killed."""
    program = Doomed(compiled(tmp_path_factory.mktemp("doom")))
    yield program
    program.close()


@pytest.fixture
def killed(
    postgres_server: EmbeddedPostgres, tmp_path: Path, doomed: Doomed, workers: WorkerPool
) -> Iterator[KilledLake]:
    """Return an empty lake whose clock shows one o'clock."""
    with ExitStack() as exits:
        lake = fresh_lake(postgres_server, tmp_path, exits, workers=workers, decoded_bytes=0)
        yield KilledLake(lake, doomed, exits)


def segments(killed: KilledLake) -> set[str]:
    """Return the objects of raw blocks."""
    return {found.key for found in killed.lake.objects.list("segments/")}


def grow_older(killed: KilledLake, view: str, by: timedelta) -> None:
    """Make what has happened to a table so far have happened earlier, by all clocks."""
    folder = Path(killed.lake.table_uri(view).removeprefix("file://"))
    for commit in folder.glob("_delta_log/*.json"):
        actions = [json.loads(line) for line in commit.read_text().splitlines()]
        for action in actions:
            if "remove" in action:
                action["remove"]["deletionTimestamp"] -= int(by.total_seconds() * 1000)
        commit.write_text("".join(json.dumps(action) + "\n" for action in actions))
    for file in folder.rglob("*.parquet"):
        earlier = file.stat().st_mtime - by.total_seconds()
        os.utime(file, (earlier, earlier))


def test_vacuum(killed: KilledLake) -> None:
    """
    What compaction replaced goes, however often, and nothing that a table still has.
    """
    killed.send_hours(2, commits=2, views=LOGS)
    for view in LOGS:
        killed.maintenance.compact(view)
        grow_older(killed, view, LONG_AGO)
    assert killed.kill_until_through("vacuum", views=list(LOGS), keep_hours=1) > 4
    for view in LOGS:
        folder = Path(killed.lake.table_uri(view).removeprefix("file://"))
        live = open_table(killed.lake, table_spec(view_named(view))).file_uris()
        stored = [file for file in folder.rglob("*.parquet") if "_delta_log" not in file.parts]
        assert len(stored) == len(live) == 2


def test_day_merge(killed: KilledLake) -> None:
    """
    A day's hours are one file in the end, and files of killed merges are no part of the table.
    """
    killed.send_hours(3, views=VIEWS_TO_MAINTAIN)
    killed.pass_days(1, VIEWS_TO_MAINTAIN)
    assert killed.kill_until_through("day_merge", quiet_hours=0) > 3
    assert killed.plan("day_merge", quiet_hours=0).planned == []
    for view in VIEWS_TO_MAINTAIN:
        assert len(open_table(killed.lake, table_spec(view_named(view))).file_uris()) == 1


def test_space_retention(killed: KilledLake) -> None:
    """
    The oldest day goes, its rows and later its raw blocks, and no other.
    """
    killed.going = killed.send_hours(2)
    for _ in range(3):
        killed.pass_days(1)
        killed.send_hours(1)
    first, *kept = days_of_blocks(killed)
    for changes_min in (3, 1):
        too_large(killed)
        assert killed.kill_until_through("space_retention") > changes_min
        killed.clock.advance(2 * HOUR)
    assert killed.plan("space_retention").planned == []
    assert days_of_blocks(killed) == kept != [first]


def days_of_blocks(killed: KilledLake) -> list[date]:
    """Return the days that have raw blocks."""
    with killed.lake.connection() as conn:
        return [day.day for day in raw_days(conn) if day.blocks]


def too_large(killed: KilledLake) -> None:
    """Make the lake a byte larger than its rule keeps."""
    tables = TableCache()
    files = [tables.snapshot(killed.lake, table_spec(view)).files for view in VIEWS]
    with killed.lake.connection() as conn:
        size = sum(day.bytes for day in raw_days(conn))
        size += sum(int(one["size_bytes"].sum()) for one in files)
        set_rule(conn, Rule(LAKE, keep_bytes=size - 1))


def test_view_retention(killed: KilledLake) -> None:
    """
    Rows of a view that are too old go; its rollup keeps counting them.
    """
    killed.going = {"log": killed.send_hours(2)["log"]}
    killed.pass_days(2)
    killed.send_hours(1)
    with killed.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=1))
    assert killed.kill_until_through("view_retention") > 0
    assert killed.plan("view_retention").planned == []


def test_raw_retention(killed: KilledLake) -> None:
    """
    A day's raw blocks are marked and forgotten; the tables keep answering.
    """
    killed.send_hours(2)
    killed.pass_days(2)
    killed.send_hours(1)
    killed.pass_days(1)
    first, kept = days_of_blocks(killed)
    with killed.lake.connection() as conn:
        set_rule(conn, Rule(RAW, keep_days=1))
    assert killed.kill_until_through("raw_retention") > 0
    killed.clock.advance(2 * HOUR)
    assert killed.kill_until_through("raw_retention") > 1
    assert killed.plan("raw_retention").planned == []
    assert days_of_blocks(killed) == [kept] != [first]


def test_tail_sampling(killed: KilledLake) -> None:
    """
    A day's blocks of one tag are marked and forgotten, hour by hour; the tables keep answering.
    """
    killed.send_hours(2)
    killed.pass_days(4)
    with killed.lake.connection() as conn:
        set_sampling_rule(conn, SamplingRule("numbers", "metrics", None, 2, 1))
    assert killed.kill_until_through("tail_sampling") > 0
    killed.clock.advance(2 * HOUR)
    assert killed.kill_until_through("tail_sampling", every=2) > 10
    assert killed.plan("tail_sampling").planned == []
    assert killed.maintenance.miscounted_days() == []
    with killed.lake.connection() as conn:
        tags = conn.execute("SELECT DISTINCT unnest(tags) FROM blocks").fetchall()
    assert tags == [("log",)]


def test_partitions(killed: KilledLake) -> None:
    """
    What is missing is made, what is empty goes, what is over is counted; blocks stay.
    """
    killed.send_hours(2)
    killed.pass_days(4)
    before = days_of_blocks(killed)
    with killed.lake.connection() as conn:
        assert len(raw_days(conn)) > len(before)
    assert killed.kill_until_through("partitions", days_ahead=5) > 5
    assert killed.plan("partitions", days_ahead=5).planned == []
    assert days_of_blocks(killed) == before
    assert killed.maintenance.miscounted_days() == []


def test_process_sweep(killed: KilledLake) -> None:
    """
    Processes without blocks are forgotten with their streams, and no other.
    """
    killed.send()
    with killed.lake.connection() as conn:
        for _ in range(3):
            conn.execute(COPIED_PROCESSES)
    known = processes(killed)
    killed.clock.advance(2 * DAY)
    assert killed.kill_until_through("process_sweep") > 0
    killed.clock.advance(31 * DAY)
    assert killed.kill_until_through("process_sweep") > 1
    with killed.lake.connection() as conn:
        rows = conn.execute("SELECT DISTINCT process_id::text FROM blocks").fetchall()
    assert processes(killed) == {row[0] for row in rows} < known


COPIED_PROCESSES = """
INSERT INTO processes SELECT (jsonb_populate_record(
    p, jsonb_build_object('process_id', gen_random_uuid()))).* FROM processes p LIMIT 2
"""


def processes(killed: KilledLake) -> set[str]:
    """Return the processes that are known."""
    with killed.lake.connection() as conn:
        return {row[0] for row in conn.execute("SELECT process_id::text FROM processes")}


def test_dropped_views(killed: KilledLake) -> None:
    """
    The table of a view that was dropped goes, and those of others do not.
    """
    killed.send_hours(1, views=LOGS)
    for name in ("mine", "mine_too"):
        with killed.lake.connection() as conn, changing(conn):
            number = put_view(conn, name, "sql", {}, {"time": "timestamp"})
        for file in range(4):
            key = f"{table_key(table_name(name, number))}/{file}.parquet"
            killed.lake.objects.put_new(key, b"rows")
    with killed.lake.connection() as conn, changing(conn):
        drop_view(conn, "mine")
    assert killed.kill_until_through("dropped_views", ahead=2 * DAY) > 5
    assert killed.plan("dropped_views", ahead=2 * DAY).planned == []
    assert list(killed.lake.objects.list("tables/mine-1/")) == []
    assert len(list(killed.lake.objects.list("tables/mine_too-1/"))) == 4


def test_segment_rewrite_and_sweep(killed: KilledLake) -> None:
    """
    What is left of segments moves; what no table has is read from where it is then.
    """
    for _ in range(3):
        killed.send(log=400)
    for view in LOGS:
        killed.maintenance.increment(view)
    with killed.lake.connection() as conn:
        conn.execute(
            "DELETE FROM blocks b USING streams s WHERE s.stream_id = b.stream_id"
            " AND 'log' = ANY(s.tags)"
        )
    old = segments(killed)
    told = {"live_percent_max": 95, "dead_bytes_min": 1}
    assert killed.kill_until_through("segment_rewrite", ahead=2 * DAY, **told) > 2
    assert killed.plan("segment_rewrite", ahead=2 * DAY, **told).planned == []
    killed.kill_until_through("segment_sweep", ahead=2 * DAY)
    assert old <= segments(killed)
    assert killed.kill_until_through("segment_sweep", ahead=2 * DAY + 3 * HOUR) > 3
    assert not old & segments(killed)


def test_orphan_sweep(killed: KilledLake) -> None:
    """
    Segments that no row knows go; the payloads that no table has yet stay readable.
    """
    killed.send()
    known = segments(killed)
    for _ in range(4):
        killed.lake.objects.put_new(segment_key(uuid.uuid4(), datetime.now(UTC)), b"killed")
    ahead = datetime.now(UTC) + 2 * DAY - killed.now
    assert killed.kill_until_through("orphan_sweep", ahead=ahead) > 2
    assert segments(killed) == known


def test_rebuild_changed(killed: KilledLake) -> None:
    """
    A view that means something else now, and the rollup that is made from it, day by day.
    """
    for _ in range(2):
        killed.send_hours(2, views=VIEWS_TO_MAINTAIN)
        killed.pass_days(1, VIEWS_TO_MAINTAIN)
    killed.changed = ["log_entries"]
    assert killed.kill_until_through("rebuild_changed") > 3
    assert killed.plan("rebuild_changed").planned == []


def test_duplicate_repair(killed: KilledLake) -> None:
    """
    Two hours whose rows are there twice have them once in the end, and at no time not at all.
    """
    killed.send_hours(2, views=VIEWS_TO_MAINTAIN)
    double(killed)
    killed.doubled = True
    assert killed.kill_until_through("duplicate_repair") > 1
    assert killed.plan("duplicate_repair").planned == []
    killed.doubled = False
    killed.check()


def double(killed: KilledLake) -> None:
    """Put the rows of each hour of logs into their table once more."""
    view = view_named("log_entries")
    spec, generation = table_spec(view), generation_of(view)
    for slice_, position in TableCache().snapshot(killed.lake, spec).covered(generation).items():
        snapshot = TableCache().snapshot(killed.lake, spec)
        of_hour = re.escape(f"slice={slice_.hour}/")
        paths = [path for path in snapshot.files["path"] if re.search(of_hour, path)]
        rows = pl.read_parquet(paths, hive_partitioning=True)
        again = rows.with_columns(slice=pl.lit(slice_.hour)).select(spec.schema.names).to_arrow()
        append(killed.lake, spec, snapshot, again, {slice_.app_id(generation): position + 1})
