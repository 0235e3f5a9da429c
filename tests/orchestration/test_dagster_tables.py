"""What we take of Dagster that it does not call public is there, and is taken in one place."""

import re
from pathlib import Path

import dagster as dg
import pytest
import sqlalchemy as sa

from orchestration.dagster_tables import USED, EventLog

ROOT = Path(__file__).parents[2]
PRIVATE = re.compile(r"^\s*(?:from|import) dagster(?:_\w+)?(?:\.\w+)*\._", re.MULTILINE)


@pytest.mark.parametrize("table", USED, ids=lambda table: table.name)
def test_dagster_keeps_its_history_in_the_tables_that_we_trim(table: sa.Table) -> None:
    """
    Where this fails, a new version of Dagster has other tables: see what `history_rows` may delete
    of them before the range of versions in pyproject.toml is widened.
    """
    with dg.DagsterInstance.ephemeral() as instance:
        log = instance.event_log_storage
        assert isinstance(log, EventLog), f"Dagster's events are in {type(log)}: not trimmed"
        with log.index_connection() as conn:
            found = {column["name"] for column in sa.inspect(conn).get_columns(table.name)}
    assert USED[table] <= found, f"Dagster {dg.__version__} has no more {USED[table] - found}"


def test_no_other_module_takes_what_dagster_does_not_call_public() -> None:
    """
    What breaks with a new version is then found in one place.
    """
    taking = [
        path.relative_to(ROOT).as_posix()
        for package in ("orchestration", "stack", "benchmarks")
        for path in sorted((ROOT / package).rglob("*.py"))
        if PRIVATE.search(path.read_text())
    ]
    assert taking == ["orchestration/dagster_tables.py"]
