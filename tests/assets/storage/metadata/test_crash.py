"""What a crash of Postgres may and may not take back: transaction ids, but never a horizon."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest

from assets.storage.metadata.blocks import horizon
from assets.storage.metadata.migrate import migrate
from stack.postgres import EmbeddedPostgres

NEXT_ID = "SELECT pg_current_xact_id()::text::bigint"


@pytest.fixture
def folder() -> Iterator[Path]:
    """Return a folder that the server's account can enter; pytest's own is private to us."""
    root = Path(tempfile.mkdtemp(prefix="limnograph-test-"))
    root.chmod(0o711)
    yield root / "postgres"
    shutil.rmtree(root)


def kill(server: EmbeddedPostgres) -> None:
    assert server.pid is not None
    postmaster = psutil.Process(server.pid)
    family = [postmaster, *postmaster.children(recursive=True)]
    for process in family:
        process.kill()
    psutil.wait_procs(family)


@pytest.mark.slow
def test_no_transaction_after_a_crash_is_below_a_horizon(folder: Path) -> None:
    """
    Ids of transactions that left no trace on the disk are given out again. A block under such an
    id would be hidden by every table that was covered up to the horizon.
    """
    with EmbeddedPostgres(folder) as server:
        url = server.ensure_database("crashing")
        migrate(url)
        with psycopg.connect(url, autocommit=True) as conn:
            for _ in range(50):
                with conn.transaction(force_rollback=True):
                    conn.execute(NEXT_ID)
            reached = horizon(conn)
            kill(server)
    with EmbeddedPostgres(folder) as server, psycopg.connect(server.url("crashing")) as conn:
        assert conn.execute(NEXT_ID).fetchone() >= (reached,)
