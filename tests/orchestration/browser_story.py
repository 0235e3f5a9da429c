"""
The operator's story in a browser: the chapters of docs/operators.md that have pictures.

Played by the test of the UI and by ``make screenshots``; each chapter leaves pictures.
"""

import re
from datetime import datetime, timedelta

from playwright.sync_api import expect

from assets.storage.metadata.retention import rules
from orchestration.hours import key_of
from orchestration.uncovered_sensor import SENSOR_NAME
from tests.orchestration.log_sender import log_payload
from tests.orchestration.operator_browser import Browser
from tests.orchestration.operator_graphql import WAIT_S
from tests.orchestration.operator_lake import LAST, ROWS, Story, day_locked

BACKFILL_MENU = "//button[@role='tab'][1]/preceding::button[1]"
"""The menu in the corner of a backfill's page."""

RUN_MENU = "//button[contains(., 'Re-execute')]/following::button[1]"
"""The arrow beside the button that runs a run again."""

EXECUTE = re.compile(r"\bExecute$")
"""Ends the name of the button that asks one check; the name begins with that of its icon."""

RUN_ID = re.compile(r"^[0-9a-f]{8}$")
"""How lists show the id of a run, which leads to its page."""

SENSOR = f"/locations/limnograph/sensors/{SENSOR_NAME}"


def play(story: Story, ui: Browser) -> None:
    """
    Go through all chapters.

    The daemon looks at backfills every half minute: meanwhile something else is done.
    """
    lag(story, ui)
    lineage(ui)
    switch_sensor(ui, on=False)
    backfill = cancelling_backfill(story, ui)
    retention(story, ui)
    cancelled_backfill(story, ui, backfill)
    failed_run(story, ui)
    failing_check(story, ui)
    compaction(story, ui)


def lag(story: Story, ui: Browser) -> None:
    """How far the table is behind, and that it catches up by itself."""
    story.dagster.wait_for("the tables", story.whole, WAIT_S)
    ui.open("/assets/log_entries?view=events")
    ui.see("lag over time")
    ui.see("newest rows")
    ui.picture("hour")
    ui.open("/assets/log_entries?view=overview")
    ui.see("Delta Lake")
    ui.see("every log record of every process")
    ui.picture("table")


def lineage(ui: Browser) -> None:
    """What is made from what."""
    ui.open("/asset-groups")
    ui.see("rollups")
    ui.see("maintenance")
    ui.picture("lineage")


def switch_sensor(ui: Browser, *, on: bool) -> None:
    """Stop the sensor that launches runs, or start it again."""
    ui.open(SENSOR)
    switch = ui.page.get_by_role("checkbox").first
    switch.wait_for(state="attached")
    if switch.is_checked() != on:
        switch.locator("xpath=..").click()
    expect(switch).to_be_checked(checked=on)


def choose_hours(ui: Browser, hours: str) -> None:
    """Open the dialog that materializes, and write which hours."""
    ui.open("/assets/log_entries?view=partitions")
    ui.press("Materialize")
    selection = ui.page.get_by_role("dialog").get_by_placeholder("No matching partitions")
    selection.fill(hours)
    selection.press("Enter")


def cancelling_backfill(story: Story, ui: Browser) -> str:
    """Two days are launched anew, are seen to advance, and are stopped; returns their page."""
    choose_hours(ui, f"[{key_of(story.hours[0])}...{key_of(story.hours[-1])}]")
    ui.see("48 partitions")
    ui.picture("launch")
    with day_locked(story.sender.database_url, story.hours[-1]):
        ui.press("Launch backfill")
        ui.page.get_by_role("button", name="View", exact=True).or_(
            ui.page.get_by_role("link", name="View", exact=True)
        ).click()
        ui.page.get_by_text(re.compile(r"^[1-9]\d*% completed")).wait_for()
        ui.picture("advancing")
        ui.choose("Cancel backfill", menu=ui.page.locator(BACKFILL_MENU))
        ui.see("In progress runs associated with this backfill will be canceled")
        ui.press("Cancel backfill")
        page = ui.path()
        (run,) = story.operator.runs_of(page.rpartition("/")[2])
        story.operator.ended(run, "CANCELED")
    return page


def cancelled_backfill(story: Story, ui: Browser, page: str) -> None:
    """What was stopped is told to be, and no row is lost."""
    ui.open(page)
    ui.page.get_by_text("Canceled", exact=True).first.wait_for()
    ui.picture("cancelled")
    assert story.whole()


def failed_run(story: Story, ui: Browser) -> None:
    """An hour cannot be built as an object is gone; when it is there again, the run goes on."""
    lost, hour = story.segments[-1], key_of(story.hours[-1])
    story.sender.lake.objects.delete([lost])
    before = story.paths("log_entries")[hour]
    choose_hours(ui, hour)
    ui.press("Launch 1 run")
    expect(ui.page.get_by_role("dialog")).to_have_count(0)
    ui.open("/runs")
    ui.page.locator("a[href*='/runs/']").filter(has_text=RUN_ID).first.click()
    ui.see("1 of 1 hours failed")
    ui.page.locator(RUN_MENU).click()
    ui.see("From failure")
    ui.picture("failed")
    ui.page.keyboard.press("Escape")
    assert story.paths("log_entries")[hour] == before
    story.sender.lake.objects.put_new(lost, log_payload(LAST))
    ui.choose("From failure", menu=ui.page.locator(RUN_MENU))
    ui.page.get_by_text("Success", exact=True).first.wait_for()
    ui.see(f"log_entries {hour}: {ROWS} rows")
    ui.picture("rerun")
    assert story.paths("log_entries")[hour] != before
    assert story.whole()


def failing_check(story: Story, ui: Browser) -> None:
    """A block stays out of the tables; the check says where to look, and passes after that."""
    story.send_late(before_all(story))
    ask_check(ui)
    ui.see("not in the table yet")
    ui.page.get_by_text("Failed", exact=True).first.wait_for()
    ui.picture("check_failed")
    ui.open(SENSOR)
    ui.page.get_by_role("checkbox").first.wait_for(state="attached")
    ui.picture("sensor")
    switch_sensor(ui, on=True)
    story.dagster.wait_for("the late block in the tables", story.whole, WAIT_S)
    ask_check(ui)
    ui.see("every acknowledged block is in the table")
    ui.picture("check_passed")


def ask_check(ui: Browser) -> None:
    """Have the check `fresh` asked now."""
    ui.open("/assets/log_entries?view=checks&checkDetail=fresh")
    ui.page.get_by_role("button", name=EXECUTE).click()


def compaction(story: Story, ui: Browser) -> None:
    """A plan is asked for before anything is done; then it is done, and no row is lost."""
    hour = before_all(story)
    story.send_late(hour)
    story.build("log_entries")
    story.dagster.wait_for("the late block in all tables", story.whole, WAIT_S)
    before = story.paths("log_entries")[key_of(hour)]
    assert len(before) > 1
    told = "      views: [log_entries]\n      files_min: 2\n      quiet_hours: 0\n"
    config = f"ops:\n  run_compaction:\n    config:\n{told}"
    ui.write("compaction", f"{config}      dry_run: true\n")
    ui.picture("dry_run")
    ui.press("Launch Run")
    show_plan(ui)
    ui.see("merge 2 files")
    ui.picture("plan")
    assert story.paths("log_entries")[key_of(hour)] == before
    ui.write("compaction", config)
    ui.press("Launch Run")
    show_plan(ui)
    ui.see("2 files of 0.0 MB became 1")
    ui.picture("compacted")
    assert len(story.paths("log_entries")[key_of(hour)]) == 1
    assert story.whole()


def retention(story: Story, ui: Browser) -> None:
    """How long rows are kept is changed."""
    told = "      subject: log_entries\n      keep_days: 90\n"
    ui.write("set_retention", f"ops:\n  run_set_retention:\n    config:\n{told}")
    ui.press("Launch Run")
    ui.see("kept 90 days from now on")
    ui.picture("retention")
    with story.sender.lake.connection() as conn:
        assert rules(conn)["log_entries"].keep_days == 90


def show_plan(ui: Browser) -> None:
    """Wait for the end of a run of maintenance, and open what it tells."""
    ui.page.get_by_text("Success", exact=True).first.wait_for()
    ui.see("Show Markdown").click()


def before_all(story: Story) -> datetime:
    """Return an hour before those of the story, in which a block may still arrive."""
    return story.hours[0] - timedelta(hours=2)
