"""A process killed between the request files of one flush: all of its events arrive, none twice."""

import signal
from collections import Counter
from pathlib import Path

import pytest

import limnograph
from limnograph import recorder
from limnograph.request_files import HELD
from tests.sdk.peer import Peer
from tests.sdk.programs import run, wait_until

DIES_AT_A_RENAME = """
    import os, signal, sys
    import limnograph
    from limnograph import Limits, log, metric
    kill_at, renames = int(sys.argv[2]), 0
    def watch(event, args):
        global renames
        if event == "os.rename" and ".req" in str(args[0]):
            renames += 1
            if renames == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)
    limits = Limits(block_rows_max=50, request_blocks_max=1)
    options = {"flush_interval_s": 3600, "limits": limits, "system_metrics": False}
    limnograph.init("flush", sys.argv[1], **options)
    M = metric("m")
    for number in range(200):
        log.info("%d", number)
        M.record(number)
    sys.addaudithook(watch)
    limnograph.flush(5)
    os.kill(os.getpid(), signal.SIGKILL)
"""

RENAMES = 15
"""Of eight requests: each into its place, and seven that were held."""


@pytest.mark.skipif(not recorder.NATIVE, reason="only the recorder in C outlives its process")
@pytest.mark.parametrize("kill_at", range(1, RENAMES + 1))
def test_what_one_flush_writes_counts_as_a_whole(peer: Peer, state_dir: Path, kill_at: int) -> None:
    """
    Requests of one flush share the place in memory up to which rows are stored, so a recovery takes
    all of their files or none, and then finds the rows in memory.
    """
    run(DIES_AT_A_RENAME, peer.uri, str(kill_at), returncode=-signal.SIGKILL)
    assert not peer.bodies, "nothing is sent before all of it is in files"
    assert limnograph.init("flush", peer.uri, flush_interval_s=3600, system_metrics=False)
    wait_until(lambda: limnograph.stats().recovered_events >= 401, "what was recorded")
    assert not [path for path in state_dir.rglob("*") if HELD in path.name]
    logged = [row["msg"] for row in peer.rows("log") if row["level"] > 1]
    assert Counter(logged) == Counter(map(str, range(200)))
    assert sorted(row["value"] for row in peer.rows("metrics")) == list(range(200))
