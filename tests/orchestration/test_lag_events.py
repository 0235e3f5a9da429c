"""The lag is told to the UI: as numbers, not too often."""

from datetime import timedelta

from assets.materialize import Backlog
from orchestration.lag_events import due, lag_observations
from orchestration.limits import LAG_OBSERVED_EVERY, LAG_OBSERVED_EVERY_BEHIND
from tests.orchestration.gaps import NOW, gap

USUAL = timedelta(minutes=4)
SECOND = timedelta(seconds=1)


def lacking(minutes: float) -> Backlog:
    """Return what a table lacks whose oldest missing block came so long ago."""
    return Backlog((gap(3),), 7, 700, NOW - timedelta(minutes=minutes))


def test_an_observation_says_how_far_behind_a_table_is() -> None:
    """
    Seconds, blocks and bytes, as numbers that the UI plots; nothing lacking is zero.
    """
    behind, complete = lag_observations(
        {"log_entries": lacking(2), "measures": Backlog((), 0, 0, None)}, NOW
    )
    assert behind.asset_key.path == ["log_entries"]
    values = {name: value.value for name, value in behind.metadata.items()}
    assert values == {"lag seconds": 120.0, "lag blocks": 7, "lag bytes": 700, "lag hours": 1}
    assert complete.metadata["lag seconds"].value == 0


def test_they_are_told_seldom_and_more_often_while_behind() -> None:
    """
    LAG_OBSERVED_EVERY keeps Dagster's event log small; LAG_OBSERVED_EVERY_BEHIND draws the plot.
    """
    fine, late = {"a": lacking(3), "b": lacking(0)}, {"a": lacking(5), "b": lacking(0)}
    assert due(fine, None, USUAL, NOW)
    assert not due(fine, NOW - LAG_OBSERVED_EVERY + SECOND, USUAL, NOW)
    assert due(fine, NOW - LAG_OBSERVED_EVERY, USUAL, NOW)
    assert not due(late, NOW - LAG_OBSERVED_EVERY_BEHIND + SECOND, USUAL, NOW)
    assert due(late, NOW - LAG_OBSERVED_EVERY_BEHIND, USUAL, NOW)
