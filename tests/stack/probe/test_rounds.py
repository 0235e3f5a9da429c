"""What the rounds of the probe make of doors that lose, double, delay or do not answer."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime

import limnograph
from stack import limits
from stack.probe.questions import QUESTIONS
from stack.probe.rounds import Rounds


class Lake:
    """Both doors in memory, with the faults that a test asks for, and a clock that it moves."""

    process_id = "00000000-0000-0000-0000-000000000001"

    def __init__(self) -> None:
        self.now = 100.0
        self.there: Counter[int] = Counter()
        self.lost: set[int] = set()
        self.takes = self.answers = True
        self.visible_at = 0.0
        self.measures: list[tuple[str, float | None, float | None, int]] = []

    def write(self, sequence: int) -> None:
        if self.takes and sequence not in self.lost:
            self.there[sequence] += 1

    def acknowledged(self, seconds_max: float) -> bool:
        self.now += 0.25 if self.takes else seconds_max
        return self.takes

    def times(self, view: str, since: datetime) -> Mapping[int, int]:
        assert view in QUESTIONS
        self.now += 0.125
        if not self.answers:
            raise limnograph.QueryError("unavailable", "nobody is there\nsecond line")
        return dict(self.there) if self.now >= self.visible_at else {}

    def measured(
        self, view: str, acknowledged: float | None, visible: float | None, wrong: int
    ) -> None:
        self.measures.append((view, acknowledged, visible, wrong))

    def sleep(self, seconds: float) -> None:
        self.now += seconds


def rounds_of(lake: Lake) -> Rounds:
    """Return rounds by that lake's clock."""
    return Rounds(lake, clock=lambda: lake.now, sleep=lake.sleep)


def test_an_event_that_is_there_once_is_well() -> None:
    """
    Its two times are measured, for each view, and recorded as measures.
    """
    lake = Lake()
    results = rounds_of(lake).next()
    assert [one.view for one in results] == list(QUESTIONS)
    assert all(one.is_well for one in results)
    assert {one.acknowledged_after for one in results} == {0.25}
    assert results[0].visible_after == 0.125
    assert lake.measures[0] == ("log_entries", 0.25, 0.125, 0)


def test_an_event_that_shows_late_has_its_time() -> None:
    """
    The door is asked again until it is there.
    """
    lake = Lake()
    lake.visible_at = lake.now + 5
    first = rounds_of(lake).next()[0]
    assert first.is_well
    assert first.visible_after is not None
    assert first.visible_after >= 4.5


def test_an_acknowledged_event_that_is_not_in_sql_is_missing() -> None:
    """
    The round says which, and so does each later one that still watches it.
    """
    lake = Lake()
    lake.lost.add(1)
    rounds = rounds_of(lake)
    for _ in range(2):
        one = rounds.next()[0]
        assert not one.is_well
        assert one.missing == 1
        assert one.problem == "acknowledged, and not in SQL: rounds 1"


def test_an_event_that_is_there_twice_is_doubled() -> None:
    """
    However long ago it was written, within the rounds that are watched.
    """
    lake = Lake()
    rounds = rounds_of(lake)
    rounds.next()
    lake.there[1] += 1
    one = rounds.next()[0]
    assert (one.missing, one.doubled, one.is_well) == (0, 1, False)
    assert one.problem == "in SQL more than once: rounds 1"


def test_an_event_that_was_not_acknowledged_is_not_called_missing() -> None:
    """
    It may come later, when the SDK's next try succeeds, or not.
    """
    lake = Lake()
    lake.takes = False
    rounds = rounds_of(lake)
    one = rounds.next()[0]
    assert one.acknowledged_after is None
    assert one.missing == 0
    assert one.problem == "the receiver did not acknowledge round 1 within 20 s"
    lake.takes = True
    assert rounds.next()[0].is_well


def test_a_query_service_that_is_away_is_named() -> None:
    """
    In one line, and nothing is called missing that nobody could look for.
    """
    lake = Lake()
    lake.answers = False
    one = rounds_of(lake).next()[0]
    assert not one.is_well
    assert (one.missing, one.visible_after) == (0, None)
    assert one.problem == "the query service does not answer: nobody is there"


def test_only_recent_rounds_are_watched() -> None:
    """
    Retention may have taken older ones.
    """
    lake = Lake()
    lake.lost.add(1)
    rounds = rounds_of(lake)
    for _ in range(limits.PROBE_ROUNDS_WATCHED):
        assert not rounds.next()[0].is_well
    assert rounds.next()[0].is_well
