"""The shop of examples/otel_shop: what it prints is what happened, and every trace is whole."""

import json
import os
import subprocess
import sys

import pytest

import limnograph
from examples.otel_shop.payment import fails, is_refused, is_slow
from examples.otel_shop.questions import QUESTIONS
from tests.otlp_clients.conftest import Platform

pytestmark = pytest.mark.slow

ORDERS = 60
SECONDS_MAX = 300
SPANS_OF_AN_ORDER = {
    ("frontend", "POST /orders/{number}", "SERVER"),
    ("frontend", "POST", "CLIENT"),
    ("cart", "POST /carts/{number}/checkout", "SERVER"),
    ("cart", "POST", "CLIENT"),
    ("payment", "POST /charges/{number}", "SERVER"),
    ("payment", "charge card", "INTERNAL"),
}
IN_STOCK = ("cart", "UPDATE stock", "CLIENT")
OF_ORDERS = "SELECT trace_id FROM otel_spans WHERE exe = 'otel_shop/frontend'"
NUMBERS = range(ORDERS)
FAILED, REFUSED = set(filter(fails, NUMBERS)), set(filter(is_refused, NUMBERS))


@pytest.fixture(scope="module")
def printed(platform: Platform) -> list[str]:
    """Return the lines that the shop prints, told where things are as a user would tell it."""
    done = subprocess.run(
        [sys.executable, "-m", "examples.otel_shop", "--orders", str(ORDERS)],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "OTEL_EXPORTER_OTLP_ENDPOINT": platform.addresses["ingest"],
            "LIMNO_QUERY_URI": platform.addresses["flight"],
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS_MAX,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout.splitlines()


def test_every_question_is_answered(printed: list[str]) -> None:
    """
    The slowest trace as a tree through three services, its logs, what failed, and quantiles.
    """
    text = "\n".join(printed)
    for question, _ in QUESTIONS:
        assert text.count(question) == 1
    print(text)
    tree = text.partition(QUESTIONS[1][0])[2].partition(QUESTIONS[2][0])[0]
    indents = {
        name: line.index(name)
        for name in ("POST /orders", "POST /carts", "POST /charges", "charge card")
        for line in tree.splitlines()
        if f" {name}" in line and "FROM" not in line
    }
    assert list(indents.values()) == sorted(set(indents.values())), tree
    assert len(indents) == 4, tree
    logs = text.partition(QUESTIONS[2][0])[2].partition(QUESTIONS[3][0])[0]
    assert all(f"otel_shop/{service}" in logs for service in ("frontend", "cart", "payment"))
    failures = text.partition(QUESTIONS[3][0])[2].partition(QUESTIONS[4][0])[0]
    assert "examples.otel_shop.payment.BankUnreachable" in failures


def test_what_customers_saw_is_what_sql_says(printed: list[str], platform: Platform) -> None:
    """
    An order is one whole trace; counters, histograms and logs agree with the answers.
    """
    told = json.loads(printed[-1])
    paid = ORDERS - len(FAILED | REFUSED)
    assert told["statuses"] == {"200": paid, "402": len(REFUSED), "500": len(FAILED)}
    with limnograph.connect(platform.addresses["flight"]) as lake:
        spans = lake.query(f"SELECT * FROM otel_spans WHERE trace_id IN ({OF_ORDERS})").polars()
        traces = spans.partition_by("trace_id", include_key=True)
        assert len(traces) == ORDERS
        for trace in traces:
            rows = trace.rows(named=True)
            names = {(row["exe"].partition("/")[2], row["name"], row["kind"]) for row in rows}
            assert names - {IN_STOCK} == SPANS_OF_AN_ORDER
            assert len(rows) == len(names)
            ids = {row["span_id"] for row in rows}
            assert [row["parent_span_id"] in ids for row in rows].count(False) == 1
            (number,) = (
                int(dict(row["properties"])["order"])
                for row in rows
                if row["name"] == "charge card"
            )
            assert (IN_STOCK in names) == (number not in FAILED | REFUSED)
            slowest = max(row["duration"] for row in rows)
            assert not is_slow(number) or slowest >= 300_000_000
            broken = {row["kind"] for row in rows if row["status"] == "ERROR"}
            assert ("SERVER" in broken) == (number in FAILED)
            assert ("CLIENT" in broken) == (number in FAILED | REFUSED)
        (counted,) = lake.query(
            "SELECT sum(orders) FROM (SELECT max(count) AS orders FROM measure_histograms"
            " WHERE name = 'order.duration' GROUP BY properties['http.response.status_code'])"
        ).rows()
        assert counted == (ORDERS,)
        logged = lake.query(
            "SELECT exe, count(*) AS n, count(DISTINCT properties['otel.trace_id']) AS traces"
            f" FROM log_entries WHERE properties['otel.trace_id'] IN ({OF_ORDERS})"
            " GROUP BY exe ORDER BY exe"
        ).rows()
        assert [tuple(row) for row in logged] == [
            ("otel_shop/cart", paid + len(REFUSED), paid + len(REFUSED)),
            ("otel_shop/frontend", ORDERS + len(FAILED), ORDERS),
            ("otel_shop/payment", paid, paid),
        ]
