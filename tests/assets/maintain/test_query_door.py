"""Rules in SQL are asked at the door of a real query service."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from assets.maintain.query_door import QuestionFailed, ask_query_service
from tests.app.processes import lake_environ, start

EVER = (datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC))


@pytest.fixture
def door(filled, database_url: str, tmp_path: Path) -> Iterator[str]:
    """Start a query service on the test's lake; return its address."""
    environ = lake_environ(database_url, tmp_path / "lake")
    with ExitStack() as running:
        yield start("query_engine", environ | {"LIMNO_QUERY_TELEMETRY_URI": ""}, running)["flight"]


def test_a_rule_is_answered_with_rows(filled, new_sender, door: str) -> None:
    """
    Of the range that it is asked about; and what the service refuses is said in one line.
    """
    sender = new_sender()
    filled.write(sender, [{"time": 1, "msg": "a", "level": 2}])
    sql = "SELECT process_id FROM log_entries WHERE level <= 2"
    assert ask_query_service(sql, *EVER, uri=door) == [(sender.process_id,)]
    before = (EVER[0], EVER[0] + timedelta(days=1))
    assert ask_query_service(sql, *before, uri=door) == []
    with pytest.raises(QuestionFailed, match=r"levl.*LIMNO_QUERY_URI") as failed:
        ask_query_service("SELECT levl FROM log_entries", *EVER, uri=door)
    assert "\n" not in str(failed.value)


def test_without_a_service_the_message_says_how_one_is_found() -> None:
    """
    A task fails with it instead of forgetting what nobody could say is to be kept.
    """
    with pytest.raises(QuestionFailed, match="found by LIMNO_QUERY_URI"):
        ask_query_service("SELECT 1", *EVER, uri="grpc://127.0.0.1:1")
