"""Settings of the orchestration, from LIMNO_ORCHESTRATION_* and ``[orchestration]``."""

from datetime import UTC, datetime
from typing import Annotated, ClassVar

from pydantic import AfterValidator, AwareDatetime, Field
from pydantic_settings import SettingsConfigDict

from assets.storage.layout import Slice
from assets.storage.settings import Settings

FIRST_HOUR = datetime(2026, 11, 1, tzinfo=UTC)
"""Older than any lake: slices are hours of insert time, and nothing could insert before this."""

SENSOR_FLOOR_S = 5
"""Dagster looks at its sensors every five seconds; asking for less changes nothing."""


def _start_of_hour(time: datetime) -> datetime:
    return Slice.containing(time).start


class OrchestrationSettings(Settings):
    """How Dagster supervises the lake."""

    model_config = SettingsConfigDict(env_prefix="LIMNO_ORCHESTRATION_")
    toml_section: ClassVar[str] = "orchestration"

    first_hour: Annotated[AwareDatetime, AfterValidator(_start_of_hour)] = Field(
        default=FIRST_HOUR,
        description=(
            "First hour (UTC) that the Dagster UI shows; blocks inserted before it are not "
            "materialized by the sensor."
        ),
    )
    sensor_interval_s: int = Field(
        default=30,
        ge=SENSOR_FLOOR_S,
        description=(
            "Seconds between two looks for uncovered slices. A run costs about 4 CPU-seconds; "
            "what is not materialized yet is answered from the tail."
        ),
    )
