"""Folders in which a server under another account can live."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


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
