"""How the run of an asset ends when some of its hours, or all of storage, gave trouble."""

import dagster as dg

from orchestration.hours import key_of
from orchestration.limits import (
    FAILURES_LISTED_MAX,
    REASON_CHARS_MAX,
    STEP_RETRIES_MAX,
    STEP_RETRY_WAIT_S,
)
from orchestration.slice_work import Outcome


def reason_of(instance: dg.DagsterInstance, run_id: str) -> str | None:
    """
    Return in one line why a run failed; None when none of its steps did.

    Then its process was killed, its machine went away, or its time was over: another run may do.
    """
    for entry in instance.all_logs(run_id, of_type=dg.DagsterEventType.STEP_FAILURE):
        event = entry.dagster_event
        data = event.step_failure_data if event else None
        if data is None:
            continue
        described = data.user_failure_data.description if data.user_failure_data else None
        message = described or (data.error.message if data.error else "") or "it does not say why"
        return " ".join(message.split())[:REASON_CHARS_MAX]
    return None


def retry_later(retries: int) -> dg.RetryRequested:
    """Return what makes Dagster start the step again, after twice the wait of the time before."""
    return dg.RetryRequested(STEP_RETRIES_MAX, seconds_to_wait=STEP_RETRY_WAIT_S * 2**retries)


def failure_of(outcome: Outcome) -> dg.Failure:
    """Return the failure of a run: which hours are not up to date, and why."""
    lines = [
        f"{key_of(slice_.start)}: {type(error).__name__}: {error}"
        for slice_, error in list(outcome.failed.items())[:FAILURES_LISTED_MAX]
    ]
    unnamed = len(outcome.failed) - len(lines)
    if unnamed:
        lines.append(f"and {unnamed} more")
    total = len(outcome.failed) + len(outcome.done)
    return dg.Failure(
        f"{len(outcome.failed)} of {total} hours failed, the others are done:\n" + "\n".join(lines),
        allow_retries=False,
    )
