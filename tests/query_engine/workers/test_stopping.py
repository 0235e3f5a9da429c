"""A query that must stop stops: its process is gone and its cores are free."""

import os
import signal
import time

import psutil
import pytest

from query_engine.errors import ResourceExhausted, TimeLimit, WorkerDied
from query_engine.metrics import QueryMetrics
from query_engine.service import QueryService
from query_engine.settings import QuerySettings
from tests.query_engine.workers.conftest import (
    BUSY,
    HUNGRY,
    SPILLING,
    eventually,
    gone,
    started,
)


def replaced(service, reason):
    """Return how many workers were replaced for this reason."""
    prefix = f'limnograph_query_workers_replaced_total{{reason="{reason}"}} '
    for line in service.metrics.text().decode().splitlines():
        if line.startswith(prefix):
            return float(line.removeprefix(prefix))
    return 0.0


def answers(service):
    """Say whether an ordinary query is answered."""
    rows = [row for batch in service.query("SELECT n FROM numbers").batches for row in batch["n"]]
    return len(rows) == 10


def test_a_cancelled_query_frees_its_cores_within_a_second(own):
    """
    By its id, from another thread, while the engine has not yet made a row.
    """
    query, process = started(own, BUSY)
    begun = time.monotonic()
    assert own.cancel(query.query_id)
    eventually(lambda: own.running.all() == [], 1.0)
    assert time.monotonic() - begun < 1
    assert gone(process.pid)
    assert not own.cancel(query.query_id)
    assert answers(own)
    assert replaced(own, "cancelled") == 1


def test_a_query_at_its_deadline_is_killed_although_nobody_reads(memory_tables, workers):
    """
    The deadline is kept by another process than the one that is busy.
    """
    service = QueryService(
        memory_tables, QuerySettings(query_seconds_max=3), QueryMetrics(), workers
    )
    begun = time.monotonic()
    stream = service.query(BUSY)
    (query,) = service.running.all()
    eventually(lambda: service.running.all() == [], 6)
    assert time.monotonic() - begun < 4
    assert gone(query.usage.pid)
    with pytest.raises(TimeLimit, match="3 s"):
        list(stream.batches)
    service.close(0)


def test_a_query_that_needs_too_much_memory_ends_alone(own):
    """
    The error says the limit, its setting and what to do; a neighbour and the service go on.
    """
    neighbour, process = started(own, BUSY)
    before = psutil.Process().memory_info().rss
    with pytest.raises(ResourceExhausted, match=r"128 MiB .*memory_bytes_max") as caught:
        list(own.query(HUNGRY).batches)
    assert caught.value.query_id
    assert process.is_running()
    assert [query.query_id for query in own.running.all()] == [neighbour.query_id]
    assert psutil.Process().memory_info().rss - before < 64 << 20
    assert own.cancel(neighbour.query_id)
    assert answers(own)


def test_memory_that_is_not_the_engines_counts_too(own, memory_tables, slow_rows):
    """
    A function in Python cannot hide what it takes.
    """
    memory_tables.frames["lists"] = slow_rows(1, 100_000_000, lambda: None)
    with pytest.raises(ResourceExhausted, match="128 MiB"):
        list(own.query("SELECT n FROM lists").batches)


def test_memory_is_not_exceeded_by_much(own):
    """
    The process is gone before it has taken much more than it may.
    """
    stream = own.query(HUNGRY)
    (query,) = own.running.all()
    with pytest.raises(ResourceExhausted):
        list(stream.batches)
    assert query.usage.peak_bytes < 192 << 20


@pytest.fixture
def sorting(memory_tables, tmp_path):
    """A function that starts a large sort with so much disk, and its result."""
    services = []

    def start(spill_bytes_max):
        settings = QuerySettings(
            memory_bytes_max=400 << 20, spill_bytes_max=spill_bytes_max, scratch_dir=str(tmp_path)
        )
        services.append(QueryService(memory_tables, settings, QueryMetrics()))
        return services[-1].query(SPILLING.replace("SELECT", "SELECT a.m + b.n AS s,")).batches

    yield start
    services[-1].close(0)
    left = [path for path in tmp_path.rglob("*") if path.is_file() and path.name != "lock"]
    assert left == []


@pytest.mark.slow
def test_a_sort_larger_than_its_memory_is_done_on_disk(sorting):
    """
    The result is whole and in order.
    """
    rows, last = 0, -1
    for batch in sorting(8 << 30):
        sums = batch.column("s").to_numpy()
        assert sums[0] >= last
        assert (sums[1:] >= sums[:-1]).all()
        rows, last = rows + batch.num_rows, sums[-1]
    assert rows == 20_000_000


@pytest.mark.slow
def test_a_sort_without_room_on_disk_is_an_error(sorting):
    """
    Never a result with fewer rows, which is what the engine's own iterator makes of it.
    """
    with pytest.raises(ResourceExhausted, match="spill_bytes_max"):
        list(sorting(16 << 20))


def test_a_killed_worker_is_replaced_and_its_query_told(own):
    """
    Whoever kills it: the error says so, the other query goes on, the next one is answered.
    """
    neighbour, other = started(own, BUSY)
    stream = own.query(BUSY)
    query = next(q for q in own.running.all() if q.query_id == stream.query_id)
    os.kill(query.usage.pid, signal.SIGKILL)
    with pytest.raises(WorkerDied, match="SIGKILL") as caught:
        list(stream.batches)
    assert caught.value.query_id == stream.query_id
    assert other.is_running()
    own.cancel(neighbour.query_id)
    assert answers(own)
    assert replaced(own, "died") == 1


@pytest.mark.parametrize(
    ("death", "text"),
    [
        (lambda: os.abort(), "SIGABRT"),  # noqa: PLW0108 (by value into the worker)
        (lambda: os._exit(3), "exit code 3"),
    ],
    ids=["abort", "exit"],
)
def test_every_way_to_die_is_told(own, memory_tables, slow_rows, death, text):
    """
    The error says how the process ended.
    """
    memory_tables.frames["deadly"] = slow_rows(1, 1, death)
    with pytest.raises(WorkerDied, match=text):
        list(own.query("SELECT n FROM deadly").batches)
    assert answers(own)


def test_an_allocator_that_gives_up_is_a_query_that_needs_too_much(own, memory_tables, slow_rows):
    """
    What it writes before it aborts tells it from other ends.
    """

    def death():
        os.write(2, b"memory allocation of 99 bytes failed")
        os.abort()

    memory_tables.frames["deadly"] = slow_rows(1, 1, death)
    with pytest.raises(ResourceExhausted, match="memory_bytes_max"):
        list(own.query("SELECT n FROM deadly").batches)


def test_workers_live_on_when_nothing_is_wrong(own):
    """
    Hundreds of queries, good and failing ones, neither replace a worker nor make it grow.
    """
    sql = "SELECT n % 7 AS k, count(*) AS c, array_agg(m) AS a FROM many GROUP BY n % 7"
    processes, sizes = set(), []
    for number in range(300):
        text = sql if number % 10 == 0 else "SELECT n FROM numbers"
        stream = own.query("SELECT s FROM bad" if number % 3 == 2 else text)
        (query,) = [q for q in own.running.all() if q.query_id == stream.query_id]
        processes.add(query.usage.pid)
        try:
            list(stream.batches)
        except Exception:
            assert number % 3 == 2
        if number in {99, 299}:
            time.sleep(1)
            sizes.append(sum(psutil.Process(pid).memory_info().rss for pid in processes))
    assert len(processes) <= 2
    assert sizes[1] - sizes[0] < 32 << 20


def test_a_panic_of_the_engine_costs_its_worker(own, memory_tables, slow_rows):
    """
    Nobody knows in which state it has left the engine.
    """

    def panic():
        raise KeyboardInterrupt  # what is no Exception is treated as a panic

    memory_tables.frames["broken"] = slow_rows(1, 1, panic)
    stream = own.query("SELECT n FROM broken")
    (query,) = own.running.all()
    with pytest.raises(Exception, match="log"):
        list(stream.batches)
    eventually(lambda: gone(query.usage.pid))
    assert answers(own)


def test_the_death_of_the_warden_is_survived(own):
    """
    Workers end with their parent; another one is started, and queries are told.
    """
    stream = own.query(BUSY)
    (query,) = own.running.all()
    warden = psutil.Process(query.usage.pid).parent()
    assert warden is not None
    warden.kill()
    with pytest.raises(WorkerDied):
        list(stream.batches)
    eventually(lambda: gone(query.usage.pid))
    assert answers(own)


def test_ctrl_c_and_term_do_not_reach_workers(own):
    """
    A terminal and an init system signal every process of a service, which drains first.
    """
    stream = own.query("SELECT n, m FROM many")
    (query,) = own.running.all()
    process = psutil.Process(query.usage.pid)
    for number in (signal.SIGINT, signal.SIGTERM):
        for one in (process, process.parent()):
            assert one is not None
            one.send_signal(number)
    assert sum(batch.num_rows for batch in stream.batches) == 2_000_000


def test_progress_is_seen_while_a_query_runs(own):
    """
    State, memory and the process of a busy query are known a few times a second.
    """
    stream = own.query(HUNGRY)
    (query,) = own.running.all()
    assert query.state == "running"
    eventually(lambda: query.usage.memory_bytes > 1 << 20)
    with pytest.raises(ResourceExhausted):
        list(stream.batches)
    assert query.usage.peak_bytes >= query.usage.memory_bytes
