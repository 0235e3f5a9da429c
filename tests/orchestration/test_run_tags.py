"""Every run says why it was launched."""

import dagster as dg
import pytest

from orchestration.run_tags import REASON, STOP_AFTER, launched_by, say_why, stop_after_s


@pytest.mark.parametrize(
    ("tags", "why"),
    [
        ({}, "launched by hand"),
        ({"dagster/backfill": "abc"}, "backfill abc launched by hand"),
        ({"dagster/schedule_name": "nightly"}, "due by the schedule nightly"),
        (
            {"dagster/parent_run_id": "xyz", "dagster/backfill": "abc"},
            "re-execution of run xyz",
        ),
    ],
)
def test_dagsters_own_tags_tell_who_launched_a_run(tags: dict[str, str], why: str) -> None:
    """
    People, backfills, schedules; what is re-executed names the run before.
    """
    assert launched_by(tags) == why


def test_a_run_without_a_reason_gets_one_and_others_keep_theirs() -> None:
    """
    What the sensor or a person wrote is better than what can be concluded.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        for tags, why in (
            ({}, "rebuild of 3 h, launched by hand"),
            ({REASON: "I want it"}, "I want it"),
        ):
            run = instance.add_run(dg.DagsterRun(job_name="work", tags=tags))
            say_why(instance, run, 3)
            found = instance.get_run_by_id(run.run_id)
            assert found is not None
            assert found.tags[REASON] == why


def test_only_runs_that_carry_a_bound_stop_by_themselves() -> None:
    """
    What a person launches goes on to its end.
    """
    assert stop_after_s({}) is None
    assert stop_after_s({STOP_AFTER: "60.0"}) == 60
