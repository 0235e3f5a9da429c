"""From a recording call to an SQL answer, through the real receiver and query service processes."""

import time

import pytest

import limnograph
from limnograph import log, metric, span

pytestmark = pytest.mark.slow

STOCK = metric("stock", "pieces")
CHECKOUT = span("checkout")


def test_what_was_acknowledged_is_what_sql_answers(services: dict[str, str]) -> None:
    """
    After flush() returned True every door answers with every event, to the nanosecond, once.
    """
    begin_ns = time.time_ns()
    assert limnograph.init("shop", services["ingest"], {"region": "eu"}, level="trace")
    process_id = limnograph.process_id()
    for number in range(500):
        log.info("order %d of %s", number, "ann", item=f"i{number % 3}")
        STOCK.record(number / 2, item="tea")
    with CHECKOUT(order_id="o-1") as current:
        log.warning("grüße 🚀")
    picture = bytes(range(256)) * 1000
    assert limnograph.send_image("till", "png", picture, shop=3)
    assert limnograph.flush(30)
    assert limnograph.stats().acknowledged_events == 1003
    end_ns = time.time_ns()

    for door in ("flight", "http"):
        with limnograph.connect(services[door]) as lake:
            rows = lake.query(
                "SELECT process_id, time, level, target, msg, properties FROM log_entries",
                begin_ns,
                end_ns,
            ).polars()
            assert rows.height == 501
            assert set(rows["process_id"]) == {process_id}
            assert set(rows["target"]) == {__name__}
            times = rows["time"].to_physical()
            assert begin_ns <= times.min() <= times.max() <= end_ns
            messages = set(rows["msg"])
            assert messages == {f"order {n} of ann" for n in range(500)} | {"grüße 🚀"}
            warning = rows.filter(rows["level"] == 3)
            assert dict(warning["properties"][0]) == {"span_id": str(current.id)}

            values = lake.query("SELECT name, unit, value FROM measures", begin="1h").polars()
            assert sorted(values["value"]) == [number / 2 for number in range(500)]
            assert set(values["unit"]) == {"pieces"}

            spans = lake.query(
                f"SELECT name, id, properties FROM process_spans('{process_id}', 'thread')"
            ).polars()
            assert spans["name"].to_list() == ["checkout"]
            assert spans["id"].to_list() == [current.id]

            (image,) = lake.query(
                "SELECT name, format, payload_size, data, properties "
                f"FROM view_instance('images', '{process_id}')"
            ).rows()
            assert image[:4] == ("till", "png", 256_000, picture)
            assert dict(image[4]) == {"shop": "3"}
            assert lake.query("SELECT msg FROM log_entries", end="1h").arrow().num_rows == 0
