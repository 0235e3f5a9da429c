"""Every benchmark runs from a clean start, quickly, and prints what its page promises."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = {"tpch": 22, "clicks": 43, "observability": 30}
LINES_A_QUESTION = 4  # hot and cold, against each of two peers
SUMMARY_NAMES = {"geomean_hot", "geomean_cold", "front_end"}
SUMMARIES = 7  # hot and cold, against each peer and the better one; the front end
NAMES = {
    "ingest": {
        "ingest.cpu",
        "ingest.cpu_of_bytes",
        "ingest.cpu_with_postgres",
        "ingest.acknowledged_p50",
        "ingest.acknowledged_p99",
    },
    "materialize": {
        "materialize.cpu",
        "materialize.wall",
        "materialize.cpu_of_write",
        "materialize.size",
    },
    "otlp": {
        "otlp.logs to rows",
        "otlp.spans to rows",
        "otlp.points to rows",
        "otlp.logs from JSON",
        "otlp.traces from JSON",
        "otlp.metrics from JSON",
        "otlp.logs acknowledged",
        "otlp.traces acknowledged",
        "otlp.metrics acknowledged",
        "otlp.logs of 1000 processes a request acknowledged",
        "otlp.logs acknowledged over gRPC",
        "otlp.logs acknowledged over gRPC beside HTTP",
        "otlp.traces acknowledged over gRPC",
        "otlp.traces acknowledged over gRPC beside HTTP",
        "otlp.metrics acknowledged over gRPC",
        "otlp.metrics acknowledged over gRPC beside HTTP",
        "otlp.logs to table",
        "otlp.spans to table",
        "otlp.points to table",
        "otlp.histograms to table",
        "otlp.logs stored",
        "otlp.spans stored",
        "otlp.logs of many processes stored",
        "otlp.spans of many processes stored",
        "otlp.points and histograms stored",
        "otlp/trace by id",
        "otlp/search for traces",
        "otlp/asking the filters of all files, known ones",
    },
    "spans": {
        "spans.blocks to rows",
        "spans.blocks to SQL",
        "spans.first query",
        "spans.second query",
        "spans.flame",
        "spans.span_diff",
        "spans.trace_spans",
        "spans.critical_path",
        "spans.flame deep",
        "spans.span_diff deep",
        "spans.flame wide",
        "spans.span_diff wide",
        "spans.export perfetto",
        "spans.export chrome",
        "spans.export speedscope",
        "spans.export perfetto, an attribute each",
        "spans.export chrome, an attribute each",
        "spans.export speedscope, an attribute each",
    },
    "prometheus": {
        "prometheus.1.0 told as OTLP",
        "prometheus.2.0 told as OTLP",
        "prometheus.1.0 acknowledged",
    },
    "maintenance": {
        "maintenance.newest_p50",
        "maintenance.newest_p99",
        "maintenance.one_hour_p50",
        "maintenance.one_hour_p99",
        "maintenance.stats_p50",
        "maintenance.stats_p99",
        "maintenance.everything_p50",
        "maintenance.everything_p99",
        "maintenance.compaction",
    },
    "scale": {"scale.io_bound", "scale.cpu_bound"},
    "orchestration": {
        "orchestration.retention of a day",
        "orchestration.retention of a day of many",
        "orchestration.start",
        "orchestration.start_cpu",
        "orchestration.memory",
        "orchestration.idle",
        "orchestration.launch",
        "orchestration.run",
        "orchestration.slice",
        "orchestration.slice of its own run",
    },
    "auth": {
        "auth.gate.key",
        "auth.gate.token",
        "auth.request.key",
        "auth.request.token",
        "auth.first_check.RS256",
        "auth.first_check.ES256",
        "auth.first_check.Ed25519",
    },
    "freshness": {
        "freshness.visible_p50",
        "freshness.visible_p99",
        "freshness.trivial_query_p50",
    },
}


def quick(module: str, *arguments: str) -> list[dict[str, object]]:
    """Run a benchmark as its page says; returns its lines."""
    done = subprocess.run(
        [sys.executable, "-m", f"benchmarks.{module}", "--quick", *arguments],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'sdk/src'}"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    for line in lines:
        assert line["value"] > 0
        assert line["peer_value"] > 0
        assert line["ratio"] == pytest.approx(line["value"] / line["peer_value"], rel=0.01)
    return lines


@pytest.mark.slow
@pytest.mark.parametrize("module", list(NAMES))
def test_a_quick_run_prints_its_lines(module: str) -> None:
    """
    Each figure of the page is there, with a peer and a ratio.
    """
    assert {line["name"] for line in quick(module)} == NAMES[module]


@pytest.mark.slow
def test_the_cost_model_is_fed_by_what_it_measures() -> None:
    """
    The whole, each item of the bill, other assumptions and growing fleets: all have a price.
    """
    lines = quick("cost")
    names = [str(line["name"]) for line in lines]
    assert names.count("cost.per_billion") == 2
    items = {"receivers", "query", "maintenance", "database", "storage", "requests"}
    assert {f"cost.month.{item}" for item in items} <= set(names)
    assert sum(name.startswith("cost.if.") for name in names) >= 10
    assert "cost.month.of 100000 processes" in names
    assert lines[0]["conditions"]["measured"]["commit_puts"] > 0


EVENTS = {
    "metric.record",
    "log, message only",
    "log, 3 properties",
    "log, disabled",
    "span, with",
    "span, decorator",
    "async span, same task",
    "async span, switching tasks",
}


@pytest.mark.slow
def test_every_event_of_the_sdk_has_a_line_beside_the_cheapest_call() -> None:
    """
    The table is whole with whatever peers are installed: those of `make test` are among them.
    """
    lines = quick("sdk", "--part", "table", "--part", "encoding")
    floors = {line["name"] for line in lines if "empty C function" in str(line["peer"])} or {
        line["name"] for line in lines if "operator.index" in str(line["peer"])
    }
    assert {f"sdk.{event}" for event in EVENTS} <= floors
    assert "logging.info into memory" in {line["peer"] for line in lines}
    assert {"sdk.events into requests", "sdk.size on the wire"} <= {line["name"] for line in lines}


@pytest.mark.slow
@pytest.mark.parametrize("suite", list(QUESTIONS))
def test_every_question_of_a_suite_is_asked_of_three_engines(suite: str) -> None:
    """
    Each question has its lines; the engines agreed on the answers, or there would be none.
    """
    lines = quick("query", "--suite", suite)
    names = [line["name"] for line in lines]
    questions = {name for name in names if str(name).rpartition(".")[2] not in SUMMARY_NAMES}
    assert len(questions) == QUESTIONS[suite]
    assert len(names) == len(questions) * LINES_A_QUESTION + SUMMARIES


@pytest.mark.slow
def test_the_memory_benchmark_keeps_its_promises() -> None:
    """
    Each question finishes whole or fails cleanly, within its memory; here in a small size.
    """
    lines = quick("memory", "--cap-mib", "80")
    assert [line["name"] for line in lines] == ["memory.group_by", "memory.sort", "memory.join"]


@pytest.mark.slow
def test_every_client_reads_the_whole_table_through_each_door() -> None:
    """
    Each way of the rows has its time and its CPU time beside those of a bare server.
    """
    names = {line["name"] for line in quick("doors", "--part", "stream", "--rows", "200000")}
    assert names == {
        f"doors.{what}.{table}.{way}"
        for what in ("stream", "server_cpu")
        for table in ("arrow", "delta")
        for way in ("flight.pyarrow", "flight.adbc", "flight.ours", "http.ours", "http.requests")
    } | {
        f"doors.{what}.arrow.http.requests_{codec}"
        for what in ("stream", "server_cpu")
        for codec in ("lz4", "zstd")
    }


@pytest.mark.slow
def test_small_answers_and_a_crowd_are_measured_at_each_door() -> None:
    """
    Latencies have two percentiles; everybody in the crowd got the right answer, or it would fail.
    """
    names = {line["name"] for line in quick("doors", "--part", "latency", "--part", "crowd")}
    clients = ("pyarrow", "ours", "adbc", "adbc_dbapi")
    ways = {f"flight.{name}" for name in clients} | {"http.ours", "http.requests"}
    assert names == {
        f"doors.latency.{question}.{way}_p{percent}"
        for question in ("select_1", "logs")
        for way in ways
        for percent in (50, 99)
    } | {"doors.crowd.flight", "doors.crowd.http"}
