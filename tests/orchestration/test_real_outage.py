"""Dagster is away for hours: who sends and who asks notices nothing, and then the lag drains."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestration.hours import slice_of
from orchestration.past_runs import RANGE_START
from stack.postgres import EmbeddedPostgres
from tests.orchestration.lake_under_load import (
    PATIENCE_S,
    dagster_on,
    lake_under_load,
    sensor_runs,
    tags_of,
)

HOURS = 30
LAGS = """
query Lags($path: [String!]!) {
  assetOrError(assetKey: {path: $path}) {
    ... on Asset {
      assetObservations { metadataEntries { label ... on FloatMetadataEntry { floatValue } } }
    }
  }
}
"""


@pytest.mark.slow
def test_hours_without_dagster_are_caught_up_in_few_runs(
    postgres_server: EmbeddedPostgres, tmp_path: Path
) -> None:
    """
    Blocks of thirty hours pile up while SQL is exact; when Dagster is there, the UI shows how far
    the tables are behind, and a run or two over all those hours close the gap under load.
    """
    with lake_under_load(postgres_server, tmp_path, hours_behind=HOURS) as loaded:
        for hour in range(HOURS):
            loaded.an_hour_passes()
            if hour % 10 == 0:
                loaded.check()
        loaded.check()
        assert len(loaded.lacking()) >= HOURS
        begun = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        with dagster_on(loaded, postgres_server, tmp_path) as dagster:

            def is_only_the_present() -> bool:
                return not [hour for hour in loaded.lacking() if hour < begun]

            dagster.wait_for("the end of the lag", is_only_the_present, PATIENCE_S, 2.0)
            loaded.check()
            over_the_past = [
                run
                for run in sensor_runs(dagster)
                if slice_of(tags_of(run)[RANGE_START]).start < begun
            ]
            assert 1 <= len(over_the_past) <= 2
            asset = dagster.ask(LAGS, path=["log_entries"])["assetOrError"]
            lags = [
                entry["floatValue"]
                for seen in asset["assetObservations"]
                for entry in seen["metadataEntries"]
                if entry["label"] == "lag seconds"
            ]
            assert max(lags) > (HOURS - 1) * 3600
            loaded.drains(dagster)
