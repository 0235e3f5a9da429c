"""A lake to throw away and the real services on it, each a process of its own as in production."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import httpx
import psutil

from assets.storage.metadata.migrate import migrate
from assets.storage.settings import LakeSettings
from stack.ports import free_port
from stack.postgres import EmbeddedPostgres

READY_TIMEOUT_S = 60.0
"""A service that is not ready by then fails the benchmark with what it printed."""

STOP_TIMEOUT_S = 15.0
"""A service that does not end by then is killed."""


@dataclass(frozen=True, slots=True)
class Service:
    """A running process that answers HTTP at *url*."""

    url: str
    process: psutil.Process
    ports: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ScratchLake:
    """An empty lake on local disk with a durable Postgres of its own."""

    folder: Path
    settings: LakeSettings
    postgres: psutil.Process
    server: EmbeddedPostgres | None = None

    @contextmanager
    def ingest(
        self, port: int | None = None, environ: Mapping[str, str] = MappingProxyType({})
    ) -> Iterator[Service]:
        """
        Run the receiver, on a port of one's choice where it must be found again.

        That of gRPC is ``ports["grpc"]``.
        """
        ports = {"http": port or free_port(), "grpc": free_port()}
        environment = {
            "LIMNO_INGEST_PORT": str(ports["http"]),
            "LIMNO_INGEST_GRPC_PORT": str(ports["grpc"]),
            "LIMNO_INGEST_OTLP_PORT": "off",
            **environ,
        }
        with self._service("ingest_api", environment, ports, "/ready") as service:
            yield service

    @contextmanager
    def query(self, environ: Mapping[str, str] = MappingProxyType({})) -> Iterator[Service]:
        """Run the query service; its Flight port is ``ports["flight"]``."""
        ports = {"http": free_port(), "flight": free_port()}
        environment = {
            "LIMNO_QUERY_HTTP_PORT": str(ports["http"]),
            "LIMNO_QUERY_FLIGHT_PORT": str(ports["flight"]),
            **environ,
        }
        with self._service("query_engine", environment, ports, "/ready") as service:
            yield service

    def environ(self) -> dict[str, str]:
        """Return what a program must be told to open this lake."""
        told = {
            "LIMNO_DATABASE_URL": self.settings.database_url,
            "LIMNO_ROOT_URI": self.settings.root_uri,
        }
        secret = self.settings.s3_secret_access_key
        if self.settings.s3_endpoint_url and self.settings.s3_access_key_id and secret:
            told |= {
                "LIMNO_S3_ENDPOINT_URL": self.settings.s3_endpoint_url,
                "LIMNO_S3_ACCESS_KEY_ID": self.settings.s3_access_key_id,
                "LIMNO_S3_SECRET_ACCESS_KEY": secret.get_secret_value(),
            }
        return told

    @contextmanager
    def _service(
        self, module: str, environment: Mapping[str, str], ports: Mapping[str, int], ready: str
    ) -> Iterator[Service]:
        lake = self.environ()
        command = [sys.executable, "-m", module]
        with running(command, ports["http"], ready, lake | dict(environment), self.folder) as found:
            yield Service(found.url, found.process, ports)


@contextmanager
def scratch_lake() -> Iterator[ScratchLake]:
    """Make a lake, and remove it with everything in it at the end."""
    folder = Path(tempfile.mkdtemp(prefix="limnograph-bench-"))
    folder.chmod(0o711)
    try:
        with EmbeddedPostgres(folder / "postgres") as server:
            url = server.ensure_database("limnograph")
            migrate(url)
            settings = LakeSettings(database_url=url, root_uri=(folder / "lake").as_uri())
            assert server.pid is not None, "it has just been started"
            yield ScratchLake(folder, settings, psutil.Process(server.pid), server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def running(
    command: list[str], port: int, ready: str, environment: Mapping[str, str], folder: Path
) -> Iterator[Service]:
    """Run a program until the end of the block; it is ready when it answers 200 at *ready*."""
    log = folder / f"{port}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=subprocess.STDOUT
        )
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_until_ready(url + ready, process, log)
        yield Service(url, psutil.Process(process.pid))
    finally:
        process.terminate()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_until_ready(url: str, process: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + READY_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if httpx.get(url, timeout=2).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            time.sleep(0.05)
    text = log.read_text(errors="replace")[-4000:]
    raise RuntimeError(f"{url} did not become ready; the program printed:\n{text}")
