"""Metrics: values with name, unit and properties; what is no number harms nobody."""

import limnograph
from limnograph import metric
from tests.sdk.peer import Peer

LATENCY = metric("latency", "ms")


def test_values_arrive_with_name_unit_and_properties(sdk: Peer) -> None:
    """
    Floats, integers and booleans are numbers; properties tell rows apart.
    """
    LATENCY.record(1.5)
    LATENCY.record(2, route="/cart", hit=True)
    LATENCY.record(True)
    LATENCY.record(float("inf"))
    assert limnograph.flush(5)
    rows = sdk.rows("metrics")
    assert [row["value"] for row in rows] == [1.5, 2.0, 1.0, float("inf")]
    assert rows[1]["properties"] == {"route": "/cart", "hit": "true"}
    assert {(row["name"], row["unit"], row["target"]) for row in rows} == {
        ("latency", "ms", __name__)
    }


def test_what_is_no_number_is_counted_and_not_raised(sdk: Peer) -> None:
    """
    A wrong value costs its own event only.
    """
    before = limnograph.stats().failures
    for value in ("many", None, [], 10**400, object()):
        LATENCY.record(value)  # type: ignore[arg-type]
    LATENCY.record(1)
    assert limnograph.flush(5)
    assert [row["value"] for row in sdk.rows("metrics")] == [1.0]
    assert limnograph.stats().failures == before + 5


def test_a_metric_made_in_a_loop_is_one_metric(sdk: Peer) -> None:
    """
    Calls from one place with one name return one object.
    """
    made = {metric(name) for name in ("a", "b", "a", "b")}
    assert len(made) == 2
    assert metric(5).name == "5"  # type: ignore[arg-type]
    assert len(metric("n" * 1000).name) == 255
    assert metric(["n"]).name == "['n']"  # type: ignore[arg-type]
