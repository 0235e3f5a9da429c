"""
The assets of views that are kept per process: a run builds one process's hours.

They have no partitions: a lake has far more processes than the UI can list, so which process a run
is about stands in its config, and in the metadata of what it made.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

import dagster as dg
import polars as pl
from pydantic import Field

from assets.plan import formats_without, tag_of
from assets.storage.layout import Slice
from assets.storage.metadata.blocks import slices_with_blocks
from assets.views.generation import fingerprint_of
from assets.views.physical import table_spec
from assets.views.view import View
from orchestration.hours import key_of, slice_of
from orchestration.lake_resource import LakeResource, OpenLake
from orchestration.lineage import KINDS, upstream
from orchestration.run_failures import failure_of, retry_later
from orchestration.slice_work import TRY_AGAIN, Outcome, Work, build
from orchestration.table_facts import definition_metadata, stored, table_metadata

PROCESS_JOB_NAME = "materialize_process"
"""The job that builds one process's part of a view."""


class ProcessHours(dg.Config):
    """Which process, and which of its hours."""

    process_id: str = Field(description="The process, a UUID.")
    first_hour: str = Field(
        default="", description="First hour of insert time, as 2026-11-22-17:00; empty: its first."
    )
    last_hour: str = Field(
        default="", description="Last hour of insert time, included; empty: its last."
    )
    rebuild: bool = Field(
        default=False, description="Replace these hours instead of appending what they miss."
    )

    @property
    def work(self) -> Work:
        """What is to be done with the hours."""
        return "rebuild" if self.rebuild else "increment"


class WrongHours(ValueError):
    """The config of a run names no process, or no hour."""


def process_asset(view: View, owners: Sequence[str] = ()) -> dg.AssetsDefinition:
    """Return the asset of a per-process view: no partitions, one process a run."""

    @dg.asset(
        name=view.name,
        description=(
            f"{view.doc}\n\nBuilt on demand, one process at a time: a small part by the query "
            f"service itself, a large one by a run here, whoever asks first for "
            f"`view_instance('{view.name}', '<{view.instance}_id>')`. By hand: name a process in "
            "the config."
        ),
        deps=upstream(view),
        group_name="on_demand",
        owners=owners,
        kinds=KINDS,
        code_version=fingerprint_of(view),
        metadata=definition_metadata(view),
    )
    def materialize_process(
        context: dg.AssetExecutionContext, config: ProcessHours, lake: LakeResource
    ) -> dg.MaterializeResult[None]:
        opened = lake.open()
        try:
            slices = slices_of(opened, view, config)
            outcome = build(opened, view, slices, config.work) if slices else Outcome((), (), {})
        except TRY_AGAIN as error:
            raise retry_later(context.retry_number) from error
        except WrongHours as error:
            raise dg.Failure(str(error), allow_retries=False) from error
        if outcome.failed:
            raise failure_of(outcome)
        return dg.MaterializeResult(metadata=process_metadata(opened, view, slices, outcome))

    return materialize_process


def process_config(view: str, hours: ProcessHours) -> dict[str, Any]:
    """Return the config of a run that builds these hours."""
    return {"ops": {view: {"config": hours.model_dump()}}}


def slices_of(opened: OpenLake, view: View, config: ProcessHours) -> list[Slice]:
    """
    Return the slices that a run is about: those hours in which blocks of its process arrived.

    Raises:
        WrongHours: The config is wrong.
    """
    try:
        process_id = str(UUID(config.process_id))
    except ValueError:
        raise WrongHours(f"process_id is no process id: {config.process_id!r:.60}") from None
    first, last = _hour("first_hour", config.first_hour), _hour("last_hour", config.last_hour)
    with opened.lake.connection() as conn:
        found = slices_with_blocks(
            conn,
            tag_of(view),
            start=first.start if first else None,
            end=last.end if last else None,
            process_id=process_id,
            without=formats_without(view),
        )
    return [one.slice for one in found]


def process_metadata(
    opened: OpenLake, view: View, slices: Sequence[Slice], outcome: Outcome
) -> dict[str, Any]:
    """Return what a run says of its process, beside what it says of the whole table."""
    spec = table_spec(view)
    snapshot = opened.tables.snapshot(opened.lake, spec)
    facts = table_metadata(snapshot, opened.lake.table_uri(spec.name), outcome)
    if not slices:
        return facts
    process_id = slices[0].process_id
    held = stored(snapshot.files.filter(pl.col("process_id") == process_id))
    return facts | {
        "process id": process_id,
        "process rows": held.rows,
        "process bytes": held.size_bytes,
        "process files": held.files,
        "hours": hours_text([slice_.start for slice_ in slices]),
    }


def hours_text(hours: Sequence[datetime]) -> str:
    """Return hours for people: the first, the last and how many."""
    first, last = key_of(min(hours)), key_of(max(hours))
    return first if first == last else f"{first} to {last}, {len(hours)} hours"


def _hour(what: str, key: str) -> Slice | None:
    try:
        return slice_of(key) if key else None
    except ValueError:
        raise WrongHours(f"{what} is no hour as 2026-11-22-17:00: {key!r:.60}") from None
