"""A small table spec, rows for it, and lakes on local files and on a real bucket."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from assets.storage.lake import Lake, open_lake
from assets.storage.settings import LakeSettings


@pytest.fixture(params=["local", "s3"])
def any_lake(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Iterator[Lake]:
    """A lake on each kind of store that can hold Delta tables."""
    if request.param == "local":
        settings = LakeSettings(database_url=database_url, root_uri=(tmp_path / "a lake").as_uri())
    else:
        bucket = request.getfixturevalue("bucket")
        settings = bucket.settings(database_url, f"{bucket.uri}/some/prefix")
    with open_lake(settings) as lake:
        yield lake
