"""What the tests of the orchestration share: a lake in the environment, and a sender to it."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from assets.storage.lake import Lake
from orchestration.lake_resource import close_lakes
from tests.orchestration.log_sender import Sender


@pytest.fixture
def sender(
    lake: Lake, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Sender]:
    """Return a sender to a fresh lake, which `LakeResource` finds in the environment too."""
    monkeypatch.setenv("LIMNO_DATABASE_URL", database_url)
    monkeypatch.setenv("LIMNO_ROOT_URI", (tmp_path / "lake").as_uri())
    yield Sender(lake, database_url)
    close_lakes()


@pytest.fixture
def this_hour() -> datetime:
    """Return the start of the running hour (UTC), which does not end within half a minute."""
    now = datetime.now(UTC)
    if now.minute == 59 and now.second >= 30:
        time.sleep(60 - now.second)
        now = datetime.now(UTC)
    return now.replace(minute=0, second=0, microsecond=0)
