"""
SIGKILL and segmentation faults at any moment: every published event arrives, none twice.

With the recorder in C that is every event whose call had returned; with the one in Python, what
had become a request.
"""

import mmap
import random
import signal
import struct
import time
from collections import Counter
from pathlib import Path

import pytest

import limnograph
from limnograph import recorder
from limnograph.request_files import RequestFile
from limnograph.wire.envelope import parse_request
from tests.sdk.arrow_reading import read
from tests.sdk.peer import Peer
from tests.sdk.programs import request_files, start, wait_until

NATIVE = getattr(recorder, "NATIVE", False)
THREADS = 2

COUNTS = """
    import ctypes, mmap, os, struct, sys, threading, time
    import limnograph
    from limnograph import log, span
    shared = open(sys.argv[2], "r+b")
    counts = mmap.mmap(shared.fileno(), 4096)
    limnograph.init("crash", sys.argv[1], flush_interval_s=float(sys.argv[3]))
    SPAN = span("step")
    def work(which):
        number = 0
        while True:
            for _ in range(20):
                with SPAN:
                    log.info("%d-%d", which, number)
                number += 1
                struct.pack_into("=Q", counts, 8 * which, number)
            time.sleep(0.0005)
    for which in range(2):
        threading.Thread(target=work, args=(which,), daemon=True).start()
    print("ready", flush=True)
    if sys.argv[4:] == ["segfault"]:
        sys.stdin.readline()
        ctypes.string_at(0)
    sys.stdin.read()
"""


def killed(peer: Peer, file: Path, interval_s: float, after_s: float, *how: str) -> list[int]:
    """Let a process record until it is killed; return how many events each thread had recorded."""
    file.write_bytes(bytes(4096))
    process = start(COUNTS, peer.uri, str(file), str(interval_s), *how)
    assert process.stdout.readline() == "ready\n"
    time.sleep(after_s)  # any moment will do
    if how:
        process.communicate("\n", timeout=60)
        assert process.returncode == -signal.SIGSEGV
    else:
        process.kill()
        process.communicate(timeout=60)
    with file.open("rb") as shared, mmap.mmap(shared.fileno(), 4096, prot=mmap.PROT_READ) as counts:
        return list(struct.unpack_from(f"={THREADS}Q", counts))


def recorded(peer: Peer) -> Counter[str]:
    """Return the messages that arrived, but for those that mark an end."""
    return Counter(row["msg"] for row in peer.rows("log") if row["level"] != 1)


def in_files(root: Path) -> set[str]:
    """Return the messages of the requests that a process left."""
    found = set()
    for path in request_files(root):
        request = parse_request(RequestFile(str(path)).read().body)
        for payload in request.payloads:
            content = read(bytes(payload))
            found |= set(content["columns"].get("msg", ()))
    return found


def check(peer: Peer, state_dir: Path, counts: list[int], before: set[str]) -> None:
    """Start anew, and look that what was published arrives once."""
    left = in_files(state_dir)
    limnograph.init("crash", peer.uri, flush_interval_s=3600)
    wait_until(lambda: len(list((state_dir / "crash").iterdir())) == 1, "the directory to go")
    assert limnograph.shutdown(60)
    found = recorded(peer)
    assert [text for text, times in found.items() if times > 1] == []
    assert before | left <= set(found)
    ends = [row for row in peer.rows("log") if row["level"] == 1]
    assert len(ends) == 1
    if NATIVE:
        published = {f"{which}-{n}" for which in range(THREADS) for n in range(counts[which])}
        assert published <= set(found)
        # One more of each thread may have been published before it was counted.
        assert len(found) <= sum(counts) + THREADS
        assert len(peer.rows("cpu")) >= sum(counts) - THREADS
        assert ends[0]["block"].object_offset <= len(found)


@pytest.mark.parametrize("seed", range(4))
def test_sigkill_at_any_moment_loses_nothing_that_was_published(
    peer: Peer, state_dir: Path, tmp_path: Path, seed: int
) -> None:
    """
    While it records, packs, writes, sends and settles.
    """
    after_s = random.Random(seed).uniform(0.05, 0.4)
    counts = killed(peer, tmp_path / "counts", 0.01, after_s)
    check(peer, state_dir, counts, set(recorded(peer)))


def test_a_segmentation_fault_loses_no_more(peer: Peer, state_dir: Path, tmp_path: Path) -> None:
    """
    The memory is the kernel's: it does not matter how the process went.
    """
    counts = killed(peer, tmp_path / "counts", 0.01, 0.1, "segfault")
    check(peer, state_dir, counts, set(recorded(peer)))


def test_a_process_that_never_flushed_loses_nothing(
    peer: Peer, state_dir: Path, tmp_path: Path
) -> None:
    """
    Killed in its first interval: there is no request at all, only memory.
    """
    counts = killed(peer, tmp_path / "counts", 3600, 0.1)
    assert request_files(state_dir) == []
    check(peer, state_dir, counts, set())


def test_a_receiver_that_is_away_at_the_crash_gets_all_of_it_later(
    peer: Peer, state_dir: Path, tmp_path: Path
) -> None:
    """
    Some of it in requests that wait, the rest in memory; nothing in both.
    """
    peer.script = lambda _peer, _number: (503, {})
    counts = killed(peer, tmp_path / "counts", 0.02, 0.3)
    assert request_files(state_dir)
    peer.script = lambda _peer, _number: (200, {})
    check(peer, state_dir, counts, set())
