"""`limnod up` and the demo as people run them: real processes, signals, kills, a second start."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

import limnograph
from stack.data_directory import DataDirectory
from stack.process import ProcessIdentity, wait_until_ended
from stack.program import leftovers
from tests.query_engine.tls.conftest import Authority, Folder

ROOT = Path(__file__).resolve().parents[2]
FREE_PORTS = {
    "LIMNO_INGEST_PORT": "0",
    "LIMNO_INGEST_GRPC_PORT": "0",
    "LIMNO_INGEST_OTLP_PORT": "0",
    "LIMNO_QUERY_HTTP_PORT": "0",
    "LIMNO_QUERY_FLIGHT_PORT": "0",
    "LIMNO_DAGSTER_PORT": "0",
    "LIMNO_POSTGRES_PORT": "0",
}
OTLP_PORTS = {"LIMNO_INGEST_GRPC_PORT": 4317, "LIMNO_INGEST_OTLP_PORT": 4318}
STOP_S_MAX = 10.0

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="reads /proc"),
]


class Limnod:
    """One `limnod` on a data directory of its own."""

    def __init__(self, data_dir: Path) -> None:
        self.directory = DataDirectory(data_dir)
        self.output = data_dir.with_suffix(".out")
        self.environment = {
            **{k: v for k, v in os.environ.items() if not k.startswith("LIMNO_")},
            **FREE_PORTS,
            "LIMNO_DATA_DIR": str(data_dir),
            "LIMNO_DAGSTER": "false",
            "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk' / 'src'}",
        }
        self.process: subprocess.Popen[bytes] | None = None

    def up(self, module: str = "stack.cli", *arguments: str) -> None:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                cwd=ROOT,
                env=self.environment,
                stdout=output,
                stderr=subprocess.STDOUT,
            )

    def run(self, *arguments: str, module: str = "stack.cli") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", module, *arguments],
            check=False,
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def said(self) -> str:
        return self.output.read_text()

    def wait_for(self, pattern: str, seconds: float = 120) -> None:
        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.said(), re.MULTILINE):
            assert self.process is not None
            assert self.process.poll() is None, self.said()
            assert time.monotonic() < deadline, self.said()
            time.sleep(0.05)

    def parts(self) -> list[ProcessIdentity]:
        return leftovers(self.directory.stack_id())

    def part(self, command: str) -> int:
        for identity in self.parts():
            if command in Path(f"/proc/{identity.pid}/cmdline").read_text():
                return identity.pid
        raise AssertionError(f"{command} does not run: {self.said()}")

    def stop(self) -> float:
        assert self.process is not None
        begun = time.monotonic()
        self.process.terminate()
        self.process.wait(60)
        return time.monotonic() - begun


@pytest.fixture
def limnod() -> Iterator[Limnod]:
    parent = Path(tempfile.mkdtemp(prefix="limnograph-test-"))
    parent.chmod(0o711)
    made = Limnod(parent / "data")
    yield made
    if made.process is not None and made.process.poll() is None:
        made.stop()
    if made.process is not None:
        for identity in made.parts():
            os.kill(identity.pid, signal.SIGKILL)
    shutil.rmtree(parent)


def test_everything_comes_up_survives_a_killed_part_and_stops_in_time(limnod: Limnod) -> None:
    """
    Status tells the truth before, during and after; a dead part comes back; nothing stays behind.
    """
    assert limnod.run("status").returncode == 1
    limnod.up("stack.cli", "up")
    limnod.wait_for("^ready$")
    status = limnod.run("status")
    assert status.returncode == 0, status.stdout
    assert re.search(
        r"^ingest \(grpc\) +http://127\.0\.0\.1:\d+ +ready$", status.stdout, re.MULTILINE
    )
    assert re.search(
        r"^  OpenTelemetry +http://\S+ \(gRPC\), http://\S+ \(HTTP\)$", limnod.said(), re.MULTILINE
    )
    probed = limnod.run("probe", "--once")
    assert probed.returncode == 0, probed.stdout + probed.stderr
    assert limnod.part("stack.probe")
    refused = limnod.run("up")
    assert refused.returncode == 1
    assert "already runs on" in refused.stderr

    os.kill(limnod.part("ingest_api"), signal.SIGKILL)
    limnod.wait_for("^ingest was killed by signal 9")
    limnod.wait_for("^ingest is ready again$")
    addresses = limnod.directory.read_addresses()
    assert addresses is not None
    with urllib.request.urlopen(f"{addresses.ingest_url}/ready") as answer:
        assert answer.status == 200

    assert limnod.stop() < STOP_S_MAX
    assert limnod.process is not None
    assert limnod.process.returncode == 0
    assert limnod.parts() == []
    assert limnod.run("status").returncode == 1


def test_a_killed_limnod_leaves_nothing_that_blocks_the_next(limnod: Limnod) -> None:
    """
    After SIGKILL all parts end by themselves, and the next start works with the same data.
    """
    limnod.up("stack.cli", "up")
    limnod.wait_for("^ready$")
    parts = limnod.parts()
    assert limnod.process is not None
    limnod.process.kill()
    limnod.process.wait()
    assert all(wait_until_ended(part, 30) for part in parts)
    limnod.up("stack.cli", "up")
    limnod.wait_for("^ready$")
    assert "schema migrated" not in limnod.said()


@pytest.mark.parametrize("client_certificates", [False, True])
def test_a_query_service_with_tls_is_looked_after_as_well(
    limnod: Limnod, tmp_path: Path, client_certificates: bool
) -> None:
    """
    It gets ready, status says so, and the address that is printed is the one to connect to.
    """
    authority, folder = Authority("one"), Folder(tmp_path)
    folder.put(authority.pair())
    trusted = tmp_path / "ca.pem"
    trusted.write_bytes(authority.pem)
    limnod.environment["LIMNO_QUERY_TLS_CERT_FILE"] = str(folder.certificate)
    limnod.environment["LIMNO_QUERY_TLS_KEY_FILE"] = str(folder.key)
    if client_certificates:
        limnod.environment["LIMNO_QUERY_TLS_CLIENT_CA_FILE"] = str(trusted)
    limnod.up("stack.cli", "up")
    limnod.wait_for("^ready$")
    assert re.search(r"^  ask in SQL +grpc\+tls://127", limnod.said(), re.MULTILINE)
    assert limnod.run("status").returncode == 0
    addresses = limnod.directory.read_addresses()
    assert addresses is not None
    if not client_certificates:
        with limnograph.connect(addresses.flight_url, tls_ca=str(trusted)) as client:
            assert client.query("SELECT 1 AS n").arrow()["n"].to_pylist() == [1]
    assert limnod.stop() < STOP_S_MAX


def test_wrong_settings_are_named(limnod: Limnod) -> None:
    """
    A setting that cannot be understood stops the program with its name, not with a traceback.
    """
    limnod.environment["LIMNO_POSTGRES_PORT"] = "many"
    done = limnod.run("up")
    assert done.returncode == 2
    assert "LIMNO_POSTGRES_PORT: 'many' cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_root_that_cannot_be_used_stops_the_start_at_once(limnod: Limnod) -> None:
    """
    Before any part is started, and in one message: parts would only die of it one by one.
    """
    for root, message in (("gs://bucket", "s3://bucket/prefix"), ("file:///proc/no", "/proc/no")):
        limnod.environment["LIMNO_ROOT_URI"] = root
        done = limnod.run("up")
        assert done.returncode != 0
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert not (limnod.directory.logs / "ingest.log").exists()


def test_a_single_service_without_a_lake_says_what_to_set(limnod: Limnod) -> None:
    """
    `limnod ingest` on a machine without a lake names both ways out.
    """
    done = limnod.run("ingest")
    assert done.returncode == 1
    assert "LIMNO_DATABASE_URL" in done.stderr
    assert "limnod up" in done.stderr


def test_another_collector_on_the_default_ports_is_no_obstacle(limnod: Limnod) -> None:
    """
    OpenTelemetry's ports are left to it, with a warning; a port that was set is an error.
    """
    for variable in OTLP_PORTS:
        del limnod.environment[variable]
    with ExitStack() as others:
        for port in OTLP_PORTS.values():
            with suppress(OSError):  # then it is taken already
                others.enter_context(socket.create_server(("127.0.0.1", port)))
        limnod.up("stack.cli", "up")
        limnod.wait_for("^ready$")
        said = limnod.said()
        limnod.stop()
        for variable, port in OTLP_PORTS.items():
            assert re.search(f"WARNING: .*port {port} .*{variable}", said)
        assert "OpenTelemetry  " not in said
        limnod.environment["LIMNO_INGEST_GRPC_PORT"] = "4317"
        limnod.up("stack.cli", "up")
        assert limnod.process is not None
        assert limnod.process.wait(60) == 1
        assert "port 4317 for OTLP over gRPC is taken" in limnod.said()


def test_the_demo_refuses_what_it_does_not_know(limnod: Limnod) -> None:
    """
    A mistyped option is said, not ignored: it may have been meant to keep data apart.
    """
    done = limnod.run("--dataa-dir", "/nowhere", module="stack.demo")
    assert done.returncode == 2
    assert "--dataa-dir" in done.stderr


def test_the_demo_finds_every_acknowledged_event(limnod: Limnod) -> None:
    """
    The whole platform with Dagster: what the receiver acknowledged is what SQL counts.
    """
    del limnod.environment["LIMNO_DAGSTER"]
    limnod.environment["ONCE"] = "1"
    limnod.up("stack.demo")
    assert limnod.process is not None
    assert limnod.process.wait(300) == 0, limnod.said()
    counts = re.search(r"^acknowledged=(\d+) queried=(\d+)$", limnod.said(), re.MULTILINE)
    assert counts is not None, limnod.said()
    assert counts[1] == counts[2]
    assert int(counts[1]) > 1000
    assert "Dagster UI" in limnod.said()
    slow = re.search(r"http://\S+/perfetto/trace/([0-9a-f]{32})$", limnod.said(), re.MULTILINE)
    assert slow is not None, limnod.said()
    assert f"--trace-id {slow[1]} " in limnod.said()
    assert "checkout;reserve stock;" in limnod.said()
    assert limnod.parts() == []
