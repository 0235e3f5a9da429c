"""A real S3 protocol server on a free loopback port, one for the session, a bucket per test."""

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import pytest
import s3fs

from assets.storage.objects import S3Options
from assets.storage.settings import LakeSettings

READY_WITHIN_S = 60


@dataclass(frozen=True)
class Bucket:
    """An empty bucket, and how to reach it."""

    name: str
    options: S3Options

    @property
    def uri(self) -> str:
        return f"s3://{self.name}"

    def settings(
        self, database_url: str, root_uri: str | None = None, endpoint_url: str | None = None
    ) -> LakeSettings:
        """Return the settings of a lake in it; another endpoint may lead to it."""
        return LakeSettings(
            database_url=database_url,
            root_uri=root_uri or self.uri,
            s3_endpoint_url=endpoint_url or self.options.endpoint_url,
            s3_region=self.options.region,
            s3_access_key_id=self.options.access_key_id,
            s3_secret_access_key=self.options.secret_access_key,
        )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_ready(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while time.monotonic() < deadline:
        if server.poll() is not None:
            break
        try:
            with urllib.request.urlopen(url, timeout=1):
                return
        except urllib.error.HTTPError as answer:
            answer.close()
            return
        except OSError:
            time.sleep(0.1)
    pytest.fail(f"the S3 server did not start:\n{log.read_text()[-2000:]}")


@pytest.fixture(scope="session")
def s3_options(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Options]:
    """The endpoint and keys of a running server; it is stopped by its own process id."""
    home = tmp_path_factory.mktemp("s3-server")
    log, port = home / "log", _free_port()
    environment = {
        **os.environ,
        "BIND_HOST": "127.0.0.1",
        "GATEWAY_PORT": str(port),
        "TMPDIR": str(home),
        "SERVICES": "s3",
        "LOG_LEVEL": "WARNING",
    }
    with log.open("wb") as output:
        server = subprocess.Popen(
            [sys.executable, "-m", "ministack"],
            env=environment,
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_ready(server, url, log)
        yield S3Options(url, "test", "test", None, "us-east-1")
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)


@pytest.fixture
def bucket(s3_options: S3Options) -> Bucket:
    """A bucket of this test alone."""
    name = f"lake-{uuid4()}"
    client = s3fs.S3FileSystem(
        key=s3_options.access_key_id,
        secret=s3_options.secret_access_key,
        endpoint_url=s3_options.endpoint_url,
        skip_instance_cache=True,
    )
    client.mkdir(name)
    return Bucket(name, s3_options)
