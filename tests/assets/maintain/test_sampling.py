"""Sampling: raw blocks that a rule does not keep go, later, and nothing else is lost by it."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from assets.errors import CallerError
from assets.maintain.catalog import task_named
from assets.maintain.covered import NotCovered, check_covered
from assets.maintain.query_door import QuestionFailed
from assets.maintain.task import Outcome, Site, run
from assets.materialize import materialize, rebuild
from assets.storage.metadata.forgetting import sampled_starts
from assets.storage.metadata.raw_days import raw_days
from assets.storage.metadata.retention import LAKE, RAW, Rule, set_rule
from assets.storage.metadata.sampling import (
    SamplingRule,
    drop_sampling_rule,
    sampled_days,
    sampling_rules,
    set_sampling_rule,
)
from assets.storage.tables import TableCache, retire_slices
from assets.views.catalog import BUILT_IN, VIEWS
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec
from assets.views.thread_spans import THREAD_SPANS

DAY = timedelta(days=1)
SPANS = [{"begin": 5, "duration": 7, "name": "work"}]
FAILED = "SELECT process_id FROM log_entries WHERE level <= 2"


class Asked:
    """Answers every question with the same processes, and remembers the questions."""

    def __init__(self, *processes: object) -> None:
        self.processes = processes
        self.questions: list[tuple[str, datetime, datetime]] = []

    def __call__(self, sql: str, begin: datetime, end: datetime) -> Sequence[tuple[Any, ...]]:
        self.questions.append((sql, begin, end))
        return [(process,) for process in self.processes]


def rule_of(*, tag: str = "cpu", keep: str | None = FAILED, name: str = "traces") -> SamplingRule:
    """Return a rule as most tests need it."""
    return SamplingRule(name, tag, keep, after_days=2, around_days=1)


def given(filled, rule: SamplingRule) -> None:
    """Make it hold."""
    with filled.lake.connection() as conn:
        set_sampling_rule(conn, rule)


def up_to_date(filled) -> None:
    """Bring all tables up to date."""
    for view in VIEWS:
        if view.scope == "global":
            materialize(filled.lake, view, filled.tables)


def sampled(filled, ask: Asked, *, after: timedelta = 4 * DAY, dry_run: bool = False) -> Outcome:
    """Run the task as if so much time had passed."""
    task = task_named("tail_sampling")
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + after, BUILT_IN, ask=ask)
    return run(task, site, task.settings(), dry_run=dry_run)


def blocks(filled) -> int:
    """Return how many raw blocks are known."""
    with filled.lake.connection() as conn:
        return sum(day.blocks for day in raw_days(conn))


def test_blocks_of_processes_that_the_rule_does_not_keep_go(filled, new_sender) -> None:
    """
    Two days later, marked first; what it keeps stays, and so does what has another tag.
    """
    kept, dropped, log = new_sender("cpu"), new_sender("cpu"), new_sender("log")
    for sender in (kept, dropped):
        filled.write(sender, SPANS)
    filled.write(log, [{"time": 1, "msg": "a"}])
    up_to_date(filled)
    given(filled, rule_of())
    ask = Asked(kept.process_id)
    assert sampled(filled, ask, after=DAY).planned == []
    assert sampled(filled, ask).numbers == {"days marked": 1}
    assert blocks(filled) == 3
    outcome = sampled(filled, ask)
    assert outcome.numbers["blocks"] == 1
    assert outcome.planned[0].action.endswith("keep those of 1 processes")
    assert filled.read(THREAD_SPANS, process_id=kept.process_id).height == 1
    assert filled.read(THREAD_SPANS, process_id=dropped.process_id).height == 0
    assert filled.read(LOG_ENTRIES).height == 1
    assert sampled(filled, ask).planned == []


def test_the_question_is_about_the_day_and_those_around_it(filled, new_sender) -> None:
    """
    Its cost does not grow with the lake.
    """
    filled.write(new_sender("cpu"), SPANS)
    up_to_date(filled)
    given(filled, rule_of())
    ask = Asked()
    sampled(filled, ask)
    ((sql, begin, end),) = ask.questions
    today = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (sql, begin, end) == (FAILED, today - DAY, today + 2 * DAY)


def test_a_dry_run_says_how_much_would_go(filled, new_sender) -> None:
    """
    And changes nothing, not even the mark.
    """
    filled.write(new_sender("cpu"), SPANS, SPANS)
    up_to_date(filled)
    given(filled, rule_of(keep=None))
    outcome = sampled(filled, Asked(), dry_run=True)
    assert outcome.planned[0].action.startswith("mark 2 blocks of ")
    with filled.lake.connection() as conn:
        assert sampled_days(conn, "traces") == {}
    assert blocks(filled) == 2


def test_rows_that_a_table_has_stay(filled, new_sender) -> None:
    """
    Somebody asked for that process in time: rows go by the view's own retention only.
    """
    sender = new_sender("cpu")
    filled.write(sender, SPANS)
    up_to_date(filled)
    materialize(filled.lake, THREAD_SPANS, filled.tables, process_id=sender.process_id)
    slices = list(filled.covered(THREAD_SPANS))
    given(filled, rule_of(keep=None))
    for _ in range(2):
        sampled(filled, Asked())
    assert blocks(filled) == 0
    rebuild(filled.lake, THREAD_SPANS, filled.tables, slices)
    assert filled.read(THREAD_SPANS, process_id=sender.process_id).height == 1


def test_a_rebuild_leaves_an_hour_alone_that_lost_some_blocks(filled, new_sender) -> None:
    """
    What is left would make fewer rows than the table has; hours that are whole are rebuilt.
    """
    one, other = new_sender(), new_sender()
    for sender in (one, other):
        filled.write(sender, [{"time": 1, "msg": "a"}])
    up_to_date(filled)
    slices = list(filled.covered(LOG_ENTRIES))
    assert rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices).commits == 1
    given(filled, rule_of(tag="log"))
    for _ in range(2):
        sampled(filled, Asked(one.process_id))
    assert blocks(filled) == 1
    assert rebuild(filled.lake, LOG_ENTRIES, filled.tables, slices).commits == 0
    assert filled.read(LOG_ENTRIES).height == 2


def test_what_a_table_lacks_is_kept_until_it_has_it(filled, new_sender) -> None:
    """
    Also when it turns out only after the day was marked.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    given(filled, rule_of(tag="log", keep=None))
    outcome = sampled(filled, Asked())
    assert "log_entries lacks 1 hours" in str(outcome.failed[0][1])
    up_to_date(filled)
    assert sampled(filled, Asked()).numbers == {"days marked": 1}
    filled.write(new_sender(), [{"time": 1, "msg": "late"}])
    assert sampled(filled, Asked()).failed
    assert blocks(filled) == 2
    up_to_date(filled)
    for _ in range(2):
        sampled(filled, Asked())
    assert blocks(filled) == 0
    assert filled.read(LOG_ENTRIES).height == 2


def test_what_an_open_transaction_holds_back_from_the_tables_is_kept(filled, new_sender) -> None:
    """
    A block that is visible and not settled is in no table yet, and no cut of the sensor's either.
    """
    open_batch = filled.begin(new_sender(), [[{"time": 1, "msg": "open"}]])
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    up_to_date(filled)
    given(filled, rule_of(tag="log", keep=None))
    outcome = sampled(filled, Asked())
    assert "log_entries lacks 1 hours" in str(outcome.failed[0][1])
    assert filled.read(LOG_ENTRIES)["msg"].to_list() == ["a"]
    open_batch.commit()
    up_to_date(filled)
    for _ in range(2):
        sampled(filled, Asked())
    assert blocks(filled) == 0
    assert sorted(filled.read(LOG_ENTRIES)["msg"]) == ["a", "open"]


def test_a_day_that_a_transaction_could_still_add_to_is_kept(filled, new_sender) -> None:
    """
    What it commits would go with the others, and no table would have it.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    up_to_date(filled)
    day = datetime.now(UTC).date()
    site = Site(filled.lake, TableCache(), datetime.now(UTC) + 3 * DAY, BUILT_IN)
    check_covered(site, day)
    with filled.lake.connection() as conn:
        conn.execute(
            """
            INSERT INTO slice_closings (slice_start, closing_position)
            SELECT date_trunc('hour', clock_timestamp(), 'UTC'), position + 1000000
            FROM last_horizon
            """
        )
    with pytest.raises(NotCovered, match="could still add to"):
        check_covered(site, day)


def test_a_rule_that_cannot_be_asked_stops_no_other(filled, new_sender) -> None:
    """
    Nothing of its tag goes, and the run fails with its words.
    """

    def refusing(sql: str, begin: datetime, end: datetime) -> Sequence[tuple[Any, ...]]:
        raise QuestionFailed("no column levl")

    filled.write(new_sender("cpu"), SPANS)
    filled.write(new_sender("metrics"), [{"time": 1, "value": 1.0}])
    up_to_date(filled)
    given(filled, rule_of(name="a"))
    given(filled, rule_of(name="b", tag="metrics", keep=None))
    for _ in range(2):
        outcome = sampled(filled, refusing)
    assert [str(error) for _, error in outcome.failed] == ["no column levl"]
    assert outcome.planned[0].action == "cannot be asked: no column levl"
    assert outcome.numbers["blocks"] == 1


@pytest.mark.parametrize(
    ("answer", "said"),
    [(["shop"], "is not a process_id"), ([7], "is not a process_id")],
)
def test_an_answer_that_names_no_processes_forgets_nothing(
    filled, new_sender, answer: list[object], said: str
) -> None:
    """
    A rule with a mistake must not look like one that keeps nothing.
    """
    filled.write(new_sender("cpu"), SPANS)
    up_to_date(filled)
    given(filled, rule_of())
    outcome = sampled(filled, Asked(*answer))
    assert said in str(outcome.failed[0][1])


def test_a_rule_that_keeps_too_many_processes_forgets_nothing(
    filled, new_sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    Its answer would not fit in memory.
    """
    monkeypatch.setattr("assets.maintain.tail_sampling.KEPT_PROCESSES_MAX", 0)
    sender = new_sender("cpu")
    filled.write(sender, SPANS)
    up_to_date(filled)
    given(filled, rule_of())
    outcome = sampled(filled, Asked(sender.process_id))
    assert "keeps over 0 processes" in str(outcome.failed[0][1])


def test_a_run_looks_at_so_many_days(filled, new_sender, monkeypatch: pytest.MonkeyPatch) -> None:
    """
    The rest is left to the next ones.
    """
    monkeypatch.setattr("assets.maintain.tail_sampling.SAMPLED_DAYS_PER_RUN", 0)
    filled.write(new_sender("cpu"), SPANS)
    given(filled, rule_of())
    assert sampled(filled, Asked()).planned == []


@pytest.mark.parametrize("keep", [FAILED, FAILED.replace("log_entries", "Log_Entries")])
def test_a_view_that_forgets_sooner_than_the_rule_asks_is_refused(
    filled, new_sender, keep: str
) -> None:
    """
    The answer would be that nothing is to be kept.
    """
    filled.write(new_sender("cpu"), SPANS)
    up_to_date(filled)
    given(filled, rule_of(keep=keep))
    with filled.lake.connection() as conn:
        set_rule(conn, Rule("log_entries", keep_days=3))
    outcome = sampled(filled, Asked())
    assert "asks log_entries, which is kept 3 days" in str(outcome.failed[0][1])


@pytest.mark.parametrize("subject", ["log_entries", LAKE])
def test_a_view_that_lost_hours_for_want_of_space_is_not_believed(
    filled, new_sender, subject: str
) -> None:
    """
    Nothing goes; while the rule by size has taken nothing, sampling does its work.
    """
    filled.write(new_sender("cpu"), SPANS)
    filled.write(new_sender(), [{"time": 1, "msg": "failed"}])
    up_to_date(filled)
    given(filled, rule_of(keep=FAILED.replace("log_entries", "LOG_ENTRIES")))
    with filled.lake.connection() as conn:
        set_rule(conn, Rule(subject, keep_bytes=1))
    assert not sampled(filled, Asked()).failed
    retire_slices(filled.lake, table_spec(LOG_ENTRIES), filled.slices(LOG_ENTRIES))
    outcome = sampled(filled, Asked())
    assert "retention by size has left" in str(outcome.failed[0][1])
    assert blocks(filled) == 2


def test_a_changed_rule_looks_at_its_days_again(filled, new_sender) -> None:
    """
    It may forget more; what is forgotten does not come back.
    """
    sender = new_sender("cpu")
    filled.write(sender, SPANS)
    up_to_date(filled)
    given(filled, rule_of())
    for _ in range(2):
        sampled(filled, Asked(sender.process_id))
    assert blocks(filled) == 1
    given(filled, rule_of(keep=None))
    for _ in range(2):
        sampled(filled, Asked())
    assert blocks(filled) == 0


def test_marks_go_with_their_rule_and_with_the_day(filled, new_sender) -> None:
    """
    Nothing is remembered of days of which no block is left.
    """
    filled.write(new_sender(), [{"time": 1, "msg": "a"}])
    up_to_date(filled)
    given(filled, rule_of(tag="log", keep=None))
    for _ in range(2):
        sampled(filled, Asked())
    start = next(iter(filled.covered(LOG_ENTRIES))).start
    with filled.lake.connection() as conn:
        assert sampled_starts(conn, "log", [start], of_process=False) == {start}
        assert len(sampled_days(conn, "traces")) == 1
        set_rule(conn, Rule(RAW, keep_days=1))
    task = task_named("raw_retention")
    for _ in range(2):
        site = Site(filled.lake, TableCache(), datetime.now(UTC) + 4 * DAY, BUILT_IN)
        run(task, site, task.settings(), dry_run=False)
    with filled.lake.connection() as conn:
        assert sampled_starts(conn, "log", [start], of_process=False) == set()
        assert sampled_days(conn, "traces") == {}
        drop_sampling_rule(conn, "traces")
        assert sampling_rules(conn) == []


def told(filled, ask: Asked | None = None, **settings: object) -> list[str]:
    """Run set_sampling; return what its steps were."""
    task = task_named("set_sampling")
    site = Site(filled.lake, TableCache(), datetime.now(UTC), BUILT_IN, ask=ask or Asked())
    outcome = run(task, site, task.settings(**settings), dry_run=False)
    assert not outcome.failed
    return [f"{step.subject}: {step.action}" for step in outcome.planned]


def test_a_rule_is_set_shown_and_dropped_by_a_task(filled) -> None:
    """
    Its SQL is tried before it holds.
    """
    ask = Asked()
    told(filled, ask, name="traces", tag="cpu", keep=f"{FAILED};")
    assert ask.questions[0][0] == FAILED
    assert told(filled) == [
        f"traces: forgets cpu blocks after 3 days, but those of processes in ({FAILED})"
    ]
    told(filled, name="traces", tag="cpu", keep="none", after_days=9)
    assert told(filled) == ["traces: forgets cpu blocks after 9 days, all of them"]
    told(filled, name="traces")
    assert told(filled) == []


def test_a_rule_that_makes_no_sense_is_refused(filled) -> None:
    """
    With what would.
    """
    with pytest.raises(CallerError, match="no blocks have the tag 'gpu'; tags are: cpu, "):
        told(filled, name="traces", tag="gpu", keep="none")
    with filled.lake.connection() as conn, pytest.raises(CallerError, match="must be more than"):
        set_sampling_rule(conn, SamplingRule("a", "cpu", None, after_days=1, around_days=1))
