"""The same queries when segments and tables are in a bucket."""

import pytest

from assets.materialize import materialize
from assets.storage.lake import open_lake
from assets.views.catalog import view_named
from tests.assets.storage.conftest import bucket, s3_options

__all__ = ["bucket", "s3_options"]


@pytest.fixture
def lake(database_url, bucket):
    """A lake whose objects are in a bucket."""
    with open_lake(bucket.settings(database_url)) as opened:
        yield opened


@pytest.mark.slow
def test_table_and_tail_are_read_from_a_bucket(asked, filled, new_sender):
    """
    Files are scanned with the lake's own credentials and endpoint, pruned by the same statistics.
    """
    sender = new_sender()
    logs = view_named("log_entries")
    for tick in (1, 5_000_000_000):
        filled.write(sender, [{"time": tick, "msg": f"at {tick}"}])
        materialize(filled.lake, logs, filled.tables)
    filled.write(sender, [{"time": 7, "msg": "tail"}])
    sql = "SELECT msg FROM log_entries ORDER BY time"
    assert asked.rows(sql)["msg"].to_list() == ["at 1", "tail", "at 5000000000"]
    early = {"begin_ns": 0, "end_ns": 1_760_000_000_123_456_789 + 10}
    assert asked.rows(sql, **early)["msg"].to_list() == ["at 1", "tail"]
    assert asked.counted("limnograph_query_files_pruned", "log_entries") == 1
