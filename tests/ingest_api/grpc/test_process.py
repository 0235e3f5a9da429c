"""The receiver's process: killed and started again, stopped during a call, found at localhost."""

import json
import signal
import threading
import time
from pathlib import Path

import grpc
import httpx
import psycopg
import pytest
from opentelemetry._logs import LogRecord
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

from stack.ports import free_port
from tests.ingest_api.grpc.conftest import METHODS, At, grpc_address_of
from tests.ingest_api.otlp.test_routes import request
from tests.ingest_api.test_main import process

pytestmark = pytest.mark.slow


def records(lake_settings) -> int:
    with psycopg.connect(lake_settings.database_url) as conn:
        return conn.execute("SELECT coalesce(sum(nb_objects), 0) FROM blocks").fetchone()[0]


def test_a_kill_in_between_costs_and_doubles_nothing(lake_settings, tmp_path: Path) -> None:
    """
    An exporter sends again what was not acknowledged, and may send what was; each record is once.
    """
    port = {"LIMNO_INGEST_GRPC_PORT": str(free_port())}
    provider = LoggerProvider(resource=Resource({"service.name": "killed"}))
    exporter = OTLPLogExporter(f"http://127.0.0.1:{port['LIMNO_INGEST_GRPC_PORT']}", timeout=60)
    provider.add_log_record_processor(BatchLogRecordProcessor(exporter, 100, 100, 10))
    logger = provider.get_logger("shop")
    for round_ in range(2):
        with process(lake_settings, tmp_path, **port) as started:
            grpc_address_of(started)
            for number in range(400):
                logger.emit(LogRecord(body=f"order {round_} {number}"))
            deadline = time.monotonic() + 60
            while records(lake_settings) <= 400 * round_:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            started.kill()
    with process(lake_settings, tmp_path, **port) as started:
        grpc_address_of(started)
        provider.shutdown()
        assert records(lake_settings) == 800


def test_a_call_under_way_is_answered_before_the_end(lake_settings, tmp_path: Path, call) -> None:
    """
    SIGTERM while it is being stored: OK, and then the process ends by itself.
    """
    with process(lake_settings, tmp_path, LIMNO_INGEST_GRPC_PORT="0") as started:
        receiver, answers = At(grpc_address_of(started)), []
        assert call(receiver, b"") == b""
        body = request("cart").SerializeToString()
        with psycopg.connect(lake_settings.database_url) as blocker:
            blocker.execute("LOCK TABLE block_keys")
            sender = threading.Thread(target=lambda: answers.append(call(receiver, body)))
            sender.start()
            with psycopg.connect(lake_settings.database_url, autocommit=True) as other:
                waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                while not other.execute(waits).fetchone()[0]:
                    time.sleep(0.01)
            started.send_signal(signal.SIGTERM)
            blocker.rollback()
        sender.join(30)
        assert answers == [b""]
        assert started.wait(30) == 0
    assert records(lake_settings) == 2


def test_calls_are_in_the_access_log_and_counted(lake_settings, tmp_path: Path, call) -> None:
    """
    As requests over HTTP are, with the names of gRPC's codes.
    """
    with process(lake_settings, tmp_path, LIMNO_INGEST_GRPC_PORT="0") as started:
        receiver = At(grpc_address_of(started))
        call(receiver, request("cart").SerializeToString())
        with pytest.raises(grpc.RpcError):
            call(receiver, b"\x0a\x05ab")
        started.send_signal(signal.SIGTERM)
        assert started.stdout is not None
        lines = [json.loads(line) for line in started.stdout if line.startswith("{")]
    stored, refused = lines
    assert stored["method"] == "gRPC"
    assert (stored["client"], stored["path"]) == ("127.0.0.1", METHODS["logs"])
    assert (stored["status"], stored["accepted"], stored["refused"]) == ("OK", 1, 0)
    assert (refused["status"], refused["error"]) == ("INVALID_ARGUMENT", "malformed_body")


def test_localhost_is_where_the_receiver_is(lake_settings, tmp_path: Path, call) -> None:
    """
    In whichever family a client asks.
    """
    with process(lake_settings, tmp_path, LIMNO_INGEST_GRPC_PORT="0") as started:
        port = grpc_address_of(started).rpartition(":")[2]
        for host in ("127.0.0.1", "localhost", "[::1]"):
            if host == "[::1]" and not Path("/proc/net/if_inet6").exists():
                continue
            assert call(At(f"{host}:{port}"), b"") == b""


def test_exporters_of_http_find_it_on_their_own_port(lake_settings, tmp_path: Path) -> None:
    """
    The same application on a second port, in both families.
    """
    body = request("cart").SerializeToString()
    headers = {"Content-Type": "application/x-protobuf"}
    with process(lake_settings, tmp_path, LIMNO_INGEST_OTLP_PORT="0") as started:
        port = grpc_address_of(started, "HTTP").rpartition(":")[2]
        for host in ("127.0.0.1", "localhost"):
            url = f"http://{host}:{port}/v1/logs"
            with httpx.Client(transport=httpx.HTTPTransport(retries=5)) as client:
                assert client.post(url, content=body, headers=headers).status_code == 200
        assert records(lake_settings) == 2
