"""Settings of the orchestration, from LIMNO_ORCHESTRATION_* and ``[orchestration]``."""

import re
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


_OWNER = re.compile(r"[\w.+-]+@[\w-]+(\.[\w-]+)*\.[A-Za-z]{2,}|team:[\w.-]+", re.ASCII)
"""What Dagster takes as an owner."""


def _owners(names: str) -> str:
    for name in filter(None, map(str.strip, names.split(","))):
        if not _OWNER.fullmatch(name):
            message = f"{name!r} is no owner: a mail address, or team: and a name"
            raise ValueError(message)
    return names


def _start_of_hour(time: datetime) -> datetime:
    return Slice.containing(time).start


def _dask_address(address: str) -> str:
    if address and not address.startswith(("tcp://", "tls://")):
        raise ValueError("it does not begin with tcp:// or tls://")
    return address


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
        description="Seconds between two looks for uncovered slices.",
    )
    increment_bytes: int = Field(
        default=4 << 20,
        ge=0,
        description=(
            "Uncovered payload bytes that are worth a run at once. A run costs about 6 CPU-seconds;"
            " what is not materialized yet is answered from the tail."
        ),
    )
    increment_age_s: int = Field(
        default=120,
        ge=0,
        description=(
            "Seconds after which uncovered blocks get a run however small they are; 0: at the next"
            " look."
        ),
    )
    run_target_s: float = Field(
        default=60.0,
        ge=5,
        description=(
            "Seconds of work that a run of the sensor is planned for, by how fast the last ones"
            " were; after so long a table's step begins no further commit."
        ),
    )
    owners: Annotated[str, AfterValidator(_owners)] = Field(
        default="",
        description=(
            "Who the Dagster UI names as owners of all assets, separated by commas: mail "
            "addresses, or `team:` and a name."
        ),
    )
    previews: bool = Field(
        default=True,
        description=(
            "Show the newest rows of the hour with each materialization. Their values are kept in "
            "Dagster's database and seen by all who may open its UI; false shows numbers only."
        ),
    )

    maintenance_nice: int = Field(
        default=15,
        ge=0,
        le=19,
        description=(
            "Nice value of maintenance, in Dagster and in `limnod maintain`: how far it gives way "
            "to queries and increments on the same machine; 0: not at all."
        ),
    )

    dask_address: Annotated[str, AfterValidator(_dask_address)] = Field(
        default="",
        description=(
            "Scheduler of a dask cluster, tcp://host:8786 or tls://host:8786, whose workers build "
            "and compact the slices of a run; empty: the run's own process does."
        ),
    )

    @property
    def owners_named(self) -> tuple[str, ...]:
        """The owners, each by itself."""
        return tuple(filter(None, map(str.strip, self.owners.split(","))))
