"""A trace with its logs and measures: of all processes, in the order of time, each at its span."""

import pytest

from assets.materialize import materialize
from assets.views.catalog import view_named
from query_engine.limits import TRACE_MEASURES_AROUND_NS
from query_engine.sql.errors import SqlError
from tests.assets.conftest import T0_NS
from tests.assets.decode.otlp.messages import made_trace

TRACE, OTHER = "000102030405060708090a0b0c0d0e0f", "f" * 32
SPANS = [(1, 0, 0, 100, "GET /cart"), (2, 1, 20, 60, "query")]


def at(time: int, span: int, trace: str = TRACE, **fields) -> dict[str, object]:
    """Return a log record or value of a metric within a span."""
    ids = {"otel.trace_id": trace, "otel.span_id": f"{span:016x}"}
    return {"time": time, "properties": ids, **fields}


@pytest.fixture(params=["tail", "tables"])
def bundled(request, asked, filled, new_sender):
    """Return a service that knows a trace, and much that is not of it."""
    traced = new_sender(tag="trace", format="otlp/v1/traces")
    logs = new_sender(tag="log")
    numbers = new_sender(tag="metrics", process_id=traced.process_id)
    filled.write(traced, made_trace(TRACE, T0_NS, *SPANS))
    filled.write(
        logs,
        [at(30, 2, msg="slow", level=3), at(5, 1, msg="begun"), at(7, 99, msg="whose?")],
        [{"time": 6, "msg": "no trace"}, at(8, 1, OTHER, msg="another trace")],
    )
    late = TRACE_MEASURES_AROUND_NS + 200
    filled.write(numbers, [at(40, 2, value=7.0), at(41, 1, OTHER, value=8.0), at(late, 1)])
    if request.param == "tables":
        for view in ("otel_spans", "log_entries", "measures"):
            materialize(filled.lake, view_named(view), filled.tables)
    return asked


def test_a_trace_comes_with_its_logs_and_measures_in_the_order_of_time(bundled):
    """
    Each with depth and path of its span; of a span that nobody sent neither is known.
    """
    rows = bundled.rows(
        "SELECT row, kind, depth, path, name, text, level, value, duration"
        f" FROM trace_bundle('{TRACE}') ORDER BY row"
    )
    query = "GET /cart;query"
    assert rows.rows() == [
        (0, "span", 0, "GET /cart", "GET /cart", None, None, None, 100),
        (1, "log", 0, "GET /cart", None, "begun", 4, None, None),
        (2, "log", None, None, None, "whose?", 4, None, None),
        (3, "span", 1, query, "query", None, None, None, 40),
        (4, "log", 1, query, None, "slow", 3, None, None),
        (5, "measure", 1, query, "one", None, None, 7.0, None),
    ]


def test_a_bundle_is_asked_as_any_table(bundled):
    """
    Conditions, a range of time, and a trace of which there is nothing.
    """
    call = f"trace_bundle('{TRACE}')"
    warned = bundled.rows(f"SELECT text FROM {call} WHERE kind = 'log' AND level <= 3")
    assert warned.rows() == [("slow",)]
    ranged = bundled.rows(
        f"SELECT kind, text FROM {call} ORDER BY row", begin_ns=T0_NS + 4, end_ns=T0_NS + 10
    )
    assert ranged.rows() == [("span", None), ("log", "begun"), ("log", "whose?")]
    assert bundled.rows(f"SELECT count(*) FROM trace_bundle('{'a' * 32}')").rows() == [(0,)]
    only = bundled.rows(
        f"SELECT msg FROM log_entries WHERE properties['otel.trace_id'] = '{OTHER}'"
    )
    assert only.rows() == [("another trace",)]
    of_other = bundled.rows(f"SELECT kind, text FROM trace_bundle('{OTHER}')")
    assert of_other.rows() == [("log", "another trace")]


def test_a_text_that_is_no_trace_id_is_refused(asked):
    """
    As by the other functions of traces.
    """
    with pytest.raises(SqlError, match="not a trace id"):
        asked.rows("SELECT * FROM trace_bundle('x')")
