"""What the probe asks in SQL: how often each of its recent events is there."""

from collections.abc import Mapping

PROGRAM = "limnograph-probe"
"""The probe's service name: ``process_properties['service']`` of all its rows."""

EVENT = "limnograph.probe"
"""Text of its log entries, name of its metric and of its spans."""

QUESTIONS: Mapping[str, str] = {
    "log_entries": """
        SELECT CAST(property_get(properties, 'sequence') AS BIGINT) AS sequence, count(*) AS times
        FROM log_entries WHERE process_id = :process_id AND msg = :event
        GROUP BY CAST(property_get(properties, 'sequence') AS BIGINT)
    """,
    "measures": """
        SELECT CAST(value AS BIGINT) AS sequence, count(*) AS times
        FROM measures WHERE process_id = :process_id AND name = :event
        GROUP BY CAST(value AS BIGINT)
    """,
    "thread_spans": """
        SELECT CAST(property_get(properties, 'sequence') AS BIGINT) AS sequence, count(*) AS times
        FROM process_spans('{process_id}', 'both') WHERE name = :event
        GROUP BY CAST(property_get(properties, 'sequence') AS BIGINT)
    """,
}
"""View to the question; it is asked of the time since the oldest round that is watched."""
