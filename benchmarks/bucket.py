"""
A bucket on this machine that counts its requests and can be as slow as a real one.

An S3 server of the test suite behind a proxy: each request waits before it goes on, and is counted
by what it is paid as (PUT, POST and LIST are the dear class, GET and HEAD the cheap one).
"""

import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
import s3fs

from assets.storage.settings import LakeSettings
from benchmarks.bucket_proxy import TAKEN
from benchmarks.scratch_lake import ScratchLake, running, scratch_lake
from stack.ports import free_port

KEY = "test"


@dataclass(frozen=True, slots=True)
class Requests:
    """What is asked of a bucket."""

    url: str

    def taken(self) -> Counter[str]:
        """Return the requests since the last look by kind of price, ``put`` and ``get``."""
        return Counter(httpx.get(self.url + TAKEN, timeout=30).json())


@contextmanager
def bucket_lake(delay_s: float = 0.0) -> Iterator[tuple[ScratchLake, Requests]]:
    """Make a lake whose objects lie in such a bucket; remove it at the end."""
    with scratch_lake() as local:
        home, port, front = local.folder / "s3", free_port(), free_port()
        home.mkdir()
        told = {"BIND_HOST": "127.0.0.1", "GATEWAY_PORT": str(port), "TMPDIR": str(home)}
        told |= {"SERVICES": "s3", "LOG_LEVEL": "WARNING"}
        server = [sys.executable, "-m", "ministack"]
        with running(server, port, "/_ministack/health", told, local.folder) as store:
            proxy = [sys.executable, "-m", "benchmarks.bucket_proxy", str(front), store.url]
            with running([*proxy, str(delay_s)], front, TAKEN, {}, local.folder) as bucket:
                s3fs.S3FileSystem(
                    key=KEY, secret=KEY, endpoint_url=bucket.url, skip_instance_cache=True
                ).mkdir("lake")
                settings = LakeSettings(
                    database_url=local.settings.database_url,
                    root_uri="s3://lake",
                    s3_endpoint_url=bucket.url,
                    s3_access_key_id=KEY,
                    s3_secret_access_key=KEY,
                )
                yield ScratchLake(local.folder, settings, local.postgres), Requests(bucket.url)
