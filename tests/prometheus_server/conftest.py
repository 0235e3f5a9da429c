"""A real Prometheus, a real receiver that can be killed, and the query service beside them."""

import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.app.processes import lake_environ, start

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_S = 120
CONFIG = """
global: {{scrape_interval: 500ms, external_labels: {{dc: eu}}}}
scrape_configs:
  - {{job_name: shop, static_configs: [{{targets: ["{target}"]}}]}}
  - {{job_name: native, metrics_path: /native, static_configs: [{{targets: ["{target}"]}}]}}
remote_write:
  - url: {receiver}/api/v1/write
    send_exemplars: true
    send_native_histograms: true
    queue_config: {{batch_send_deadline: 300ms, min_backoff: 50ms, max_backoff: 500ms}}
    metadata_config: {{send_interval: 500ms}}
"""


@pytest.fixture(scope="session")
def prometheus_binary() -> str:
    """Return where the binary is; skip where there is none."""
    found = subprocess.run(
        ["sh", str(Path(__file__).with_name("get_prometheus.sh")), str(ROOT / ".venv/prometheus")],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
    )
    if not found.stdout.strip():
        pytest.skip(found.stderr.strip().splitlines()[-1])
    return str((ROOT / found.stdout.strip().splitlines()[-1]).resolve())


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@dataclass
class Receiver:
    """A receiver at an address that stays, which can be killed and started."""

    environ: dict[str, str]
    url: str
    _process: subprocess.Popen | None = field(default=None)

    def start(self) -> None:
        """Start it; returns when it answers."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "ingest_api"], env=self.environ, stdout=subprocess.DEVNULL
        )
        wait_until(lambda: answers(f"{self.url}/ready"))

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()
            self._process = None


@dataclass(frozen=True)
class Platform:
    """The receiver, and the address of the query service."""

    receiver: Receiver
    http: str


@pytest.fixture
def platform(database_url: str, tmp_path: Path) -> Iterator[Platform]:
    """Return a running platform."""
    port = free_port()
    environ = lake_environ(database_url, tmp_path / "lake") | {"LIMNO_INGEST_PORT": str(port)}
    receiver = Receiver(environ, f"http://127.0.0.1:{port}")
    with ExitStack() as running:
        running.callback(receiver.kill)
        receiver.start()
        yield Platform(receiver, start("query_engine", environ, running)["http"])


@dataclass(frozen=True)
class Prometheus:
    """A running Prometheus."""

    url: str

    def kept(self, selector: str, at: float) -> list[dict]:
        """Return what it has itself kept of the last ten minutes before *at*."""
        asked = {"query": f"{selector}[10m]", "time": repr(at)}
        answer = httpx.get(f"{self.url}/api/v1/query", params=asked, timeout=60).json()
        assert answer["status"] == "success", answer
        return list(answer["data"]["result"])


StartPrometheus = Callable[[str, str], Prometheus]


@pytest.fixture
def start_prometheus(prometheus_binary: str, tmp_path: Path) -> Iterator[StartPrometheus]:
    """Return what starts a Prometheus, given the addresses of a target and a receiver."""
    with ExitStack() as running:

        def run(target: str, receiver: str) -> Prometheus:
            config, port = tmp_path / "prometheus.yml", free_port()
            config.write_text(CONFIG.format(target=target, receiver=receiver))
            log = running.enter_context((tmp_path / "prometheus.log").open("w"))
            process = subprocess.Popen(
                [
                    prometheus_binary,
                    f"--config.file={config}",
                    f"--storage.tsdb.path={tmp_path / 'tsdb'}",
                    f"--web.listen-address=127.0.0.1:{port}",
                    "--enable-feature=exemplar-storage,native-histograms",
                ],
                stdout=log,
                stderr=log,
            )
            running.callback(process.wait, 60)
            running.callback(process.terminate)
            url = f"http://127.0.0.1:{port}"
            wait_until(lambda: answers(f"{url}/-/ready"))
            return Prometheus(url)

        yield run


def answers(url: str) -> bool:
    """Tell whether an address answers well."""
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


def wait_until(done: Callable[[], bool], missing: Callable[[], object] = str) -> None:
    """Return when *done* says so; after a while give up, and tell what is *missing*."""
    deadline = time.monotonic() + PATIENCE_S
    while not done():
        assert time.monotonic() < deadline, missing()
        time.sleep(0.3)
