"""What exports are made of in tests: spans of threads, logs and measures, as plans."""

from random import Random

import polars as pl

from query_engine.export.chunks import Export
from query_engine.export.process import ProcessSource, Thread
from query_engine.export.windows import Plan
from tests.query_engine.spans.trees import Span, nested, tangled

NOON = 1_760_011_200_000_000_000
PROCESS = "11111111-2222-3333-4444-555555555555"
SPANS = {
    "stream_id": pl.String,
    "id": pl.Int64,
    "parent": pl.Int64,
    "begin": pl.Int64,
    "end": pl.Int64,
    "name": pl.String,
    "target": pl.String,
    "filename": pl.String,
    "line": pl.UInt32,
    "attributes": pl.Map(pl.String(), pl.String()),
}


def frame_of(
    threads: dict[str, list[Span]],
    attributes: dict[int, dict[str, str]],
    unended: frozenset[int] = frozenset(),
) -> pl.DataFrame:
    """Return the spans of threads as plans hold them."""
    rows = [
        (
            thread,
            one.id,
            one.parent,
            NOON + one.begin,
            None if one.id in unended else NOON + one.end,
            one.name,
            f"shop.{one.name}",
            "shop.py",
            ord(one.name),
            [{"key": key, "value": value} for key, value in attributes.get(one.id, {}).items()],
        )
        for thread, spans in threads.items()
        for one in spans
    ]
    return pl.DataFrame(rows, schema=SPANS, orient="row")


def trace_of(rows: pl.DataFrame, **parts: Plan) -> ProcessSource:
    """Return the trace of spans."""
    threads = rows["stream_id"].unique(maintain_order=True).to_list()
    return ProcessSource(
        process_id=PROCESS,
        process_name="/bin/shop",
        threads=tuple(Thread(one, f"thread {one}", "77") for one in threads),
        spans=Plan.of(rows.lazy(), "begin", "end"),
        **parts,
    )


def bytes_of(source: ProcessSource, form: str = "perfetto") -> bytes:
    """Return the file."""
    return b"".join(Export(source, form).chunks())


def random_source(random: Random) -> ProcessSource:
    """Return a process with threads and coroutines, open spans, attributes, logs and measures."""
    threads: dict[str, list[Span]] = {}
    last = 0
    for thread, made in (("a", nested), ("b", tangled)):
        spans = made(random, random.randint(1, 60))
        threads[thread] = [
            Span(s.id + last, s.parent + last if s.parent else 0, s.begin, s.end, s.name)
            for s in spans
        ]
        last += 20_000
    numbers = [one.id for spans in threads.values() for one in spans]
    attributes = {number: {"k": f'"v\\{number}"', "é": "☃"} for number in numbers if not number % 5}
    unended = frozenset(random.sample(numbers, min(2, len(numbers))))
    count = random.randint(0, 20)
    times = [NOON + random.randint(0, 200) for _ in range(count)]
    logs = pl.LazyFrame(
        {
            "time": times,
            "level": [random.randint(1, 6) for _ in times],
            "target": [random.choice(["shop", None]) for _ in times],
            "msg": [f'line "{number}"\n' for number in range(count)],
        },
        {"time": pl.Int64, "level": pl.Int32, "target": pl.String, "msg": pl.String},
    )
    measures = pl.LazyFrame(
        {
            "time": times,
            "name": [random.choice(["load", "queue"]) for _ in times],
            "unit": [random.choice(["1", None]) for _ in times],
            "series": [random.choice(["", "route=/a"]) for _ in times],
            "value": [random.random() * 1e6 for _ in times],
        },
        {
            "time": pl.Int64,
            "name": pl.String,
            "unit": pl.String,
            "series": pl.String,
            "value": pl.Float64,
        },
    )
    return trace_of(
        frame_of(threads, attributes, unended),
        logs=Plan.of(logs, "time"),
        measures=Plan.of(measures, "time"),
    )
