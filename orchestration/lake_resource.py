"""The door from Dagster to the lake: the same `Lake` that the other services open."""

import dagster as dg
from pydantic import Field

from orchestration.limits import CONNECTIONS_MAX
from orchestration.open_lake import OpenLake, close_lakes, lake_of_this_process

__all__ = ["LakeResource", "OpenLake", "close_lakes"]


class LakeResource(dg.ConfigurableResource):  # type: ignore[type-arg]
    """
    Where the lake lives is read from LIMNO_* and limnograph.toml when it is opened, as everywhere.

    It is no Dagster configuration, so that no run page shows a password.
    """

    connections_max: int = Field(
        default=CONNECTIONS_MAX, description="Connections to Postgres of this run."
    )

    def open(self) -> OpenLake:
        """
        Return the lake, opened once per process and settings.

        A run is one process; the code server keeps it open between the sensor's ticks.

        Raises:
            StorageUnavailable: Postgres or the object store does not answer.
            UnsafeObjectStore: The object store fails the start-up probe.
        """
        return lake_of_this_process(self.connections_max)
