"""Functions over call trees, asked as people ask: with rows in tables, in the tail, and in both."""

from datetime import timedelta

import polars as pl
import pytest

from assets.errors import NotFound
from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.sql.errors import SqlError
from tests.assets.decode.otlp.messages import made_trace
from tests.query_engine.export.chrome_reading import drawn_of_chrome
from tests.query_engine.export.reading import drawn

HOUR = timedelta(hours=1)
NOON = 1_760_011_200_000_000_000
"""2025-10-09 12:00 UTC."""

TRACE = "000102030405060708090a0b0c0d0e0f"


@pytest.fixture
def threads(new_sender):
    """Return a sender of the spans of a thread."""
    return new_sender(tag="cpu")


def span(id_: int, parent: int, begin: int, duration: int, name: str) -> dict[str, object]:
    """Return a profile span as the sender of tests writes it."""
    return {
        "id": id_,
        "parent": parent,
        "begin": begin,
        "time": begin,
        "duration": duration,
        "site": SITES.index(name),
    }


SITES = ["one", "two"]
"""Names of the spans that a block of the tests has."""

CALLS = [
    span(2, 1, 10, 20, "two"),
    span(3, 1, 40, 50, "two"),
    span(1, 0, 0, 100, "one"),
]


def first_ns(asked, sender) -> int:
    """Return when the first span of a process began, Unix ns."""
    rows = asked.rows(f"SELECT begin FROM process_spans('{sender.process_id}', 'thread')")
    return min(rows["begin"].dt.epoch("ns"))


def written(ns: int) -> str:
    """Return a time as the arguments of functions take it."""
    time = pl.Series([ns]).cast(pl.Datetime("ns", "UTC"))
    return str(time.dt.to_string("%Y-%m-%dT%H:%M:%S%.9fZ")[0])


def flame(asked, call: str, **how) -> list[tuple[object, ...]]:
    """Return path, count, inclusive and self time."""
    rows = asked.rows(f"SELECT path, count, inclusive, self FROM {call} ORDER BY path", **how)
    return rows.rows()


def test_a_flame_table_counts_spans_of_table_and_tail(asked, filled, threads):
    """
    Calls of a request whose spans arrived one after the other are still calls of it.
    """
    filled.write(threads, CALLS[:2])
    materialize(
        filled.lake, view_named("thread_spans"), filled.tables, process_id=threads.process_id
    )
    filled.write(threads, CALLS[2:], shift=HOUR)
    assert flame(asked, f"flame('{threads.process_id}')") == [
        ("one", 1, 100, 30),
        ("one;two", 2, 70, 70),
    ]


def test_a_period_cuts_spans(asked, filled, threads):
    """
    By the function's arguments, by the call's range, and by both: the narrower counts.
    """
    filled.write(threads, CALLS)
    zero = first_ns(asked, threads)
    texts = [written(zero + ns) for ns in (20, 60)]
    cut = [("one", 1, 40, 10), ("one;two", 2, 30, 30)]
    call = f"flame('{threads.process_id}', '{texts[0]}', '{texts[1]}')"
    assert flame(asked, call) == cut
    ranged = {"begin_ns": zero + 20, "end_ns": zero + 60}
    assert flame(asked, f"flame('{threads.process_id}')", **ranged) == cut
    half = {"begin_ns": zero + 20, "end_ns": zero + 1000}
    both = f"flame('{threads.process_id}', '{written(zero)}', '{texts[1]}')"
    assert flame(asked, both, **half) == cut


def test_two_processes_are_compared_path_by_path(asked, filled, new_sender):
    """
    Paths of one side only are there too, with zeros for the other.
    """
    old, new = new_sender(tag="cpu"), new_sender(tag="cpu")
    filled.write(old, CALLS)
    filled.write(new, [span(1, 0, 0, 300, "one"), span(2, 1, 50, 200, "one")])
    rows = asked.rows(
        "SELECT path, count_a, count_b, self_a, self_b, mean_a, mean_b, self_change"
        f" FROM span_diff('{old.process_id}', '{new.process_id}') ORDER BY path"
    )
    assert rows.rows() == [
        ("one", 1, 1, 30, 100, 100.0, 300.0, 70),
        ("one;one", 0, 1, 0, 200, None, 200.0, 200),
        ("one;two", 2, 0, 70, 0, 35.0, None, -70),
    ]


def test_two_periods_of_one_process_are_compared(asked, filled, threads):
    """
    With five arguments: the process, and begin and end of each.
    """
    filled.write(threads, CALLS)
    zero = first_ns(asked, threads)
    texts = [written(zero + ns) for ns in (0, 35, 35, 100)]
    times = ", ".join(f"'{text}'" for text in texts)
    rows = asked.rows(
        f"SELECT path, inclusive_a, inclusive_b FROM span_diff('{threads.process_id}', {times})"
        " ORDER BY path"
    )
    assert rows.rows() == [("one", 35, 65), ("one;two", 20, 50)]


@pytest.fixture
def trace(filled, new_sender):
    """Write one trace of two services, half in a table."""
    web = new_sender(tag="trace", format="otlp/v1/traces")
    shop = new_sender(tag="trace", format="otlp/v1/traces")
    filled.write(web, made_trace(TRACE, NOON, (1, 0, 0, 100, "GET"), (2, 1, 10, 90, "call")))
    materialize(filled.lake, view_named("otel_spans"), filled.tables)
    inner = made_trace(
        TRACE, NOON, (4, 3, 30, 70, "sql"), (5, 3, 20, 60, "cache"), (3, 2, 20, 80, "pay")
    )
    filled.write(shop, inner)
    return web.process_id, shop.process_id


def test_a_trace_is_a_tree_across_processes(asked, trace):
    """
    Rows are numbered as the tree is written; the columns of otel_spans follow.
    """
    rows = asked.rows(
        f"SELECT row, depth, path, name, process_id FROM trace_spans('{TRACE}') ORDER BY 1"
    )
    web, shop = trace
    assert rows.rows() == [
        (0, 0, "GET", "GET", web),
        (1, 1, "GET;call", "call", web),
        (2, 2, "GET;call;pay", "pay", shop),
        (3, 3, "GET;call;pay;cache", "cache", shop),
        (4, 3, "GET;call;pay;sql", "sql", shop),
    ]


def test_a_filter_does_not_change_the_tree(asked, trace):
    """
    Depth and path are those of the whole trace.
    """
    rows = asked.rows(
        f"SELECT depth, path FROM trace_spans('{TRACE.upper()}') WHERE name = 'sql' LIMIT 1"
    )
    assert rows.rows() == [(3, "GET;call;pay;sql")]
    assert asked.rows(f"SELECT count(*) AS n FROM trace_spans('{TRACE}')")["n"][0] == 5


def test_the_critical_path_says_what_the_end_waited_for(asked, trace):
    """
    Stretches follow one another; together they are as long as the root.
    """
    rows = asked.rows(f"SELECT name, duration FROM critical_path('{TRACE}') ORDER BY step")
    assert rows.rows() == [
        ("GET", 10), ("call", 10), ("pay", 10), ("sql", 40), ("pay", 10), ("call", 10), ("GET", 10),
    ]  # fmt: skip


@pytest.mark.parametrize("call", ["trace_spans", "critical_path"])
def test_a_trace_without_spans_has_no_rows(asked, filled, call):
    """
    It may come yet: that is no error.
    """
    assert asked.rows(f"SELECT * FROM {call}('{TRACE}')").is_empty()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        ("flame('x')", SqlError, "is not a process id"),
        ("flame('00000000-0000-0000-0000-000000000001')", NotFound, "there is no process"),
        ("flame('00000000-0000-0000-0000-000000000001', 'noon')", SqlError, "takes 1 or 3"),
        ("flame('00000000-0000-0000-0000-000000000001', 'a', 'b')", SqlError, "a begin 'a'"),
        (
            "flame('00000000-0000-0000-0000-000000000001', '2026-01-02', '2026-01-01')",
            SqlError,
            "begin is after the end",
        ),
        ("flame(NULL)", SqlError, "flame takes a process id, not NULL"),
        (
            "flame('00000000-0000-0000-0000-000000000001', NULL, '2026-01-01')",
            SqlError,
            "a begin, not NULL",
        ),
        ("critical_path((SELECT trace_id FROM otel_spans))", SqlError, "a trace id, not NULL"),
        ("span_diff('x')", SqlError, "takes 2 or 5 arguments"),
        ("trace_spans('xyz')", SqlError, "32 hexadecimal digits"),
        ("critical_path(1)", SqlError, "a trace id as text"),
    ],
)
def test_wrong_calls_are_clear_errors(asked, call, error, text):
    """
    What is missing, malformed or too much is told apart.
    """
    with pytest.raises(error, match=text):
        asked.rows(f"SELECT * FROM {call}")


def chunks(asked, call: str, **how) -> bytes:
    """Return the file of an exported trace."""
    rows = asked.rows(f"SELECT chunk_data FROM {call} ORDER BY chunk_id", **how)
    return b"".join(rows["chunk_data"].to_list())


def test_a_process_is_exported_for_perfetto(asked, filled, threads):
    """
    Its threads, from tables and tail, cut to the range that is asked for.
    """
    filled.write(threads, CALLS[:2])
    materialize(
        filled.lake, view_named("thread_spans"), filled.tables, process_id=threads.process_id
    )
    filled.write(threads, CALLS[2:], shift=HOUR)
    call = f"perfetto_trace_chunks('{threads.process_id}', 'thread')"
    seen = drawn(chunks(asked, call))
    assert sorted(slice_.names for slice_ in seen.slices) == [
        ("one",),
        ("one", "two"),
        ("one", "two"),
    ]
    zero = first_ns(asked, threads)
    assert sorted(slice_.begin - zero for slice_ in seen.slices) == [0, 10, 40]
    ranged = drawn(chunks(asked, call, begin_ns=zero + 50, end_ns=zero + 60))
    assert sorted(slice_.begin - zero for slice_ in ranged.slices) == [0, 40]
    texts = ", ".join(f"'{written(zero + ns)}'" for ns in (50, 60))
    given = drawn(chunks(asked, f"{call[:-1]}, {texts})"))
    assert given.slices == ranged.slices


def test_everything_of_a_process_is_exported(asked, filled, trace):
    """
    Trace spans on tracks of their own; what the process did not send is left out.
    """
    _, shop = trace
    seen = drawn(chunks(asked, f"perfetto_trace_chunks('{shop}', 'all')"))
    assert {slice_.names for slice_ in seen.slices} == {("pay",), ("pay", "cache"), ("sql",)}
    assert {slice_.track for slice_ in seen.slices} == {
        "Async Operations",
        "Async Operations (2)",
    }
    assert all(("otel.trace_id", TRACE) in slice_.attributes for slice_ in seen.slices)


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        ("'x', 'thread'", SqlError, "is not a process id"),
        ("'00000000-0000-0000-0000-000000000001', 'all'", NotFound, "there is no process"),
        ("'00000000-0000-0000-0000-000000000001', 'cpu'", SqlError, "exports no 'cpu'; there are"),
        ("'00000000-0000-0000-0000-000000000001', 'all', 'x'", SqlError, "takes 2 or 4"),
        (
            "'00000000-0000-0000-0000-000000000001', 'all', '2026-01-02', '2026-01-01'",
            SqlError,
            "the begin is after the end",
        ),
    ],
)
def test_wrong_exports_are_clear_errors(asked, call, error, text):
    """
    Before anything is read.
    """
    with pytest.raises(error, match=text):
        asked.rows(f"SELECT * FROM perfetto_trace_chunks({call})")


def test_a_whole_trace_is_exported_with_arrows_between_processes(asked, filled, trace):
    """
    Each process has tracks of its own; the arrow begins when the child does.
    """
    seen = drawn(chunks(asked, f"export_trace('{TRACE}', 'perfetto')"))
    assert len(seen.processes) == 2
    assert {one.names for one in seen.slices} == {
        ("GET",), ("GET", "call"), ("pay",), ("pay", "cache"), ("sql",),
    }  # fmt: skip
    assert (NOON + 20, NOON + 20) in seen.flows
    chrome = drawn_of_chrome(chunks(asked, f"export_trace('{TRACE.upper()}', 'chrome')"))
    assert chrome.processes == seen.processes
    assert sorted(chrome.flows) == sorted(seen.flows)


def test_a_trace_that_is_not_there_cannot_be_exported(asked, filled):
    """
    An empty file would be taken for a trace.
    """
    with pytest.raises(NotFound, match="no spans of trace"):
        asked.rows(f"SELECT * FROM export_trace('{TRACE}', 'perfetto')")


def test_spans_of_coroutines_are_exported_alone_or_with_those_of_threads(asked, filled, threads):
    """
    As process_spans tells them apart.
    """
    asynchronous = {**span(4, 0, 5, 90, "two"), "coroutine": 1}
    filled.write(threads, [*CALLS, asynchronous])
    counts = {
        kind: len(
            drawn(chunks(asked, f"perfetto_trace_chunks('{threads.process_id}', '{kind}')")).slices
        )
        for kind in ("thread", "async", "both", "all")
    }
    assert counts == {"thread": 3, "async": 1, "both": 4, "all": 4}


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("export_process('00000000-0000-0000-0000-000000000001', 'all', 'svg')", "writes no 'svg'"),
        ("export_process('x', 'all', 'chrome')", "is not a process id"),
        ("export_trace('x', 'chrome')", "is not a trace id"),
        (f"export_trace('{TRACE}', 'pprof')", "there are: 'perfetto', 'chrome', 'speedscope'"),
    ],
)
def test_wrong_formats_are_clear_errors(asked, call, text):
    """
    Before anything is read.
    """
    with pytest.raises(SqlError, match=text):
        asked.rows(f"SELECT * FROM {call}")
