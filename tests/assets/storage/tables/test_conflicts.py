"""
No interleaving of append, replace, compact and merging of days loses or doubles a row, however
stale the plans are.

Each write is planned on one snapshot and committed later. The rule checked after every commit is
the product's: a slice that is covered up to h holds exactly its blocks below h, once each.
"""

import itertools
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from psycopg_pool import ConnectionPool

from assets.storage.lake import Lake
from assets.storage.layout import Slice
from assets.storage.objects import open_store
from assets.storage.tables import CompactReport, WriteConflict, append, replace_slices
from assets.storage.tables.compact import commit_compaction, plan_compaction
from assets.storage.tables.merge_day import plan_merge
from tests.assets.storage.tables.sample import ONE, SPEC, TWO, cover, frame, newest, rows

SLICES = (ONE, TWO)
KINDS = ("append", "append nothing", "replace", "compact")
Commit = Callable[[], object]


@dataclass
class World:
    """Blocks as Postgres would know them (slice and position), and the table under test."""

    lake: Lake
    blocks: list[tuple[Slice, int]] = field(default_factory=list)
    horizon: int = 1

    def block(self, slice_: Slice) -> None:
        self.blocks.append((slice_, self.horizon))
        self.horizon += 1

    def names_in(self, slice_: Slice, low: int, high: int) -> list[str]:
        return [f"{s.hour}:{p}" for s, p in self.blocks if s == slice_ and low <= p < high]

    def plan(self, kind: str, *slices: Slice) -> Commit:
        """Plan a write on the table as it is now; it is committed when it is called."""
        if kind == "compact":
            planned = plan_compaction(self.lake, SPEC, slices[0])
            if isinstance(planned, CompactReport):
                return lambda: None
            return lambda: commit_compaction(self.lake, planned)
        if kind == "merge day":
            merge = plan_merge(self.lake, SPEC, slices[0].day)
            if isinstance(merge, CompactReport):
                return lambda: None
            return lambda: commit_compaction(self.lake, merge)
        if kind == "append nothing":
            self.horizon += 1  # positions pass without a block
        else:
            for slice_ in slices:
                self.block(slice_)
        base, high = newest(self.lake), self.horizon
        coverage = cover(high, *slices)
        lows = [base.covered(1).get(s, 0) if "append" in kind else 0 for s in slices]
        named = [self.names_in(s, low, high) for s, low in zip(slices, lows, strict=True)]
        data = pa.concat_tables(rows(s, n) for s, n in zip(slices, named, strict=True))
        if "append" in kind:
            return lambda: append(self.lake, SPEC, base, data, coverage)
        return lambda: replace_slices(self.lake, SPEC, base, slices, data, coverage)

    def check(self) -> None:
        snapshot = newest(self.lake)
        found = sorted(frame(self.lake, snapshot)["name"])
        covered = snapshot.covered(1)
        wanted = [n for s in SLICES for n in self.names_in(s, 0, covered.get(s, 0))]
        assert found == sorted(wanted)


def lake_without_postgres(root: Path) -> Lake:
    """Compaction plans and commits do not use the database; its lock is tested elsewhere."""
    uri = root.as_uri()
    pool: ConnectionPool = ConnectionPool("", open=False)
    return Lake(objects=open_store(uri), pool=pool, root_uri=uri, delta_options={})


def attempt(commit: Commit) -> bool:
    try:
        commit()
    except WriteConflict:
        return False
    return True


@pytest.mark.parametrize(("first", "second"), list(itertools.product(KINDS, KINDS)))
def test_two_writes_planned_on_one_snapshot_never_break_a_slice(
    tmp_path: Path, first: str, second: str
) -> None:
    """
    Same slice: a second write that would lose or double rows conflicts. Other slice: it lands.
    """
    world = World(lake_without_postgres(tmp_path))
    for _ in range(2):
        world.plan("append", *SLICES)()
    for slice_, same in ((ONE, True), (TWO, False)):
        world.plan("append", *SLICES)()
        one, other = world.plan(first, ONE), world.plan(second, slice_)
        assert attempt(one)
        world.check()
        landed = attempt(other)
        world.check()
        # A compaction takes only files that it has read, and an increment takes none.
        beside = "compact" in {first, second} and bool(
            {first, second} & {"append", "append nothing"}
        )
        assert landed == (not same or beside)


class Interleavings(RuleBasedStateMachine):
    """Plans pile up, are committed in any order, and the table is right after each."""

    def __init__(self) -> None:
        super().__init__()
        self._directory = tempfile.TemporaryDirectory()
        self.world = World(lake_without_postgres(Path(self._directory.name)))
        self.plans: list[Commit] = []

    @initialize()
    def first_rows(self) -> None:
        for _ in range(2):
            self.world.plan("append", *SLICES)()

    @rule(slice_=st.sampled_from(SLICES))
    def block_arrives(self, slice_: Slice) -> None:
        self.world.block(slice_)

    @rule(kind=st.sampled_from((*KINDS, "merge day")), slice_=st.sampled_from(SLICES))
    def plan_one(self, kind: str, slice_: Slice) -> None:
        self.plans.append(self.world.plan(kind, slice_))

    @rule(kind=st.sampled_from(("append", "replace")))
    def plan_both(self, kind: str) -> None:
        self.plans.append(self.world.plan(kind, *SLICES))

    @rule(choice=st.randoms(use_true_random=False))
    def commit(self, choice) -> None:
        if self.plans:
            attempt(self.plans.pop(choice.randrange(len(self.plans))))

    @invariant()
    def every_slice_is_what_it_covers(self) -> None:
        self.world.check()

    def teardown(self) -> None:
        self._directory.cleanup()


TestInterleavings = Interleavings.TestCase
TestInterleavings.settings = settings(
    max_examples=15,
    stateful_step_count=14,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
