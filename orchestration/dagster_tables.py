"""
Dagster's own tables, by name: the one module that takes what Dagster does not call public.

Dagster deletes whole runs only, and keeps the rest for ever; who keeps its database small needs its
tables. `USED` names what we rely on, and a test holds it against the installed version.
"""

from collections.abc import Mapping

import sqlalchemy as sa
from dagster._core.storage.event_log import SqlEventLogStorage as EventLog
from dagster._core.storage.event_log import schema

EVENTS = schema.SqlEventLogStorageTable
EVENT_TAGS = schema.AssetEventTagsTable
CHECKS = schema.AssetCheckExecutionsTable

__all__ = ["CHECKS", "EVENTS", "EVENT_TAGS", "USED", "EventLog"]

USED: Mapping[sa.Table, frozenset[str]] = {
    EVENTS: frozenset(
        {"id", "run_id", "dagster_event_type", "timestamp", "asset_key", "partition"}
    ),
    EVENT_TAGS: frozenset({"event_id"}),
    CHECKS: frozenset({"id", "asset_key", "check_name", "partition", "evaluation_event_timestamp"}),
}
"""The tables and the columns of them that we read or delete by."""
