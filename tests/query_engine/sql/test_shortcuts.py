"""Queries that statistics answer in part, or that need only the newest rows, read few pieces."""

import random
from dataclasses import dataclass, field

import polars as pl
import pytest

from query_engine.functions.function import TIME
from query_engine.sql import lower_tops, plan
from query_engine.sql.catalog import Piece, Pieces, ScanRequest
from query_engine.sql.limits import TOP_ROWS_MAX
from query_engine.tables.pieces import within
from tests.query_engine.sql.memory import MemoryCatalog

SLACK = 5


@dataclass
class PieceTable:
    """Frames as the pieces of a table in the order of ``time``; the last one tells no bounds."""

    name: str
    frames: list[pl.DataFrame]
    read: set[int] = field(default_factory=set)

    @property
    def schema(self) -> pl.Schema:
        """The frames' columns."""
        return self.frames[0].schema

    def pieces(self, predicates, column):
        """Return each frame with bounds that are a little too wide."""
        if column not in {None, "time"}:
            return None
        found = []
        for number, frame in enumerate(self.frames[:-1]):
            times = frame["time"].to_physical()
            low, high = times.min() - number % SLACK, times.max() + number % SLACK
            known = all(p.column == "time" and within(p, low, high) for p in predicates)
            found.append(Piece(number, low, high, frame.height, whole=known))
        return Pieces((*found, Piece(len(self.frames) - 1)), SLACK)

    def scan(self, request: ScanRequest) -> pl.LazyFrame:
        """Return the rows of the pieces asked for, and keep which they were."""
        every = range(len(self.frames))
        wanted = sorted(every if request.pieces is None else request.pieces)
        self.read |= set(wanted)
        return pl.concat([self.schema.to_frame(), *(self.frames[n] for n in wanted)]).lazy()


class PieceCatalog(MemoryCatalog):
    """The table ``t`` in pieces."""

    def __init__(self, frames: list[pl.DataFrame]) -> None:
        super().__init__()
        self.t = PieceTable("t", frames)

    def table(self, name: str):
        """Return the one table."""
        assert name == "t"
        return self.t


def frames(seed: int, *, overlap: int = 3) -> list[pl.DataFrame]:
    """Return eight pieces of six rows; neighbours overlap in time, and the last piece is a tail."""
    rng = random.Random(seed)
    found = []
    for number in range(8):
        times = [number * 10 + rng.randrange(10 + overlap) for _ in range(6)]
        found.append(
            pl.DataFrame(
                {
                    "time": pl.Series(times).cast(pl.Int64).cast(TIME),
                    "level": [rng.randrange(1, 6) for _ in range(6)],
                    "msg": [rng.choice(["a", "b", None]) for _ in range(6)],
                }
            )
        )
    return found


def ask(sql: str, parts: list[pl.DataFrame]) -> tuple[pl.DataFrame, set[int]]:
    """Return an answer, and the pieces that were read for it."""
    catalog = PieceCatalog(parts)
    answer = plan(sql, catalog, now_ns=0).collect()
    return answer, catalog.t.read


@pytest.fixture(autouse=True)
def small_stages(monkeypatch):
    """Let every stage be a piece or a few."""
    monkeypatch.setattr(lower_tops, "STAGE_ROWS", 6)
    monkeypatch.setattr(lower_tops, "STAGE_GROWTH", 1)


def test_the_newest_rows_are_in_the_newest_pieces() -> None:
    """
    Without a filter the bounds tell before anything is read; the tail is always read.
    """
    answer, read = ask("SELECT time, msg FROM t ORDER BY time DESC LIMIT 2", frames(1))
    assert read <= {5, 6, 7}
    assert answer.height == 2


def test_the_oldest_rows_are_in_the_oldest_pieces() -> None:
    """
    The same from the other end.
    """
    _, read = ask("SELECT time FROM t ORDER BY time LIMIT 2", frames(1))
    assert read <= {0, 1, 7}


@pytest.mark.parametrize("seed", range(40))
def test_first_rows_are_those_of_a_full_sort(seed) -> None:
    """
    Filters, offsets, ties, further keys, either direction: the rows are the same, in order.
    """
    rng = random.Random(seed)
    parts = frames(seed, overlap=rng.choice([0, 3, 25]))
    way = rng.choice(["", " DESC"])
    where = rng.choice(
        [
            "",
            "WHERE level = 1",
            "WHERE level > 9",
            "WHERE msg = 'a' AND level < 4",
            "WHERE time < TIMESTAMP '1970-01-01 00:00:00.000000040'",
            "WHERE msg IS NULL",
        ]
    )
    sql = (
        f"SELECT time AS at, level * 2 AS twice, msg FROM t {where}"
        f" ORDER BY time{way}, level, msg LIMIT {rng.choice([1, 2, 7, 20])}"
        f" OFFSET {rng.choice([0, 0, 3])}"
    )
    whole = [pl.concat(parts), parts[0].clear()]
    answer, _ = ask(sql, parts)
    assert answer.rows() == ask(sql, whole)[0].rows(), sql


def test_stages_end_when_enough_is_found(monkeypatch) -> None:
    """
    The last stages are planned and never run.
    """
    ran = []
    monkeypatch.setattr(
        lower_tops.Stages,
        "is_enough",
        lambda self, found, best, old=lower_tops.Stages.is_enough: (
            ran.append(found.height) or old(self, found, best)
        ),
    )
    ask("SELECT time FROM t WHERE level > 0 ORDER BY time DESC LIMIT 3", frames(2))
    assert 1 <= len(ran) <= 3


def test_a_limit_beyond_the_bound_is_a_sort(monkeypatch) -> None:
    """
    For more than TOP_ROWS_MAX rows everything is read at once.
    """
    sql = f"SELECT time FROM t WHERE level > 0 ORDER BY time LIMIT {TOP_ROWS_MAX + 1}"
    answer, read = ask(sql, frames(3))
    assert read == set(range(8))
    assert answer.height == 48


@pytest.mark.parametrize(
    ("what", "read"),
    [
        ("count(*)", {7}),
        ("count(*), min(time)", {0, 7}),
        ("max(time)", {6, 7}),
        ("count(msg)", set(range(8))),
        ("count(*), max(level)", set(range(8))),
        ("count(*) FILTER (WHERE level = 1)", set(range(8))),
        ("count(DISTINCT time)", set(range(8))),
    ],
)
def test_statistics_answer_what_they_know(what, read) -> None:
    """
    Rows are counted from row counts; least and greatest are read from the pieces at the ends.
    """
    parts = frames(4, overlap=0)
    answer, pieces = ask(f"SELECT {what} FROM t", parts)
    assert pieces <= read or pieces == read
    assert (
        answer.rows()
        == ask(f"SELECT {what} FROM t", [pl.concat(parts), parts[0].clear()])[0].rows()
    )


@pytest.mark.parametrize("seed", range(40))
def test_counts_are_those_of_a_full_scan(seed) -> None:
    """
    Pieces inside a range are counted, those at its ends are read, whatever else is asked.
    """
    rng = random.Random(seed)
    parts = frames(seed, overlap=rng.choice([0, 3]))
    low, high = sorted(rng.sample(range(90), 2))
    where = rng.choice(
        [
            f"time >= TIMESTAMP '1970-01-01 00:00:00.0000000{low:02d}'",
            f"time < TIMESTAMP '1970-01-01 00:00:00.0000000{high:02d}'",
            (
                f"time BETWEEN TIMESTAMP '1970-01-01 00:00:00.0000000{low:02d}'"
                f" AND TIMESTAMP '1970-01-01 00:00:00.0000000{high:02d}'"
            ),
            "time < TIMESTAMP '1970-01-01' OR level = 1",
            "level < 3",
            "time IS NOT NULL",
        ]
    )
    sql = f"SELECT count(*) AS n, min(time), max(time) FROM t WHERE {where}"
    whole = [pl.concat(parts), parts[0].clear()]
    assert ask(sql, parts)[0].rows() == ask(sql, whole)[0].rows(), sql


def test_a_count_of_rows_that_somebody_else_reads_too_is_counted_as_ever() -> None:
    """
    A CTE with two readers is read once for both.
    """
    sql = "WITH c AS (SELECT * FROM t) SELECT (SELECT count(*) FROM c) + (SELECT sum(level) FROM c)"
    answer, _ = ask(sql, frames(5))
    assert answer.height == 1


def test_a_range_inside_counts_without_reading() -> None:
    """
    Pieces inside a range are counted; the others are read, since this twin prunes none.
    """
    sql = "SELECT count(*) FROM t WHERE time >= TIMESTAMP '1970-01-01 00:00:00.000000015'"
    _, read = ask(sql, frames(6, overlap=0))
    assert read == {0, 1, 7}
