"""orchestration.lag_plot: lags that the sensor observed come back as one picture."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.materialize import Backlog
from orchestration.lag_events import lag_observations
from orchestration.lag_plot import lag_over_time
from orchestration.limits import LAGS_PLOTTED_MAX

LOGS = dg.AssetKey("log_entries")


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    """Return an instance that nobody else knows."""
    with dg.DagsterInstance.ephemeral() as fresh:
        yield fresh


def observe(instance: dg.DagsterInstance, lag_s: int) -> None:
    """Observe a lag as the sensor does."""
    now = datetime.now(UTC)
    backlog = Backlog((), 1, 10, now - timedelta(seconds=lag_s))
    for event in lag_observations({"log_entries": backlog}, now):
        instance.report_runless_asset_event(event)


def test_nothing_is_shown_before_anything_was_observed(instance: dg.DagsterInstance) -> None:
    """
    In the first minutes of an installation.
    """
    assert lag_over_time(instance, LOGS) is None


def test_the_newest_lag_and_the_worst_are_told_beside_the_plot(
    instance: dg.DagsterInstance,
) -> None:
    """
    Observations of something else do not disturb it.
    """
    for lag_s in (30, 4000, 12):
        observe(instance, lag_s)
    instance.report_runless_asset_event(dg.AssetObservation(LOGS, metadata={"other": 1}))
    text = lag_over_time(instance, LOGS)
    assert text is not None
    assert text.startswith("12 s at ")
    assert "at most 1:06:40 since" in text
    assert "![lag over time](data:image/png;base64," in text


def test_only_the_newest_observations_are_read(instance: dg.DagsterInstance) -> None:
    """
    LAGS_PLOTTED_MAX: the cost of a run does not grow with the history of the lake.
    """
    observe(instance, 9000)
    for _ in range(LAGS_PLOTTED_MAX):
        observe(instance, 1)
    text = lag_over_time(instance, LOGS)
    assert text is not None
    assert "at most 1 s" in text
