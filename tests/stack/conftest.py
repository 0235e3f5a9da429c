"""A fresh lake that commands work on, and folders for a server under another account."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.storage.lake import Lake
from tests.orchestration.log_sender import Sender


@pytest.fixture
def server_root() -> Iterator[Path]:
    """
    Return a folder for an embedded Postgres that does not exist yet.

    Not below ``tmp_path``, which other accounts cannot enter.
    """
    parent = Path(tempfile.mkdtemp(prefix="limnograph-test-"))
    parent.chmod(0o711)
    yield parent / "postgres"
    shutil.rmtree(parent)


@pytest.fixture
def here(lake: Lake, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a fresh lake the one that commands work on."""
    monkeypatch.setenv("LIMNO_DATABASE_URL", database_url)
    monkeypatch.setenv("LIMNO_ROOT_URI", (tmp_path / "lake").as_uri())


@pytest.fixture
def sender(here: None, lake: Lake, database_url: str) -> Sender:
    """Return a sender to that lake."""
    return Sender(lake, database_url)
