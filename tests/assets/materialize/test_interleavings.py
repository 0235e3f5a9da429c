"""
The promise itself: whatever runs when, a read holds every acknowledged event once.

A seeded walk over open transactions, duplicates, increments and rebuilds from stale plans,
compaction and threads drives the product's own functions on real Postgres and real Delta tables.
"""

import random
import subprocess
import sys
import textwrap
import threading
import time
from datetime import timedelta
from pathlib import Path

import pytest

from assets.errors import LakeError
from assets.materialize import DecodedCache, materialize, rebuild
from assets.materialize.commits import _Job
from assets.materialize.planning import work_to_do
from assets.plan import Budget
from assets.storage.tables import WriteConflict, compact_slice
from assets.views.log_entries import LOG_ENTRIES
from assets.views.log_stats import LOG_STATS
from assets.views.physical import table_spec

VIEWS = (LOG_ENTRIES, LOG_STATS)
HOUR = timedelta(hours=1)
STEPS = 60


class Walk:
    """The lake, what is acknowledged, what is still open, and plans that have grown stale."""

    def __init__(self, filled, new_sender, seed: int) -> None:
        self.filled, self.rnd = filled, random.Random(seed)
        self.senders = [new_sender() for _ in range(3)]
        for sender in self.senders:
            filled.write(sender)  # known senders: two open transactions must not both add one
        self.open, self.plans = [], []
        self.acknowledged: dict[str, list[str]] = {}
        self.conflicts = self.events = 0

    def begin(self, *, past: bool = False) -> None:
        """Open a transaction with some blocks; at times one of them is a repetition."""
        ids, batches, fresh = [], [], {}
        for _ in range(self.rnd.randrange(1, 4)):
            rows = [{"time": n, "msg": f"e{self.events + n}"} for n in range(3)]
            self.events += 3
            repeated = self.acknowledged and self.rnd.random() < 0.2
            if repeated:
                id_ = self.rnd.choice(list(self.acknowledged))
            else:
                id_ = f"{self.rnd.getrandbits(128):032x}"
                id_ = f"{id_[:8]}-{id_[8:12]}-{id_[12:16]}-{id_[16:20]}-{id_[20:]}"
                fresh[id_] = [row["msg"] for row in rows]
            if id_ not in ids:
                ids.append(id_)
                batches.append(rows)
        hours = -2 if past else self.rnd.randrange(3)
        sender = self.rnd.choice(self.senders)
        batch = self.filled.begin(sender, batches, shift=hours * HOUR, block_ids=ids)
        self.open.append((batch, fresh))

    def finish(self) -> None:
        batch, fresh = self.open.pop(self.rnd.randrange(len(self.open)))
        if self.rnd.random() < 0.85:
            batch.commit()
            self.acknowledged |= fresh
        else:
            batch.rollback()

    def plan(self) -> None:
        """Plan an increment or rebuild now, to be carried out at some other time."""
        view = self.rnd.choice(VIEWS)
        budget = Budget(self.rnd.choice([4, 1000]), 1 << 20)
        job = _Job(self.filled.lake, view, self.filled.tables, DecodedCache(0), budget)
        work = work_to_do(self.filled.lake, view, self.filled.tables)
        self.plans.append(lambda: job.advance(work))

    def act(self) -> None:
        try:
            self.plans.pop(self.rnd.randrange(len(self.plans)))()
        except WriteConflict:
            self.conflicts += 1

    def materialize(self) -> None:
        budget = Budget(self.rnd.choice([4, 1000]), 1 << 20)
        for view in VIEWS:
            materialize(self.filled.lake, view, self.filled.tables, budget=budget)

    def maintain(self) -> None:
        """Rebuild or compact some slice."""
        view = self.rnd.choice(VIEWS)
        slices = sorted(self.filled.covered(view))
        if not slices:
            return
        chosen = self.rnd.choice(slices)
        if self.rnd.random() < 0.5:
            rebuild(self.filled.lake, view, self.filled.tables, [chosen])
        else:
            compact_slice(self.filled.lake, table_spec(view), chosen)

    def check(self) -> None:
        expected = sorted(msg for msgs in self.acknowledged.values() for msg in msgs)
        assert sorted(self.filled.read(LOG_ENTRIES)["msg"]) == expected
        assert self.filled.read(LOG_STATS)["count"].sum() == len(expected)


@pytest.mark.parametrize("seed", range(3))
def test_every_read_is_the_acknowledged_set_once(filled, new_sender, seed) -> None:
    """
    After every step of a random walk, both views hold exactly what was acknowledged.
    """
    walk = Walk(filled, new_sender, seed)
    for _ in range(3):
        walk.begin(past=True)
    walk.finish()
    for _ in range(STEPS):
        step = walk.rnd.random()
        if step < 0.3 and len(walk.open) < 4:
            walk.begin()
        elif step < 0.5 and walk.open:
            walk.finish()
        elif step < 0.62:
            walk.plan()
        elif step < 0.75 and walk.plans:
            walk.act()
        elif step < 0.8:
            walk.materialize()
        elif step < 0.9:
            walk.maintain()
        walk.check()
    while walk.open:
        walk.finish()
    walk.materialize()
    walk.check()
    stored = filled.stored(LOG_ENTRIES)
    assert stored.height == 3 * len(walk.acknowledged), "nothing is left in the tail"


def test_threads_that_write_the_same_tables_never_double_or_lose(filled, new_sender) -> None:
    """
    Increments, rebuilds and compactions at the same time, while events arrive and are read.
    """
    walk = Walk(filled, new_sender, 99)
    stop, faults = threading.Event(), []

    def repeat(work) -> None:
        while not stop.is_set():
            try:
                work()
            except WriteConflict:
                continue
            except LakeError as exc:
                faults.append(exc)
                return

    def rebuild_all() -> None:
        rebuild(filled.lake, LOG_ENTRIES, filled.tables, list(filled.covered(LOG_ENTRIES)))

    def compact_all() -> None:
        for slice_ in filled.covered(LOG_ENTRIES):
            compact_slice(filled.lake, table_spec(LOG_ENTRIES), slice_)

    def increments() -> None:
        for view in VIEWS:
            materialize(filled.lake, view, filled.tables)

    works = (increments, increments, rebuild_all, compact_all)
    threads = [threading.Thread(target=repeat, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    try:
        for _ in range(12):
            walk.begin()
            walk.finish()
            walk.check()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
    assert not faults
    walk.materialize()
    walk.check()


KILLED = """
    import sys
    from assets.materialize import materialize
    from assets.plan import Budget
    from assets.storage.lake import open_lake
    from assets.storage.settings import LakeSettings
    from assets.storage.tables import TableCache
    from assets.views.log_entries import LOG_ENTRIES

    settings = LakeSettings(database_url=sys.argv[1], root_uri=sys.argv[2])
    with open_lake(settings) as lake:
        print("ready", flush=True)
        while True:
            materialize(lake, LOG_ENTRIES, TableCache(), budget=Budget(1, 1 << 20))
"""


@pytest.mark.slow
def test_a_killed_materialization_leaves_nothing_wrong(filled, new_sender, database_url) -> None:
    """
    SIGKILL at any moment: the coverage in the table says exactly what is in it.
    """
    rnd = random.Random(5)
    sender, acknowledged = new_sender(), 0
    root = Path(__file__).resolve().parents[3]
    for _ in range(3):
        for _ in range(4):
            filled.write(sender, [{"time": 1, "msg": f"k{acknowledged}"}])
            acknowledged += 1
        victim = subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(KILLED), database_url, filled.lake.root_uri],
            stdout=subprocess.PIPE,
            cwd=root,
            env={"PYTHONPATH": f"{root}:{root / 'sdk' / 'src'}", "PATH": ""},
        )
        with victim:
            assert victim.stdout.readline() == b"ready\n"
            time.sleep(rnd.random() * 0.4)
            victim.kill()
        assert sorted(filled.read(LOG_ENTRIES)["msg"]) == sorted(
            f"k{n}" for n in range(acknowledged)
        )
    materialize(filled.lake, LOG_ENTRIES, filled.tables)
    assert filled.stored(LOG_ENTRIES).height == acknowledged
