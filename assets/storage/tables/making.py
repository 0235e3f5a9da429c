"""How a table is made, and how it gets what a newer program wants of it."""

from deltalake import CommitProperties, DeltaTable, Schema

from assets.storage.lake import Lake
from assets.storage.tables.columns import (
    as_stored,
    present_in,
    property_of,
    renamed,
    types_of,
)
from assets.storage.tables.errors import WriteConflict, delta_errors
from assets.storage.tables.limits import CHECKPOINT_INTERVAL, CREATE_ATTEMPTS, LOG_RETENTION
from assets.storage.tables.spec import TableSpec, open_table


def ensure_table(lake: Lake, spec: TableSpec) -> None:
    """
    Create the table if it is absent, add the columns that it lacks. Safe to race and to repeat.
    """
    for _ in range(CREATE_ATTEMPTS):
        try:
            if not DeltaTable.is_deltatable(lake.table_uri(spec.name), dict(lake.delta_options)):
                _create(lake, spec)
            return _bring_up_to_date(lake, spec)
        except WriteConflict:
            continue  # another program does the same just now
    raise WriteConflict(f"table {spec.name}: its columns keep changing")


def _create(lake: Lake, spec: TableSpec) -> None:
    with delta_errors(spec.name):
        DeltaTable.create(
            lake.table_uri(spec.name),
            spec.schema,
            mode="ignore",
            partition_by=list(spec.partition_by),
            configuration={
                "delta.checkpointInterval": str(CHECKPOINT_INTERVAL),
                "delta.logRetentionDuration": LOG_RETENTION,
                "delta.dataSkippingStatsColumns": ",".join(spec.stats_columns),
                **property_of(spec),
            },
            raise_if_key_not_exists=False,
            # A retry would commit a second creation, with another table id, after the first.
            commit_properties=CommitProperties(max_commit_retries=0),
            storage_options=dict(lake.delta_options),
        )


def _bring_up_to_date(lake: Lake, spec: TableSpec) -> None:
    """Add the columns that the table lacks, and what says that the generation has them."""
    table = open_table(lake, spec)
    names = renamed(types_of(spec.schema), present_in(table))
    fields = Schema.from_arrow(as_stored(spec, names).schema).fields
    missing = [field for field in fields if field.name not in present_in(table)]
    told = property_of(spec)
    with delta_errors(spec.name):
        if missing:
            table.alter.add_columns(missing)
        if not told.items() <= table.metadata().configuration.items():
            table.alter.set_table_properties(told, raise_if_not_exists=False)
