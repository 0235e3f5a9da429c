"""Who logged, how bad it is, and in which trace: what labels are understood."""

import pytest

from ingest_api.loki.meaning import Meanings, resource_of

TRACE, SPAN = "0AF7651916CD43DD8448EB211C80319C", "b7ad6b7169203331"


@pytest.mark.parametrize(
    ("labels", "service"),
    [
        ({"service_name": "a", "service": "b", "job": "c"}, "a"),
        ({"job": "c", "container": "d", "app": "e"}, "e"),
        ({"job": "c", "container": "d"}, "d"),
        ({"job": "c"}, "c"),
        ({"color": "red"}, "unknown_service"),
    ],
)
def test_a_service_is_found_where_loki_finds_it(labels: dict[str, str], service: str) -> None:
    """
    Among the labels that may name it the first counts.
    """
    assert resource_of(labels) == {"service.name": service}


def test_what_runs_where_makes_a_process_and_nothing_else_does() -> None:
    """
    In one order, since the bytes are part of ids.
    """
    labels = {
        "user": "ada", "pod": "shop-1", "namespace": "web", "app": "shop", "node": "n1",
        "level": "info",
    }  # fmt: skip
    assert list(resource_of(labels).items()) == [
        ("host.name", "n1"), ("service.namespace", "web"), ("service.name", "shop"),
        ("service.instance.id", "shop-1"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("pairs", "severity"),
    [
        ([("level", "Warning")], 13),
        ([("LEVEL", " ERROR ")], 17),
        ([("severity", "critical")], 21),
        ([("SeverityText", "debug")], 5),
        ([("lvl", "trace")], 1),
        ([("level", "loud"), ("severity", "info")], 9),
        ([("detected_level", "unknown"), ("level", "error")], 17),
        ([("level", "3")], 0),
        ([("color", "error")], 0),
        ([], 0),
    ],
)
def test_a_level_is_found_in_any_of_its_names(pairs: list, severity: int) -> None:
    """
    A word that says nothing is passed over.
    """
    assert Meanings().of(tuple(pairs))[0] == severity


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([("trace_id", TRACE), ("span_id", SPAN)], (bytes.fromhex(TRACE), bytes.fromhex(SPAN))),
        ([("traceID", TRACE)], (bytes.fromhex(TRACE), b"")),
        ([("trace_id", TRACE[:-1])], (b"", b"")),
        ([("trace_id", "z" * 32)], (b"", b"")),
        ([("trace_id", "0" * 32), ("span_id", "0" * 16)], (b"", b"")),
    ],
)
def test_ids_of_trace_and_span_are_found(pairs: list, found: tuple[bytes, bytes]) -> None:
    """
    What is no such id stays a property.
    """
    meanings = Meanings()
    assert [meanings.of(tuple(pairs))[1:] for _ in range(2)] == [found] * 2
