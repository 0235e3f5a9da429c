"""Views kept per process through maintenance: their partitions go when their time has come."""

from datetime import UTC, datetime, timedelta
from importlib import import_module
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from psycopg import sql

from assets.maintain.catalog import task_named
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize
from assets.storage.tables import TableCache, vacuum
from assets.storage.tables.folders import sweep_folders
from assets.views.async_events import ASYNC_EVENTS
from assets.views.catalog import BUILT_IN
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS

DAY = timedelta(days=1)
SPAN = {"begin": 5, "duration": 7, "id": 1, "name": "work", "coroutine": 1}
OF_PROCESSES = """
SELECT table_name, data_type FROM information_schema.columns
WHERE table_schema = current_schema() AND column_name = 'process_id' ORDER BY table_name
"""


def done(filled, name: str, *, after: timedelta = timedelta(0), **settings: object) -> Outcome:
    """Run a task as if so much time had passed."""
    task = task_named(name)
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN)
    outcome = run(task, site, task.settings(**settings), dry_run=False)
    assert not outcome.failed
    return outcome


def build(filled, *senders) -> None:
    """Materialize what was asked for of some processes."""
    for sender in senders:
        for view in (THREAD_SPANS, ASYNC_EVENTS):
            materialize(filled.lake, view, filled.tables, process_id=sender.process_id)


def spans(filled, sender) -> int:
    """Return how many spans of a process a query sees."""
    return filled.read(THREAD_SPANS, process_id=sender.process_id).height


@pytest.fixture
def old_and_new(filled, new_sender):
    """Return a process of three days ago and one of now, both built."""
    old, new = new_sender("cpu"), new_sender("cpu")
    filled.write(old, [SPAN], shift=-3 * DAY)
    filled.write(new, [SPAN])
    build(filled, old, new)
    return old, new


def test_hours_of_a_process_leave_by_their_own_age(filled, old_and_new) -> None:
    """
    Those of other processes stay; what was removed comes back neither as tail nor by a build, and
    what arrives later is seen.
    """
    old, new = old_and_new
    done(filled, "set_retention", subject="thread_spans", keep_days=1)
    assert done(filled, "view_retention").numbers["rows"] == 1
    for _ in range(2):
        assert (spans(filled, old), spans(filled, new)) == (0, 1)
        build(filled, old, new)
    filled.write(old, [SPAN | {"id": 2}])
    assert spans(filled, old) == 1
    build(filled, old)
    assert spans(filled, old) == 1
    assert done(filled, "view_retention").planned == []


def test_processes_share_the_size_that_a_view_may_have(filled, old_and_new) -> None:
    """
    The oldest hours go, whosever they are.
    """
    old, new = old_and_new
    size = int(
        filled.tables.snapshot(filled.lake, table_spec(THREAD_SPANS)).files["size_bytes"].sum()
    )
    done(filled, "set_retention", subject="thread_spans", keep_bytes=size - 1)
    done(filled, "view_retention", after=timedelta(hours=1))
    assert (spans(filled, old), spans(filled, new)) == (0, 1)


def test_of_a_process_that_is_gone_nothing_is_left(
    filled, old_and_new, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    No file, folder or row names it when rules and sweeps are through with it; nobody else's
    partition is touched.
    """
    old, new = old_and_new
    filled.write(old, [SPAN], shift=-3 * DAY, payloads=[b"no zstd frame"])
    build(filled, old)
    for view in ("thread_spans", "async_events"):
        done(filled, "set_retention", subject=view, keep_days=1)
    done(filled, "set_retention", subject="raw", keep_days=5)
    done(filled, "view_retention")
    monkeypatch.setattr(import_module("assets.storage.tables.vacuum"), "VACUUM_KEEP_MIN", 0 * DAY)
    for view in (THREAD_SPANS, ASYNC_EVENTS):
        for _ in ("files", "folders"):
            vacuum(filled.lake, table_spec(view), 0 * DAY)
    for _ in ("marked", "dropped"):
        done(filled, "raw_retention", after=3 * DAY)
    for _ in ("marked", "forgotten"):
        done(filled, "process_sweep", after=60 * DAY)
    assert naming(filled, old) == []
    assert "blocks" in naming(filled, new)
    assert spans(filled, new) == 1


def test_folders_go_when_they_have_been_empty_for_long(tmp_path: Path) -> None:
    """
    A young one may be about to get a file; full ones and the log's stay, and a bucket has none.
    """
    table = tmp_path / "a table"
    for name in ("process_id=old/date=1/slice=00", "process_id=full/date=1/slice=00", "_delta_log"):
        (table / name).mkdir(parents=True)
    (table / "process_id=full/date=1/slice=00/a.parquet").touch()
    assert sweep_folders(table.as_uri(), timedelta(hours=1)) == 0
    assert sweep_folders("s3://lake/tables/x", 0 * DAY) == 0
    assert sweep_folders(table.as_uri(), -DAY) == 3
    left = {path.relative_to(table).as_posix() for path in table.rglob("*")}
    full = "process_id=full"
    assert left == {"_delta_log", full, f"{full}/date=1", f"{full}/date=1/slice=00",
                    f"{full}/date=1/slice=00/a.parquet"}  # fmt: skip


def naming(filled, sender) -> list[str]:
    """Return the tables of Postgres with rows of a process, and the folders and files of it."""
    found = []
    with filled.lake.connection() as conn:
        for name, kind in conn.execute(OF_PROCESSES).fetchall():
            query = sql.SQL("SELECT 1 FROM {} WHERE process_id::text = %s LIMIT 1")
            row = conn.execute(query.format(sql.Identifier(name)), (sender.process_id,)).fetchone()
            found += [name] if row else []
            assert kind in {"uuid", "text"}
    tables = Path(urlsplit(filled.lake.root_uri).path) / "tables"
    return found + [str(path) for path in tables.glob(f"*/process_id={sender.process_id}*")]
