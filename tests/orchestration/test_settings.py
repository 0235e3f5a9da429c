"""Settings of the orchestration come from the environment and are checked."""

from datetime import UTC, datetime

import pytest

from assets.storage.settings import WrongSettings
from orchestration.settings import FIRST_HOUR, SENSOR_FLOOR_S, OrchestrationSettings


def test_defaults_need_no_environment() -> None:
    """
    The code location loads on a machine where nothing is configured.
    """
    assert OrchestrationSettings().first_hour == FIRST_HOUR


def test_the_environment_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    """
    LIMNO_ORCHESTRATION_* set the fields; the first hour is cut to its hour, in UTC.
    """
    monkeypatch.setenv("LIMNO_ORCHESTRATION_FIRST_HOUR", "2026-12-01T10:20:00+02:00")
    monkeypatch.setenv("LIMNO_ORCHESTRATION_SENSOR_INTERVAL_S", "7")
    settings = OrchestrationSettings()
    assert settings.first_hour == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert settings.sensor_interval_s == 7


def test_an_interval_below_dagsters_own_is_refused() -> None:
    """
    A number that cannot be kept is an error, not a surprise.
    """
    with pytest.raises(WrongSettings, match="SENSOR_INTERVAL_S"):
        OrchestrationSettings(sensor_interval_s=SENSOR_FLOOR_S - 1)
