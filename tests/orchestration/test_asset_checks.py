"""Checks in Dagster: on the asset that they are about, with what to do when they fail."""

import dagster as dg

from assets.checks.catalog import CHECKS
from assets.materialize import materialize
from assets.views.catalog import VIEWS, view_named
from orchestration.asset_checks import JOB_NAME
from orchestration.definitions import JOB_NAME as INCREMENTS
from orchestration.definitions import defs
from orchestration.lake_resource import LakeResource
from tests.orchestration.log_sender import Sender

GRAPH = defs.resolve_asset_graph()


def test_every_view_has_the_checks_that_make_sense_for_it() -> None:
    """
    A new check or view appears in the UI without a line here.
    """
    wanted = {
        dg.AssetCheckKey(dg.AssetKey(view.name), check.name)
        for view in VIEWS
        for check in CHECKS
        if check.applies(view)
    }
    assert set(GRAPH.asset_check_keys) == wanted


def test_the_schedule_asks_them_all_by_default() -> None:
    """
    Trouble is seen without anybody launching anything.
    """
    schedule = defs.resolve_schedule_def("checks_schedule")
    assert schedule.default_status == dg.DefaultScheduleStatus.RUNNING
    assert schedule.job_name == JOB_NAME


def test_runs_of_the_sensor_ask_no_checks() -> None:
    """
    What runs every two minutes does only what it is for.
    """
    names = {node.name for node in defs.resolve_job_def(INCREMENTS).nodes}
    assert names == {view.name for view in VIEWS if view.scope == "global"}


def test_one_check_can_be_asked_by_itself(sender: Sender) -> None:
    """
    Whoever has done what a failing check says asks it again, and not all of them.
    """
    key = dg.AssetCheckKey(dg.AssetKey("log_entries"), "fresh")
    job = dg.define_asset_job("one", selection=dg.AssetSelection.checks(key))
    own = dg.Definitions(
        asset_checks=defs.asset_checks, assets=defs.assets, jobs=[job], resources=defs.resources
    )
    result = own.resolve_job_def("one").execute_in_process()
    (evaluation,) = result.get_asset_check_evaluations()
    assert evaluation.asset_check_key == key


def test_a_failing_check_is_a_warning_that_says_what_to_do(sender: Sender) -> None:
    """
    The run succeeds: it has found what it was to find.
    """
    sender.send(2, payload=b"no block at all")
    opened = LakeResource().open()
    materialize(opened.lake, view_named("log_entries"), opened.tables)
    result = defs.resolve_job_def(JOB_NAME).execute_in_process(resources={"lake": LakeResource()})
    assert result.success
    failed = [one for one in result.get_asset_check_evaluations() if not one.passed]
    assert {(one.asset_key.to_user_string(), one.check_name) for one in failed} == {
        ("log_entries", "quarantine_empty")
    }
    assert failed[0].severity == dg.AssetCheckSeverity.WARN
    assert "SELECT * FROM quarantine" in (failed[0].description or "")
