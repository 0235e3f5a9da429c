"""What a benchmark prints: lines that a program can read and a person can compare."""

import json
import time

import psutil
import pytest

from benchmarks.report_lines import Line, best_of, cpu_seconds, emit, measured, percentile


def test_a_line_is_one_json_object_with_the_ratio_to_its_peer(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """
    Below one means better than the peer, in every line; the machine stands beside the figure.
    """
    emit(Line(name="x", value=3.0, unit="ms", peer="theirs", peer_value=6.0, conditions={"n": 1}))
    printed = json.loads(capsys.readouterr().out)
    assert list(printed) == ["name", "value", "unit", "peer", "peer_value", "ratio", "conditions"]
    assert printed["ratio"] == 0.5
    assert printed["conditions"]["n"] == 1
    assert {"cores", "load", "python"} <= printed["conditions"].keys()


def test_cpu_time_is_that_of_the_process_named() -> None:
    """
    Waiting costs no CPU, counting does.
    """
    with measured(us=psutil.Process()) as idle:
        time.sleep(0.2)
    with measured(us=psutil.Process()) as busy:
        end = time.perf_counter() + 0.3
        while time.perf_counter() < end:
            pass
    assert idle.wall_s >= 0.2
    assert idle.cpu_s["us"] < busy.cpu_s["us"]
    assert cpu_seconds(psutil.Process()) > 0


def test_percentiles_and_best_times_mean_what_they_say() -> None:
    """
    The median of 0..100 is 50; the best of some runs is not slower than their average.
    """
    assert percentile(range(101), 50) == 50
    assert percentile(range(101), 99) == 99
    runs = []
    assert best_of(3, lambda: runs.append(1)) >= 0
    assert len(runs) == 4
