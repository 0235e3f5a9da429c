"""Slices built and compacted by the workers of a dask cluster: the same rows, whatever dies."""

import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import dask
import polars as pl
import psycopg
import pytest
from distributed import LocalCluster

from assets.maintain.compaction import COMPACTION
from assets.maintain.task import Done, Site, Step, run
from assets.materialize import materialize
from assets.plan import Budget
from assets.storage.layout import Slice
from assets.storage.tables import TableCache
from assets.views.catalog import BUILT_IN, view_named
from assets.views.physical import table_spec
from orchestration.cluster import choosing
from orchestration.cluster import dask_place as dask_place_module
from orchestration.cluster.choosing import hands_for, place_for
from orchestration.cluster.dask_place import (
    ClusterUnavailable,
    PieceFailed,
    WorkersKilled,
    dask_place,
)
from orchestration.cluster.place import Here
from orchestration.lake_resource import LakeResource
from orchestration.open_lake import OpenLake
from orchestration.slice_work import TRY_AGAIN, build_at
from tests.orchestration.dask_hosts import Hosts, hosts
from tests.orchestration.log_sender import Sender

pytestmark = pytest.mark.slow
LOGS = view_named("log_entries")
HOURS = 6
WAIT_SECONDS_MAX = 120


@dataclass(frozen=True)
class Asked:
    """
    A run's lake, and what it is to build.

    Attributes:
        opened: The lake as a run has it.
        sender: Sends more blocks.
        slices: Hours that have a block each: of six rows, of five, down to one.
        environ: What a worker host must be told: the lake, and nothing else.
    """

    opened: OpenLake
    sender: Sender
    slices: list[Slice]
    environ: dict[str, str]

    def stored(self) -> dict[str, int]:
        """Return the rows of the table by hour."""
        by_hour: dict[str, int] = {}
        for row in self.files().iter_rows(named=True):
            hour = f"{row['date']}T{row['slice']}"
            by_hour[hour] = by_hour.get(hour, 0) + row["num_records"]
        return by_hour

    def files(self) -> pl.DataFrame:
        """Return the table's live files."""
        return TableCache().snapshot(self.sender.lake, table_spec(LOGS)).files

    def sent(self) -> dict[str, int]:
        """Return the rows of the blocks of the slices by hour."""
        return {
            slice_.start.strftime("%Y-%m-%dT%H"): HOURS - at
            for at, slice_ in enumerate(self.slices)
        }

    def waiting_for_a_lock(self) -> int:
        """Return how many sessions wait for a lock that another one holds."""
        with psycopg.connect(self.environ["LIMNO_DATABASE_URL"]) as conn:
            row = conn.execute(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE wait_event_type = 'Lock' AND datname = current_database()"
            ).fetchone()
        return row[0]


@pytest.fixture(autouse=True)
def workers_may_start_slowly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine takes its time to start processes."""
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 300)


@pytest.fixture
def asked(sender: Sender, this_hour: datetime, database_url: str, tmp_path: Path) -> Asked:
    """Return a lake with blocks in six hours and nothing in its tables."""
    starts = [this_hour - timedelta(hours=n + 1) for n in range(HOURS)]
    for rows, start in enumerate(starts, 1):
        sender.send(rows, hour=start)
    environ = {"LIMNO_DATABASE_URL": database_url, "LIMNO_ROOT_URI": (tmp_path / "lake").as_uri()}
    slices = [Slice(start) for start in sorted(starts)]
    return Asked(LakeResource().open(), sender, slices, environ)


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Hosts]:
    """Return a scheduler without workers."""
    with hosts(tmp_path / "hosts") as running:
        yield running


def until(true: Callable[[], bool]) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + WAIT_SECONDS_MAX
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_local_cluster_of_processes_builds_and_compacts(asked: Asked) -> None:
    """
    The same code as in one process: increments by stretch, rebuilds by slice, compaction by slice.
    """
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local,
        dask_place(local.scheduler_address, asked.opened) as place,
    ):
        assert place.width == 2
        first = build_at(place, LOGS, asked.slices, "increment")
        assert len(first.reports) == 2
        assert asked.stored() == asked.sent()
        again = build_at(place, LOGS, asked.slices, "rebuild")
        assert len(again.reports) == HOURS
        assert (again.done, dict(again.failed)) == (tuple(asked.slices), {})
    assert asked.stored() == asked.sent()


def test_two_hosts_with_environments_of_their_own_share_a_rebuild(
    asked: Asked, cluster: Hosts
) -> None:
    """
    Each opens the lake by itself, in a folder of its own; both have commits in one table.
    """
    cluster.worker("one", asked.environ)
    cluster.worker("two", asked.environ)
    with dask_place(cluster.address, asked.opened) as place:
        place.wait_for(2)
        assert build_at(place, LOGS, asked.slices, "rebuild").done == tuple(asked.slices)
    assert asked.stored() == asked.sent()


@pytest.mark.parametrize("moment", ["before its commit", "after its commit"])
def test_a_worker_killed_in_the_middle_of_a_slice_costs_and_doubles_nothing(
    asked: Asked,
    cluster: Hosts,
    moment: str,
) -> None:
    """
    Its slice goes to the other worker; what it had committed is replaced, not added to.
    """
    dying = cluster.worker("dying", asked.environ)
    locked = {"before its commit": "blocks", "after its commit": "quarantine"}[moment]
    with ThreadPoolExecutor(1) as runs, dask_place(cluster.address, asked.opened) as place:
        with psycopg.connect(asked.environ["LIMNO_DATABASE_URL"]) as conn:
            conn.execute(f"LOCK TABLE {locked} IN ACCESS EXCLUSIVE MODE")
            outcome = runs.submit(build_at, place, LOGS, asked.slices, "rebuild")
            until(lambda: asked.waiting_for_a_lock() == 1)
            committed = asked.stored()
            dying.process.kill()
            dying.process.wait()
            cluster.worker("other", asked.environ)
        became = outcome.result(WAIT_SECONDS_MAX)
    assert (became.done, dict(became.failed)) == (tuple(asked.slices), {})
    assert len(committed) == (moment == "after its commit")
    assert asked.stored() == asked.sent()


def test_workers_compact_the_slices_of_one_table_side_by_side(
    asked: Asked,
    cluster: Hosts,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    The maintenance job hands its steps to the cluster of the settings; every row stays.
    """
    for slice_ in asked.slices:
        asked.sender.send(1, hour=slice_.start)
    one_block_a_commit = Budget(1, 1)
    opened = asked.opened
    materialize(opened.lake, LOGS, opened.tables, slices=asked.slices, budget=one_block_a_commit)
    cluster.worker("one", asked.environ)
    cluster.worker("two", asked.environ)
    monkeypatch.setenv("LIMNO_ORCHESTRATION_DASK_ADDRESS", cluster.address)
    site = Site(opened.lake, opened.tables, asked.slices[-1].end + timedelta(days=1), BUILT_IN)
    settings = COMPACTION.settings(files_min=2, views=["log_entries"])
    outcome = run(COMPACTION, site, settings, dry_run=False, hands=hands_for(opened))
    assert (len(outcome.done), outcome.failed) == (HOURS, [])
    assert asked.files().height == HOURS
    assert asked.stored() == {hour: rows + 1 for hour, rows in asked.sent().items()}


def test_a_worker_of_another_lake_is_refused_before_it_does_anything(
    asked: Asked,
    cluster: Hosts,
    tmp_path: Path,
) -> None:
    """
    A wrong setting on one host must not fill another lake's tables; the text says what is wrong.
    """
    cluster.worker("astray", asked.environ | {"LIMNO_ROOT_URI": (tmp_path / "other").as_uri()})
    with dask_place(cluster.address, asked.opened) as place:
        outcome = build_at(place, LOGS, asked.slices[:2], "rebuild")
    assert set(outcome.failed) == set(asked.slices[:2])
    for error in outcome.failed.values():
        assert isinstance(error, PieceFailed)
        assert "OtherLake" in str(error)
        assert "LIMNO_ROOT_URI" in str(error)
    assert asked.stored() == {}


def test_a_single_slice_is_built_where_the_run_is(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Sending it elsewhere would gain nothing; the cluster may be away.
    """
    monkeypatch.setenv("LIMNO_ORCHESTRATION_DASK_ADDRESS", "tcp://127.0.0.1:1")
    with place_for(asked.opened, 1) as place:
        assert isinstance(place, Here)


def test_a_slice_that_kills_every_worker_costs_no_other_slice(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    One that needs more memory than a worker has is named; the others are done.
    """
    monkeypatch.setattr("dask.config.config", {**dask.config.config})
    dask.config.set({"distributed.scheduler.allowed-failures": 0})
    with (
        LocalCluster(n_workers=1, threads_per_worker=1, dashboard_address="127.0.0.1:0") as local,
        dask_place(local.scheduler_address, asked.opened) as place,
    ):
        became = dict(place.each([lambda _: os._exit(1)]))
        assert isinstance(became[0], WorkersKilled)
        assert dict(place.each([lambda opened: opened.lake.root_uri])) == {
            0: asked.environ["LIMNO_ROOT_URI"]
        }


def test_a_scheduler_that_does_not_answer_is_tried_again_later(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    The step is retried, then its run fails and names the address; nothing was begun.
    """
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 1)
    with (
        pytest.raises(ClusterUnavailable, match=r"tcp://127\.0\.0\.1:1 does not answer"),
        dask_place("tcp://127.0.0.1:1", asked.opened),
    ):
        pass
    assert ClusterUnavailable in TRY_AGAIN


def test_a_cluster_without_workers_is_tried_again_later(
    asked: Asked, cluster: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    A run does not wait for ever for somebody to start workers.
    """
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 1)
    with (
        pytest.raises(ClusterUnavailable, match="has no worker"),
        dask_place(cluster.address, asked.opened),
    ):
        pass


def steps_of(*names: str) -> list[Step]:
    """Return steps that tell which lake they were done on; all but near go to a cluster."""

    def away(site: Site) -> Done:  # local, so that it is sent as a whole
        return Done(site.lake.root_uri)

    return [
        Step(name, "tell", lambda: Done("here"), anywhere=None if name == "near" else away)
        for name in names
    ]


def test_maintenance_waits_for_a_cluster_and_then_its_steps_have_failed(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Each of them with the reason; steps that need no cluster are done, whatever became of it.
    """
    monkeypatch.setenv("LIMNO_ORCHESTRATION_DASK_ADDRESS", "tcp://127.0.0.1:1")
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 1)
    monkeypatch.setattr(choosing, "CLUSTER_WAITS_S", (0.01, 0.02))
    told: list[str] = []
    steps = steps_of("one", "two", "near")
    became = {step.subject: end for step, end in hands_for(asked.opened)(steps, told.append)}
    assert became["near"] == Done("here")
    for far in ("one", "two"):
        assert isinstance(became[far], ClusterUnavailable)
        assert "does not answer" in str(became[far])
    waits = [line.partition(": 2 steps are ")[2] for line in told if "tried again" in line]
    assert waits == ["tried again in 0.01 s", "tried again in 0.02 s"]


def test_maintenance_goes_on_when_the_cluster_is_back(
    asked: Asked, cluster: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Nobody has to start the run again.
    """
    monkeypatch.setenv("LIMNO_ORCHESTRATION_DASK_ADDRESS", cluster.address)
    monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", 1)
    monkeypatch.setattr(choosing, "CLUSTER_WAITS_S", (0.01, 0.01))

    def tell(line: str) -> None:
        if "tried again" in line:
            monkeypatch.setattr(dask_place_module, "CONNECT_TIMEOUT_S", WAIT_SECONDS_MAX)
            cluster.worker("late", asked.environ)

    became = {step.subject: end for step, end in hands_for(asked.opened)(steps_of("a", "b"), tell)}
    done = Done(asked.environ["LIMNO_ROOT_URI"])
    assert became == {"a": done, "b": done}


def test_a_cluster_that_loses_its_last_worker_is_tried_again_later(
    asked: Asked, cluster: Hosts, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Work that nobody can do any more ends the step, and what was committed stands.
    """
    monkeypatch.setattr(dask_place_module, "WORKERS_GONE_S", 1)
    monkeypatch.setattr(dask_place_module, "LOOK_S", 0.1)
    last = cluster.worker("last", asked.environ)
    with (
        psycopg.connect(asked.environ["LIMNO_DATABASE_URL"]) as conn,
        ThreadPoolExecutor(1) as runs,
        dask_place(cluster.address, asked.opened) as place,
    ):
        conn.execute("LOCK TABLE blocks IN ACCESS EXCLUSIVE MODE")
        outcome = runs.submit(build_at, place, LOGS, asked.slices, "rebuild")
        until(lambda: asked.waiting_for_a_lock() == 1)
        last.process.kill()
        with pytest.raises(ClusterUnavailable, match="no worker for"):
            outcome.result(WAIT_SECONDS_MAX)
