"""Nothing outlives a service: no process, no file."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import psutil
import pytest

from query_engine.errors import ScratchUnusable
from query_engine.workers.directory import PoolDirectory
from tests.query_engine.workers.conftest import gone

ROOT = Path(__file__).resolve().parents[3]

SERVICE = """
    import sys, time
    from pathlib import Path
    import polars as pl
    from query_engine.metrics import QueryMetrics
    from query_engine.service import QueryService
    from query_engine.settings import QuerySettings
    from query_engine.tables.memory import MemoryTables

    many = pl.LazyFrame({"n": range(1000)}).join(pl.LazyFrame({"m": range(2000)}), how="cross")
    settings = QuerySettings(scratch_dir=sys.argv[1], memory_bytes_max=64 << 20)
    service = QueryService(MemoryTables({"many": many}), settings, QueryMetrics())
    stream = service.query("SELECT a.n, a.m FROM many a, many b ORDER BY a.n + b.m, a.m")
    print(service.running.all()[0].usage.pid, flush=True)
    time.sleep(60)
"""


def tree(pid):
    """Return every process below one."""
    return [child.pid for child in psutil.Process(pid).children(recursive=True)]


@pytest.mark.slow
def test_workers_and_files_do_not_outlive_a_service_that_is_killed(tmp_path):
    """
    SIGKILL gives the service no chance; its processes end at once, the next one sweeps its files.
    """
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'sdk' / 'src'}"}
    service = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(SERVICE), str(tmp_path)],
        stdout=subprocess.PIPE,
        env=environment,
    )
    assert service.stdout is not None
    worker = int(service.stdout.readline())
    processes = tree(service.pid)
    assert worker in processes
    deadline = time.monotonic() + 20
    while not list(tmp_path.rglob("*/[0-9]*/*")) and not gone(worker):
        assert time.monotonic() < deadline, "nothing was spilled"
        time.sleep(0.005)
    service.send_signal(signal.SIGKILL)
    service.wait()
    service.stdout.close()
    deadline = time.monotonic() + 3
    while not all(gone(pid) for pid in processes):
        assert time.monotonic() < deadline, "a process is left"
        time.sleep(0.01)
    directory = PoolDirectory(tmp_path)
    assert list(directory.path.parent.glob("pool-*")) == [directory.path]
    directory.close()
    assert list(directory.path.parent.glob("pool-*")) == []


def test_the_directory_of_a_pool_that_lives_is_left_alone(tmp_path):
    """
    Several services may share a disk.
    """
    first = PoolDirectory(tmp_path)
    (first.path / "file").touch()
    second = PoolDirectory(tmp_path)
    assert (first.path / "file").exists()
    first.close()
    second.close()
    second.close()


def test_a_directory_that_cannot_be_used_is_told_with_its_setting(tmp_path):
    """
    The operator learns what to change.
    """
    with pytest.raises(ScratchUnusable, match="scratch_dir"):
        PoolDirectory(tmp_path / "nowhere")


def test_a_closed_service_has_no_processes_and_no_files(own, tmp_path):
    """
    Also while a query runs.
    """
    own.query("SELECT a.n, a.m FROM many a, many b ORDER BY a.n + b.m, a.m")
    (query,) = own.running.all()
    warden = psutil.Process(query.usage.pid).ppid()
    processes = [warden, *tree(warden)]
    own.close(0)
    assert all(gone(pid) for pid in processes)
    assert list(tmp_path.rglob("pool-*")) == []
