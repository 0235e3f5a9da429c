"""How long a run will take is judged by what was measured, within reason."""

from dataclasses import replace
from datetime import timedelta

import pytest

from assets.materialize import Gap
from assets.storage.layout import Slice
from assets.storage.metadata.limits import PACE_BLOCK_BYTES
from orchestration.limits import HOUR_SECONDS, PACE_DEFAULT, PACE_MAX, PACE_MIN
from tests.orchestration.gaps import MIB, NOW, PACING, hour


def gap(blocks: int, payload_bytes: int) -> Gap:
    """Return a gap of that size."""
    return Gap(Slice(hour(0)), blocks, payload_bytes, hour(0))


def test_a_view_without_a_measurement_is_judged_by_the_default() -> None:
    """
    PACE_DEFAULT for each byte and for what a block costs besides, HOUR_SECONDS for the hour.
    """
    work = MIB + 10 * PACE_BLOCK_BYTES
    expected = HOUR_SECONDS + work * PACE_DEFAULT
    assert PACING.seconds("log_entries", gap(10, MIB)) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("measured", "taken"),
    [(PACE_MIN / 9, PACE_MIN), (PACE_MAX * 9, PACE_MAX), (3 / MIB, 3 / MIB)],
)
def test_a_measurement_is_believed_within_reason(measured: float, taken: float) -> None:
    """
    PACE_MIN and PACE_MAX bound what one odd run can do to the next ones.
    """
    pacing = replace(PACING, paces={"log_entries": measured})
    assert pacing.seconds("log_entries", gap(0, MIB)) == pytest.approx(HOUR_SECONDS + taken * MIB)


def test_size_or_age_makes_a_gap_worth_a_run() -> None:
    """
    Either is enough.
    """
    young = NOW - PACING.worth_age + timedelta(seconds=1)
    assert not PACING.worth_a_run(PACING.worth_bytes - 1, young, NOW)
    assert PACING.worth_a_run(PACING.worth_bytes, young, NOW)
    assert PACING.worth_a_run(0, NOW - PACING.worth_age, NOW)
