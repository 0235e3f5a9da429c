"""A Dagster project with one asset that does nothing: what Dagster costs by itself."""

import dagster as dg

JOB_NAME = "do_nothing"


@dg.asset(partitions_def=dg.HourlyPartitionsDefinition(start_date="2026-11-01-00:00"))
def nothing() -> None:
    """Do nothing."""


defs = dg.Definitions(
    assets=[nothing],
    jobs=[dg.define_asset_job(JOB_NAME, selection=[nothing])],
    executor=dg.in_process_executor,
)
