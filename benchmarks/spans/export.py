"""The part `export`: CPU, speed and memory of exports, in constant memory however many spans."""

import json
import multiprocessing
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from perfetto.protos.perfetto.trace import perfetto_trace_pb2 as proto

from benchmarks.report_lines import Line
from benchmarks.spans.made import BEGIN_NS, NAMES, calls
from benchmarks.spans.part import Part
from query_engine.export.chunks import Export
from query_engine.export.limits import WINDOW_ROWS
from query_engine.export.perfetto.packets import event, written
from query_engine.export.process import ProcessSource, Thread, log_plan
from query_engine.export.scribes.catalog import FORMATS
from query_engine.export.windows import Plan
from query_engine.tables.functions.process_trace import span_plan

PEER = "a loop over the spans, a packet made with the schema's classes for each begin and end"
PEER_SPANS = 100_000
ATTRIBUTES = pl.Map(pl.String(), pl.String())
THREADS = 4
PIECE = 1_000_000
"""Spans of the table are made so many at a time, one piece after the other in time."""
LOGS_PIECE = 10_000


def lines(quick: bool) -> Iterator[Line]:
    """Measure each format in a process of its own, whose peak is its alone."""
    spans = 40_000 if quick else 10_000_000
    with tempfile.TemporaryDirectory() as folder:
        path, told = Path(folder) / "spans", Path(folder) / "told"
        write_spans(path, spans)
        write_spans(told, spans // 10, attributes=True)
        peer_s = _by_classes(path)
        cases = [(form, path, spans, "") for form in FORMATS]
        cases += [(form, told, spans // 10, ", an attribute each") for form in FORMATS]
        for form, where, count, what in cases:
            found = exported(where, form.name)
            yield Line(
                name=f"spans.export {form.name}{what}",
                value=1e6 * found["cpu_s"] / count, unit="CPU us per span",
                peer=PEER, peer_value=1e6 * peer_s / PEER_SPANS,
                conditions={
                    "spans": count,
                    "spans_per_s": round(count / found["wall_s"]),
                    "mb_per_s": round(found["bytes"] / 1e6 / found["wall_s"], 1),
                    "mb": round(found["bytes"] / 1e6, 1),
                    "peak_mib": round(found["peak_mib"]),
                    "peak_before_mib": round(found["before_mib"]),
                },
            )  # fmt: skip


def write_spans(path: Path, count: int, piece: int = PIECE, *, attributes: bool = False) -> None:
    """
    Write spans of threads as a view's table has them, in files of a piece each.

    With *attributes* each has one of its own, as spans of requests have.
    """
    own = pl.concat_list(
        pl.struct(pl.lit("order").alias("key"), pl.col("id").cast(pl.String()).alias("value"))
    )
    told = own.cast(ATTRIBUTES) if attributes else pl.lit(None, ATTRIBUTES)
    path.mkdir()
    for number, first in enumerate(range(0, count, piece)):
        made = calls(min(piece, count - first), number, 1000).frame()
        # What calls what stays in its thread: a thread has the calls of its pieces.
        shift = number * 100_000_000_000
        made.select(
            pl.lit(f"thread {number % THREADS}").alias("stream_id"),
            pl.col("id") + first,
            pl.when(pl.col("parent") > 0).then(pl.col("parent") + first).otherwise(0),
            pl.col("begin", "end") + shift,
            "name",
            pl.lit("shop").alias("target"),
            pl.lit("shop.py").alias("filename"),
            pl.lit(1, pl.UInt32()).alias("line"),
            told.alias("attributes"),
        ).write_ipc(path / f"{number:04}.arrow")


def write_logs(path: Path, count: int, chars: int) -> None:
    """Write log records with messages of so many characters, as a view's table has them."""
    path.mkdir()
    for number, first in enumerate(range(0, count, LOGS_PIECE)):
        times = pl.int_range(first, min(first + LOGS_PIECE, count), dtype=pl.Int64(), eager=True)
        pl.select(
            (times * 1000 + BEGIN_NS).cast(pl.Datetime("ns", "UTC")).alias("time"),
            pl.lit(4, pl.Int32()).alias("level"),
            pl.lit("shop").alias("target"),
            times.cast(pl.String()).str.pad_end(chars, "x").alias("msg"),
        ).write_ipc(path / f"{number:04}.arrow", compression="zstd")  # else it is mapped: memory


def exported(path: Path, form: str, window_rows: int = WINDOW_ROWS) -> dict[str, float]:
    """Export in another process, so many spans at a time; return what it took."""
    context = multiprocessing.get_context("spawn")
    answers = context.SimpleQueue()
    worker = context.Process(target=_export, args=(path, form, window_rows, answers))
    worker.start()
    worker.join()
    if worker.exitcode != 0:
        raise RuntimeError(f"the export as {form} ended with {worker.exitcode}")
    found: dict[str, float] = json.loads(answers.get())
    return found


def _export(
    path: Path, form: str, window_rows: int, answers: "multiprocessing.SimpleQueue[str]"
) -> None:
    windows = Plan.windows
    Plan.windows = lambda plan, _=0: windows(plan, window_rows)  # type: ignore[method-assign]
    threads = tuple(Thread(f"thread {n}", f"thread {n}", str(n)) for n in range(THREADS))
    rows = pl.scan_ipc(path / "*.arrow")
    is_logs = "msg" in rows.collect_schema()
    parts = {"logs": log_plan(rows)} if is_logs else {"spans": span_plan(rows), "threads": threads}
    source = ProcessSource(
        process_id="11111111-2222-3333-4444-555555555555", process_name="shop", **parts
    )
    before = _peak_mib()
    begun, used = time.perf_counter(), time.process_time()
    size = sum(map(len, Export(source, form).chunks()))
    spent = {"wall_s": time.perf_counter() - begun, "cpu_s": time.process_time() - used}
    answers.put(json.dumps({**spent, "bytes": size, "before_mib": before, "peak_mib": _peak_mib()}))


def _peak_mib() -> float:
    """Return the peak of this program; what getrusage tells may be that of who started it."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def _by_classes(path: Path) -> float:
    """Return the CPU seconds of a loop that makes every packet of PEER_SPANS spans."""
    rows = (
        pl.scan_ipc(path / "0000.arrow").head(PEER_SPANS).select("begin", "end", "name").collect()
    )
    used = time.process_time()
    for begin, end, name in rows.iter_rows():
        first = event(proto.TrackEvent.TYPE_SLICE_BEGIN, 1, begin)
        first.track_event.name_iid = NAMES.index(name) + 1
        written(first)
        written(event(proto.TrackEvent.TYPE_SLICE_END, 1, end))
    assert rows["begin"].min() >= BEGIN_NS, "times of our days"
    return time.process_time() - used


EXPORT = Part("export", lines)
