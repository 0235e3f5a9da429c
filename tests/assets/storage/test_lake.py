"""assets.storage.lake: a lake opens when all is well, and says what is not."""

from pathlib import Path

import psycopg
import pytest

from assets.errors import StorageUnavailable
from assets.storage.lake import open_lake
from assets.storage.metadata.migrate import SchemaMismatch
from assets.storage.settings import LakeSettings


def test_an_open_lake_has_its_store_and_its_database(lake, tmp_path: Path) -> None:
    """
    Sessions are in autocommit mode, in UTC, and commit durably.
    """
    assert lake.table_uri("log_entries") == f"file://{tmp_path}/lake/tables/log_entries"
    assert lake.delta_options == {}
    with lake.connection() as conn:
        assert conn.autocommit
        assert conn.execute("SHOW timezone").fetchone() == ("UTC",)
        assert conn.execute("SHOW synchronous_commit").fetchone() == ("on",)
        assert conn.execute("SELECT epoch_claimed FROM lake").fetchone() == (True,)
    assert [info.key for info in lake.objects.list("")] == ["epochs/00000"]


def test_an_unmigrated_database_is_refused(empty_database_url: str, tmp_path: Path) -> None:
    """
    The message names the command to run.
    """
    settings = LakeSettings(database_url=empty_database_url, root_uri=tmp_path.as_uri())
    with pytest.raises(SchemaMismatch, match="limnod migrate"), open_lake(settings):
        pass


def test_an_unreachable_database_is_an_outage(tmp_path: Path, monkeypatch) -> None:
    """
    Said within a bounded time, as our error.
    """
    monkeypatch.setattr("assets.storage.lake.CONNECT_TIMEOUT_S", 0.5)
    url = "postgresql://nobody@127.0.0.1:1/nothing"
    settings = LakeSettings(database_url=url, root_uri=tmp_path.as_uri())
    with pytest.raises(StorageUnavailable, match="Postgres"), open_lake(settings):
        pass


def terminate_and_use(admin: psycopg.Connection, conn: psycopg.Connection) -> None:
    admin.execute("SELECT pg_terminate_backend(%s)", (conn.info.backend_pid,))
    conn.execute("SELECT 1")


def test_a_broken_session_is_an_outage_and_the_next_one_works(lake) -> None:
    """
    Postgres was restarted; callers see a 503, and the pool recovers by itself.
    """
    with (
        psycopg.connect(lake.pool.conninfo, autocommit=True) as admin,
        pytest.raises(StorageUnavailable),
        lake.connection() as conn,
    ):
        terminate_and_use(admin, conn)
    with lake.connection() as conn:
        assert conn.execute("SELECT 1").fetchone() == (1,)


def test_a_bucket_is_reached_the_same_way_by_store_and_tables(lake) -> None:
    """
    One set of settings for both.
    """
    from assets.storage.lake import s3_options

    settings = LakeSettings(
        database_url="postgresql://x",
        root_uri="s3://bucket/prefix",
        s3_endpoint_url="http://127.0.0.1:9000",
        s3_access_key_id="key",
        s3_secret_access_key="secret",
    )
    assert s3_options(settings).storage_options() == {
        "AWS_ENDPOINT_URL": "http://127.0.0.1:9000",
        "AWS_ACCESS_KEY_ID": "key",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_REGION": "us-east-1",
        "AWS_ALLOW_HTTP": "true",
    }
