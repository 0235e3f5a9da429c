"""One empty object store of each kind; every test that takes ``store`` runs on all of them."""

from pathlib import Path

import pytest

from assets.storage.objects import ObjectStore, open_store


@pytest.fixture(params=["memory", "local", "s3", "s3-with-prefix"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    if request.param == "memory":
        return open_store("memory://")
    if request.param == "local":
        return open_store((tmp_path / "lake root").as_uri())
    bucket = request.getfixturevalue("bucket")
    prefix = "/some/prefix/" if request.param == "s3-with-prefix" else ""
    return open_store(bucket.uri + prefix, bucket.options)
