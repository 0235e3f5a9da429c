"""The run tags of ours: what a run is to do with its hours, and why it was launched."""

from collections.abc import Mapping

import dagster as dg

from orchestration.slice_work import Work

WORK = "limnograph/work"
"""`increment`: append what the tables miss. Anything else, or no such tag: rebuild the hours."""

REQUEST = "limnograph/request"
"""Id of the materialization request that a run serves."""

REQUEST_RUNS = "limnograph/request_runs"
"""How many runs serve that request."""

REQUEST_ATTEMPT = "limnograph/request_attempt"
"""Which attempt at that request a run is a part of, from 1 on."""

LANE = "limnograph/lane"
"""Which of the sensor's runs it is: over the newest hours, over the oldest, or a retry."""

STOP_AFTER = "limnograph/stop_after_s"
"""Seconds after which a step of an increment begins no further commit."""

PRIORITY = "dagster/priority"
"""Dagster's own: which of the runs that wait in its queue goes first, the highest."""

REASON = "limnograph/reason"
"""One line for people: why the run was launched."""


def work_of(tags: Mapping[str, str]) -> Work:
    """
    Return what a run is to do.

    A run without our tag was launched by a person from the UI or by a backfill: who asks for an
    hour that is there already wants it made anew.
    """
    return "increment" if tags.get(WORK) == "increment" else "rebuild"


def stop_after_s(tags: Mapping[str, str]) -> float | None:
    """Return the seconds that a step of an increment may go on for; None without a bound."""
    return float(tags[STOP_AFTER]) if STOP_AFTER in tags else None


def say_why(instance: dg.DagsterInstance, run: dg.DagsterRun, hours: int) -> None:
    """Tag a run that nobody gave a reason with what Dagster knows of its launch."""
    if REASON not in run.tags:
        why = f"{work_of(run.tags)} of {hours} h, {launched_by(run.tags)}"
        instance.add_run_tags(run.run_id, {REASON: why})


def launched_by(tags: Mapping[str, str]) -> str:
    """Return who or what launched a run, as far as Dagster's own tags tell."""
    if reexecuted := tags.get("dagster/parent_run_id"):
        return f"re-execution of run {reexecuted}"
    if backfill := tags.get("dagster/backfill"):
        return f"backfill {backfill} launched by hand"
    if schedule := tags.get("dagster/schedule_name"):
        return f"due by the schedule {schedule}"
    return "launched by hand"
