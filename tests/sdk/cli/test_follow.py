"""Following logs: every entry once, however late its block becomes visible and whatever fails."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limnograph.cli.follow import Block, Tail
from limnograph.cli.limits import (
    FOLLOW_BLOCKS_PER_QUERY,
    FOLLOW_LATE_EVERY,
    FOLLOW_LATE_S,
    FOLLOW_OVERLAP_S,
    FOLLOW_ROWS_PER_QUERY,
)

SECOND_NS = 1_000_000_000


@dataclass
class Lake:
    """A lake in memory, whose blocks become visible when they are committed."""

    seconds: float = 1_000_000.0
    visible: list[Block] = field(default_factory=list)
    asked: list[Sequence[Block]] = field(default_factory=list)
    listed_since: list[int] = field(default_factory=list)
    failures: int = 0

    def commit(self, name: str, late_s: float = 0.0, rows: int = 1) -> None:
        """Make a block visible whose insert time is that long ago."""
        self.visible.append(Block(name, int((self.seconds - late_s) * SECOND_NS), rows))

    def now_ns(self) -> int:
        return int(self.seconds * SECOND_NS)

    def blocks(self, since_ns: int) -> list[Block]:
        self._fail()
        self.listed_since.append(since_ns)
        return [block for block in self.visible if block.insert_ns >= since_ns]

    def entries(self, blocks: Sequence[Block]) -> list[dict[str, Any]]:
        self._fail()
        self.asked.append(blocks)
        return [{"block_id": block.block_id} for block in blocks]

    def _fail(self) -> None:
        if self.failures:
            self.failures -= 1
            raise ConnectionError


def names(tail: Tail) -> list[str]:
    """Return the blocks whose entries one look shows."""
    return [entry["block_id"] for entries in tail.look() for entry in entries]


def every_late_look(tail: Tail) -> list[str]:
    """Return what is shown until a look has reached back as far as looks do."""
    return [name for _ in range(FOLLOW_LATE_EVERY) for name in names(tail)]


def test_what_is_there_is_history_and_what_comes_is_shown_once() -> None:
    """
    The begin divides the blocks: one side or the other, never both.
    """
    lake = Lake()
    lake.commit("before")
    tail = Tail(lake)
    lake.commit("after", late_s=1)
    assert tail.is_history("before", lake.visible[0].insert_ns)
    assert not tail.is_history("after", lake.visible[1].insert_ns)
    assert tail.is_history("long ago", lake.now_ns() - 3600 * SECOND_NS)
    assert names(tail) == ["after"]
    assert names(tail) == []


def test_a_block_that_was_committed_late_is_shown_too() -> None:
    """
    One that is a little late at the next look, one that is very late some looks on.
    """
    lake = Lake()
    tail = Tail(lake)
    lake.commit("newest")
    assert names(tail) == ["newest"]
    lake.commit("late", late_s=FOLLOW_OVERLAP_S - 1)
    lake.commit("very late", late_s=FOLLOW_LATE_S - 1)
    assert names(tail) == ["late"]
    assert every_late_look(tail) == ["very late"]
    assert every_late_look(tail) == []


def test_what_failed_is_asked_again_and_nothing_twice() -> None:
    """
    A look that breaks off between two pieces goes on with the second.
    """
    lake = Lake()
    tail = Tail(lake)
    for number in range(2 * FOLLOW_BLOCKS_PER_QUERY):
        lake.commit(f"{number}")
    look = tail.look()
    shown = [entry["block_id"] for entry in next(look)]
    lake.failures = 1
    with pytest.raises(ConnectionError):
        next(look)
    lake.failures = 1
    with pytest.raises(ConnectionError):
        names(tail)
    shown += names(tail)
    assert shown == [block.block_id for block in lake.visible]


def test_one_query_asks_for_a_bounded_number_of_entries() -> None:
    """
    Many blocks are asked for in turns; a block that is larger than the bound comes alone.
    """
    lake = Lake()
    tail = Tail(lake)
    for rows in (10, FOLLOW_ROWS_PER_QUERY - 10, 1, FOLLOW_ROWS_PER_QUERY * 2, 1):
        lake.commit(f"{len(lake.visible)}", rows=rows)
    assert names(tail) == ["0", "1", "2", "3", "4"]
    assert [len(blocks) for blocks in lake.asked] == [2, 1, 1, 1]


def test_memory_is_bounded_and_what_is_forgotten_is_not_shown_again() -> None:
    """
    Beyond so many blocks the oldest are no longer looked for.
    """
    lake = Lake()
    tail = Tail(lake, blocks_max=10)
    for number in range(50):
        lake.seconds += 0.1
        lake.commit(f"{number}")
    assert len(names(tail)) == 50
    assert every_late_look(tail) == []
    lake.commit("late", late_s=0.5)
    assert every_late_look(tail) == ["late"]


def test_looks_reach_back_far_only_now_and_then() -> None:
    """
    A busy lake is not asked for two minutes of blocks every second.
    """
    lake = Lake()
    tail = Tail(lake)
    lake.seconds += 3600
    lake.commit("newest")
    lake.listed_since.clear()
    for _ in range(FOLLOW_LATE_EVERY + 2):
        names(tail)
    backs = [(lake.now_ns() - since) // SECOND_NS for since in lake.listed_since[1:]]
    assert backs.count(FOLLOW_LATE_S) == 1
    assert backs.count(FOLLOW_OVERLAP_S) == FOLLOW_LATE_EVERY


EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("commit"), st.floats(0, FOLLOW_LATE_S - 1)),
        st.tuples(st.just("pass"), st.floats(0, 300)),
        st.tuples(st.just("look"), st.just(0.0)),
        st.tuples(st.just("fail"), st.just(0.0)),
    ),
    max_size=80,
)


@settings(deadline=None)
@given(before=EVENTS, after=EVENTS)
def test_every_block_is_shown_exactly_once(
    before: list[tuple[str, float]], after: list[tuple[str, float]]
) -> None:
    """
    Whatever the order of commits, looks, failures and pauses: what became visible after the begin
    is shown once, what was visible before is not, as long as commits are less late than the bound.
    """
    lake = Lake()
    committed: list[str] = []

    def happen(events: list[tuple[str, float]], tail: Tail | None) -> list[str]:
        found: list[str] = []
        for kind, amount in events:
            if kind == "commit":
                # A real commit is late by its own transaction: never before the newest by more.
                committed.append(f"{len(committed)}")
                lake.commit(committed[-1], late_s=amount)
            elif kind == "pass":
                lake.seconds += amount
            elif tail is not None:
                lake.failures = kind == "fail"
                try:
                    for entries in tail.look():
                        found += [entry["block_id"] for entry in entries]
                except ConnectionError:
                    lake.failures = 0
                lake.failures = 0
        return found

    happen(before, None)
    history = list(committed)
    tail = Tail(lake)
    shown = happen(after, tail) + every_late_look(tail)
    assert len(shown) == len(set(shown))
    assert not set(shown) & set(history)
    assert set(shown) == set(committed) - set(history)
