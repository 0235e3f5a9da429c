"""
Ten questions that people ask of logs and metrics, in the words of each engine.

All three engines read the same Parquet files of the same Delta tables. The texts differ only where
the dialects do: how a map is asked for a key and how a minute is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Engine = Literal["limnograph", "duckdb", "datafusion"]

PROPERTY: Mapping[Engine, str] = {
    "limnograph": "property_get(properties, '{}')",
    "duckdb": "properties['{}']",
    "datafusion": "properties['{}']",
}


@dataclass(frozen=True, slots=True)
class Question:
    """A query; ``{route}`` and the like in its text stand for what an engine calls them."""

    name: str
    text: str


QUESTIONS = (
    Question("count", "SELECT count(*) AS n FROM log_entries"),
    Question(
        "by_target_and_level",
        "SELECT target, level, count(*) AS n FROM log_entries GROUP BY target, level",
    ),
    Question(
        "errors_per_minute_and_route",
        "SELECT minute, route, count(*) AS n FROM ("
        "SELECT date_trunc('minute', time) AS minute, {route} AS route FROM log_entries"
        " WHERE level <= 2) AS errors GROUP BY minute, route ORDER BY minute, route",
    ),
    Question(
        "newest_warnings",
        "SELECT time, level, target, msg FROM log_entries WHERE level <= 3"
        " ORDER BY time DESC LIMIT 50",
    ),
    Question(
        "text_search",
        "SELECT count(*) AS n FROM log_entries WHERE msg LIKE '%payment provider, code 77%'",
    ),
    Question(
        "one_request",
        "SELECT time, target, msg FROM log_entries WHERE {request_id} LIKE 'abc%' ORDER BY time",
    ),
    Question(
        "one_process_for_a_while",
        "SELECT time, level, msg FROM log_entries WHERE process_id = '{process}'"
        " AND time >= {begin} AND time < {end} ORDER BY time LIMIT 1000",
    ),
    Question(
        "metrics_per_minute",
        "SELECT minute, name, avg(value) AS mean, max(value) AS worst FROM ("
        "SELECT date_trunc('minute', time) AS minute, name, value FROM measures) AS m"
        " GROUP BY minute, name ORDER BY minute, name",
    ),
    Question(
        "latency_by_route",
        "SELECT route, count(*) AS n, avg(value) AS mean FROM ("
        "SELECT {route} AS route, value FROM measures WHERE name = 'latency') AS m"
        " GROUP BY route ORDER BY mean DESC",
    ),
    Question(
        "errors_of_slow_processes",
        "SELECT l.process_id, m.worst, count(*) AS errors FROM log_entries AS l JOIN ("
        "SELECT process_id, max(value) AS worst FROM measures WHERE name = 'latency'"
        " GROUP BY process_id) AS m ON l.process_id = m.process_id WHERE l.level <= 2"
        " GROUP BY l.process_id, m.worst ORDER BY m.worst DESC",
    ),
)


def text_for(
    engine: Engine, question: Question, *, process_id: str, begin_ns: int, end_ns: int
) -> str:
    """Return the question as *engine* understands it."""
    return question.text.format(
        route=PROPERTY[engine].format("route"),
        request_id=PROPERTY[engine].format("request_id"),
        process=process_id,
        begin=_time(begin_ns),
        end=_time(end_ns),
    )


def _time(unix_ns: int) -> str:
    moment = datetime.fromtimestamp(unix_ns // 1_000_000_000, UTC)
    return f"TIMESTAMP '{moment:%Y-%m-%d %H:%M:%S}'"
