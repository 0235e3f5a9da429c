"""What is read of the process and the machine: from written files, and from the real ones."""

import gc
import os
import sys
import threading
from collections.abc import Iterable
from pathlib import Path

import pytest

from limnograph.system_metrics import collection, linux, portable
from limnograph.system_metrics.reading import Reading

on_linux = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


def numbers(readings: Iterable[Reading]) -> dict[tuple[str, ...], float]:
    """Return the values by name and properties."""
    return {(one.name, *one.properties.values()): one.value for one in readings}


@pytest.fixture
def proc(tmp_path: Path) -> str:
    """A /proc as a kernel writes it."""
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "statm").write_text("1000 250 100 1 0 200 0\n")
    (tmp_path / "self" / "status").write_text("Name:\tpython\nThreads:\t7\nSigQ:\t0/1\n")
    (tmp_path / "self" / "io").write_text("rchar: 1\nread_bytes: 4096\nwrite_bytes: 8192\n")
    (tmp_path / "meminfo").write_text("MemTotal: 1000 kB\nMemFree: 1 kB\nMemAvailable: 400 kB\n")
    (tmp_path / "stat").write_text("cpu  10 0 10 70 10 0 0 0 5 5\ncpu0 1 2 3\n")
    return str(tmp_path)


def test_the_files_of_the_kernel_are_understood(proc: str) -> None:
    """
    Pages become bytes, kibibytes too; what programs could have counts as free.
    """
    page = os.sysconf("SC_PAGE_SIZE")
    assert numbers(linux.memory(proc)) == {
        ("process.memory.usage",): 250 * page,
        ("process.memory.virtual",): 1000 * page,
    }
    assert numbers(linux.threads(proc)) == {("process.thread.count",): 7}
    assert numbers(linux.disk(proc)) == {
        ("process.disk.io", "read"): 4096,
        ("process.disk.io", "write"): 8192,
    }
    assert numbers(linux.machine_memory(proc)) == {
        ("system.memory.usage", "used"): 600 * 1024,
        ("system.memory.usage", "free"): 400 * 1024,
    }


def test_the_machines_load_is_what_was_busy_between_two_looks(proc: str) -> None:
    """
    Waiting for a disk is not busy; time that did not pass gives no number.
    """
    load = linux.MachineLoad(proc)
    assert list(load()) == []
    Path(proc, "stat").write_text("cpu  40 0 30 100 20 0 0 10 50 50\n")
    assert numbers(load()) == {("system.cpu.utilization",): 60 / 100}


def test_what_a_system_does_not_tell_is_left_out(tmp_path: Path) -> None:
    """
    No /proc, and files that the process may not read, are no error.
    """
    nowhere = str(tmp_path)
    for source in (linux.memory, linux.threads, linux.disk, linux.machine_memory):
        assert list(source(nowhere)) == []
    assert list(linux.MachineLoad(nowhere)()) == []
    assert list(portable.open_files(f"{nowhere}/fd")) == []


def test_processor_time_and_threads_are_those_of_this_process() -> None:
    """
    What the standard library tells, everywhere.
    """
    found = numbers(portable.usage())
    assert found["process.cpu.time", "user"] > 0
    stop = threading.Event()
    before = numbers(portable.threads())["process.thread.count",]
    thread = threading.Thread(target=stop.wait)
    thread.start()
    assert numbers(portable.threads())["process.thread.count",] == before + 1
    stop.set()
    thread.join()


@on_linux
def test_the_real_proc_is_read() -> None:
    """
    Memory, threads and open files of the test's own process.
    """
    assert numbers(linux.memory())["process.memory.usage",] > 1_000_000
    assert numbers(linux.threads())["process.thread.count",] >= 1
    before = numbers(portable.open_files())["process.unix.file_descriptor.count",]
    files = [open(__file__) for _ in range(5)]  # noqa: SIM115, PTH123
    after = numbers(portable.open_files())["process.unix.file_descriptor.count",]
    for file in files:
        file.close()
    assert after - before == 5


def test_pauses_of_the_collector_are_added_up() -> None:
    """
    The longest begins anew at each look, the sum goes on; nothing is measured after the stop.
    """
    pauses = collection.Pauses()
    pauses.watch()
    pauses.watch()
    try:
        gc.collect()
        found = numbers(pauses.readings())
        total = found["cpython.gc.pause.time", "2"]
        assert found["cpython.gc.pause.max", "2"] == total > 0
        assert ("cpython.gc.pause.max", "2") not in numbers(pauses.readings())
        gc.collect()
        assert numbers(pauses.readings())["cpython.gc.pause.time", "2"] > total
    finally:
        pauses.stop()
    assert pauses not in gc.callbacks
    assert numbers(collection.counts())["cpython.gc.collections", "2"] >= 2
