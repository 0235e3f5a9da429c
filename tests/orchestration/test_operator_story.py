"""
The operator's story through the real webserver, daemon and code server, on a real lake.

Once by the questions that the UI sends, once with clicks in a browser. What came of each step is
read from the lake.
"""

import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from assets.storage.metadata.retention import Rule, rules
from orchestration.hours import key_of
from orchestration.uncovered_sensor import SENSOR_NAME
from stack.postgres import EmbeddedPostgres
from tests.orchestration.log_sender import log_payload
from tests.orchestration.operator_graphql import WAIT_S
from tests.orchestration.operator_lake import (
    HOURS,
    LAST,
    ROWS,
    VIEWS,
    Story,
    begun_story,
    day_locked,
)

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]


@pytest.fixture
def story(postgres_server: EmbeddedPostgres) -> Iterator[Story]:
    """Return the story's beginning: a platform of its own, as the UI shows the newest events."""
    root = Path(tempfile.mkdtemp(prefix="limnograph-story-"))
    try:
        with begun_story(postgres_server, root) as begun:
            yield begun
    finally:
        shutil.rmtree(root)


def test_an_operator_keeps_the_lake(story: Story) -> None:
    """
    Lag is seen and drains; a backfill of 48 hours is one run, is seen to advance, is cancelled, and
    goes on; what failed is run again; a check fails and says the remedy; compaction is planned,
    then done; retention is changed. After each step the tables have every row, once.

    The daemon looks at backfills every half minute: meanwhile the operator does something else.
    """
    lag_is_seen_and_drains(story)
    story.operator.switch_sensor(SENSOR_NAME, on=False)
    lost = story.segments[-1]
    story.sender.lake.objects.delete([lost])
    built = story.paths("log_entries")
    cancelled, done = a_backfill_is_cancelled(story)
    retention_is_changed(story)
    story.operator.backfill_ended(cancelled, "CANCELED")
    again = story.operator.rerun_backfill(cancelled)
    a_check_fails_and_its_remedy_helps(story)
    failed = what_was_cancelled_goes_on(story, again, done, built)
    story.sender.lake.objects.put_new(lost, log_payload(LAST))
    what_failed_is_run_again(story, failed)
    compaction_is_planned_then_done(story)
    # A success when the daemon looks only after the failed run was run again.
    story.operator.backfill_ended(again, "COMPLETED_SUCCESS", "COMPLETED_FAILED")
    assert story.whole()


def lag_is_seen_and_drains(story: Story) -> None:
    """What arrived while Dagster was down is a lag of two days, and nobody has to do anything."""
    lags = story.dagster.wait_for("a lag", lambda: story.operator.lags("log_entries"), WAIT_S)
    assert max(lags) > timedelta(hours=HOURS).total_seconds()
    story.dagster.wait_for("the tables", story.whole, WAIT_S)


def a_backfill_is_cancelled(story: Story) -> tuple[str, Sequence[str]]:
    """The run waits for blocks that it cannot read; the hours that it did before are done."""
    operator = story.operator
    before = story.paths("log_entries")
    with day_locked(story.sender.database_url, story.hours[-1]):
        backfill = operator.backfill(VIEWS, story.hours)
        (run,) = story.dagster.wait_for("its run", lambda: operator.runs_of(backfill), WAIT_S)
        story.dagster.wait_for(
            "it to advance", lambda: operator.recorded(run, "log_entries"), WAIT_S
        )
        operator.cancel(backfill)
        operator.ended(run, "CANCELED")
    assert "rebuild of 48 h" in operator.tags(run)["limnograph/reason"]
    done = operator.recorded(run, "log_entries")
    assert done == [key_of(hour) for hour in story.hours][: len(done)]
    assert len(done) < HOURS
    replaced = other_files(story, before)
    assert set(done) <= replaced  # the hour at which it was stopped may be replaced besides
    assert len(replaced) <= len(done) + 1
    assert story.whole()
    return backfill, done


def what_was_cancelled_goes_on(
    story: Story, again: str, done: Sequence[str], built: Mapping[str, set[str]]
) -> str:
    """Only hours that were not done are run; the one whose object is gone fails, by name."""
    operator = story.operator
    run = story.dagster.wait_for("its run", lambda: operator.runs_of(again), WAIT_S)[-1]
    operator.ended(run, "FAILURE")
    said, last = operator.said(run), key_of(story.hours[-1])
    assert f"1 of {HOURS - len(done)} hours failed, the others are done" in said
    assert f"{last}: PayloadMissing" in said
    assert story.segments[-1] in said
    assert not any(f"log_entries {hour}:" in said for hour in done)
    assert other_files(story, built) == {key_of(hour) for hour in story.hours} - {last}
    assert story.whole()
    return run


def what_failed_is_run_again(story: Story, failed: str) -> None:
    """The object is back: one hour is built, and no other."""
    before = story.paths("log_entries")
    run = story.operator.rerun(failed)
    story.operator.ended(run, "SUCCESS")
    last = key_of(story.hours[-1])
    assert f"log_entries {last}: {ROWS} rows" in story.operator.said(run)
    assert other_files(story, before) == {last}
    assert story.whole()


def a_check_fails_and_its_remedy_helps(story: Story) -> None:
    """With the sensor off a late block stays out of the tables; the check says where to look."""
    operator = story.operator
    story.send_late(story.hours[0] - timedelta(hours=1))
    passed, message = operator.ask_check("log_entries", "fresh")
    assert not passed
    assert message.startswith("not in the table yet: 1 block, ")
    assert f"Look at the sensor {SENSOR_NAME}" in message
    assert not story.whole()
    operator.switch_sensor(SENSOR_NAME, on=True)
    story.dagster.wait_for("the late block", story.whole, WAIT_S)
    assert operator.ask_check("log_entries", "fresh")[0]


def compaction_is_planned_then_done(story: Story) -> None:
    """The dry run says what it would do and has not; the run does just that, and loses no row."""
    operator = story.operator
    hour = story.hours[0] - timedelta(hours=1)
    story.send_late(hour)
    story.build("log_entries")
    story.dagster.wait_for("the late block in all tables", story.whole, WAIT_S)
    before = story.paths("log_entries")
    assert len(before[key_of(hour)]) > 1
    for dry_run in (True, False):
        told = {"views": ["log_entries"], "files_min": 2, "quiet_hours": 0}
        run = operator.launch("compaction", **told, dry_run=dry_run)
        operator.ended(run, "SUCCESS")
        headline, plan = operator.plan(run)
        assert (headline == "A plan; nothing was changed.") == dry_run
        assert "merge 2 files" in plan
        assert other_files(story, before) == (set() if dry_run else {key_of(hour)})
    assert len(story.paths("log_entries")[key_of(hour)]) == 1
    assert story.whole()


def retention_is_changed(story: Story) -> None:
    """A rule is planned, set and shown."""
    operator = story.operator
    told = {"subject": "log_entries", "keep_days": 30}
    for dry_run in (True, False):
        run = operator.launch("set_retention", **told, dry_run=dry_run)
        operator.ended(run, "SUCCESS")
        assert "keep 30 days instead of for ever" in operator.plan(run)[1]
        with story.sender.lake.connection() as conn:
            assert (rules(conn).get("log_entries") is None) == dry_run
    with story.sender.lake.connection() as conn:
        assert rules(conn)["log_entries"] == Rule("log_entries", 30, None)
    shown = operator.launch("set_retention")
    operator.ended(shown, "SUCCESS")
    assert "is kept 30 days" in operator.plan(shown)[1]


def other_files(story: Story, before: Mapping[str, set[str]]) -> set[str]:
    """Return the hours of the logs' table that had these files and have others now."""
    now = story.paths("log_entries")
    return {hour for hour, paths in before.items() if now.get(hour) != paths}


@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: tests/orchestration/get_chromium.sh")
@pytest.mark.skipif(
    "LIMNO_TEST_OPERATOR" not in os.environ,
    reason="`make screenshots` plays it; a UI beside other tests takes up to a quarter of an hour",
)
def test_an_operator_keeps_the_lake_with_clicks(story: Story, tmp_path: Path) -> None:
    """
    The same chapters as in docs/operators.md, in their order: each does what the page says.
    """
    from tests.orchestration import browser_story
    from tests.orchestration.operator_browser import browser

    with browser(str(CHROMIUM), story.dagster.url, tmp_path, settle_ms=0) as ui:
        browser_story.play(story, ui)
    named = (Path(__file__).parents[2] / "docs/operators.md").read_text()
    taken = {picture.name for picture in tmp_path.glob("*.png")}
    assert all(f"operators/{name}" in named for name in taken)
    assert named.count("](operators/") == len(taken)
