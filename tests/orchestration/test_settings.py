"""Settings of the orchestration come from the environment and are checked."""

from datetime import UTC, datetime

import dagster as dg
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


@pytest.mark.parametrize(
    "owner", ["ops@example.org", "a.b+c@mail.example.co.uk", "team:lake", "team:data-platform"]
)
def test_owners_are_taken_as_dagster_takes_them(
    owner: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """
    What our setting lets through never keeps the code location from loading.
    """
    monkeypatch.setenv("LIMNO_ORCHESTRATION_OWNERS", f" {owner} ,team:other,")
    named = OrchestrationSettings().owners_named
    assert named == (owner, "team:other")
    assert list(dg.AssetSpec("logs", owners=named).owners) == list(named)


@pytest.mark.parametrize("owner", ["ada", "team:", "ada@localhost", "a b@example.org", "@x.org"])
def test_what_is_no_owner_is_refused_by_name(owner: str) -> None:
    """
    The message says which, and what an owner is.
    """
    with pytest.raises(WrongSettings, match="team: and a name") as refused:
        OrchestrationSettings(owners=f"team:lake,{owner}")
    assert repr(owner.strip()) in str(refused.value)


def test_an_interval_below_dagsters_own_is_refused() -> None:
    """
    A number that cannot be kept is an error, not a surprise.
    """
    with pytest.raises(WrongSettings, match="SENSOR_INTERVAL_S"):
        OrchestrationSettings(sensor_interval_s=SENSOR_FLOOR_S - 1)
