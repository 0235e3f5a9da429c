"""Whatever is recorded is what arrives: random programs against an independent account of them."""

import threading
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from limnograph import Limits, log, metric, recorder, span
from limnograph.clock import Calibration
from limnograph.packer import Packer
from limnograph.process import describe
from limnograph.wire import container, values
from limnograph.wire.envelope import parse_request
from tests.sdk.arrow_reading import read

TEXT = st.one_of(st.text(max_size=12), st.sampled_from(["\0", "a\0b", "\ud800", "\r\n"]))
SCALARS = st.one_of(
    st.integers(-(2**63), 2**63 - 1), st.floats(), st.booleans(), st.none(), TEXT, st.binary()
)
PROPERTIES = st.dictionaries(st.text(min_size=1, max_size=6), SCALARS, max_size=3)
STEPS = st.one_of(
    st.tuples(st.just("log"), TEXT, st.lists(SCALARS, max_size=3), PROPERTIES),
    st.tuples(st.just("foreign"), TEXT, TEXT, PROPERTIES),
    st.tuples(st.just("metric"), st.floats(allow_nan=False), PROPERTIES),
    st.tuples(st.just("begin"), PROPERTIES),
    st.tuples(st.just("end")),
)
SPANS = [span(f"s{number}") for number in range(3)]
VALUES = metric("values")


@pytest.fixture(autouse=True)
def recording() -> Iterator[None]:
    """Record without anybody to send to; small blocks."""
    recorder.start(6, Limits(block_rows_max=7), lambda _urgent: None)
    PACKER.process = describe("test", {}, CLOCK)
    list(recorder.drain(CLOCK))
    yield
    recorder.stop()
    list(recorder.drain(CLOCK))


CLOCK = Calibration(recorder.ticks, recorder.TICKS_PER_SECOND).clock
PACKER = Packer(describe("test", {}, CLOCK), Limits(request_blocks_max=2))


def received() -> dict[str, list[dict[str, Any]]]:
    """Drain, pack, parse and read: rows by kind, in order."""
    found: dict[str, list[dict[str, Any]]] = {"log": [], "metrics": [], "spans": []}
    for outgoing in PACKER.pack(recorder.drain(CLOCK), CLOCK):
        request = parse_request(outgoing.body)
        for block, payload in zip(request.blocks, request.payloads, strict=True):
            opened = container.open(payload)
            values.check(
                opened,
                nb_objects=block.nb_objects,
                time_range_ns=(block.begin_time_ns, block.end_time_ns),
            )
            columns = read(bytes(payload))["columns"]
            columns.setdefault("properties", [[]] * opened.rows)
            for row in zip(*columns.values(), strict=True):
                found[opened.kind].append(dict(zip(columns, row, strict=True)))
    return found


def as_text(properties: dict[str, Any]) -> dict[str, str]:
    """Return what properties should arrive as."""
    return {
        wire(key): wire(str(value).lower() if isinstance(value, bool) else str(value))
        for key, value in properties.items()
        if value is not None
    }


def wire(text: str) -> str:
    """Return what a text should arrive as."""
    return text.encode("utf-8", "replace").decode()


@settings(max_examples=60, deadline=None)
@given(st.lists(STEPS, max_size=40))
def test_any_program_arrives_as_it_ran(steps: list[tuple[Any, ...]]) -> None:
    """
    Messages, numbers, properties, nesting and order are those of the program.
    """
    messages, numbers, spans = [], [], []
    opened: list[tuple[ExitStack, int, dict[str, Any]]] = []

    def end() -> None:
        stack, span_id, properties = opened.pop()
        stack.close()
        parent = opened[-1][1] if opened else 0
        spans.append((span_id, parent, len(opened), as_text(properties)))

    for step in steps:
        if step[0] == "log":
            _, text, args, properties = step
            log.info("%%" + "%s" * len(args) + text.replace("%", "%%"), *args, **properties)
            template = "%%" + "%s" * len(args) + text.replace("%", "%%")
            around = {"span_id": str(opened[-1][1])} if opened else {}
            messages.append(
                (wire(template % tuple(args) if args else template),
                 {**around, **as_text(properties)})
            )  # fmt: skip
        elif step[0] == "foreign":
            recorder.record_foreign(4, (step[2], 7, step[2]), step[1], (), dict(step[3]))
            around = {"span_id": str(opened[-1][1])} if opened else {}
            messages.append((wire(step[1]), {**around, **as_text(step[3])}))
        elif step[0] == "metric":
            VALUES.record(step[1], **step[2])
            numbers.append((step[1], as_text(step[2])))
        elif step[0] == "begin":
            stack = ExitStack()
            current = stack.enter_context(SPANS[len(opened) % 3](**step[1]))
            opened.append((stack, current.id, step[1]))
        elif opened:
            end()
    while opened:
        end()
    found = received()
    assert [(row["msg"], dict(row["properties"])) for row in found["log"]] == messages
    assert [(row["value"], dict(row["properties"])) for row in found["metrics"]] == numbers
    assert [
        (row["id"], row["parent"], row["depth"], dict(row["properties"])) for row in found["spans"]
    ] == spans


def test_nothing_is_lost_while_others_drain() -> None:
    """
    Recording threads and a drainer run at once: each event arrives exactly once, in its order.
    """
    recorder.start(6, Limits(block_rows_max=500), lambda _urgent: None)
    stop = threading.Event()

    def record(number: int) -> None:
        for step in range(4000):
            VALUES.record(step, thread=number)
            with SPANS[0]:
                pass

    found: dict[str, list[dict[str, Any]]] = {"log": [], "metrics": [], "spans": []}

    def drain() -> None:
        while not stop.is_set():
            for kind, rows in received().items():
                found[kind].extend(rows)

    threads = [threading.Thread(target=record, args=(number,)) for number in range(4)]
    drainer = threading.Thread(target=drain)
    for thread in [*threads, drainer]:
        thread.start()
    for thread in threads:
        thread.join()
    stop.set()
    drainer.join()
    for kind, rows in received().items():
        found[kind].extend(rows)
    for number in range(4):
        mine = [
            row["value"]
            for row in found["metrics"]
            if dict(row["properties"])["thread"] == str(number)
        ]
        assert mine == list(range(4000))
    ids = [row["id"] for row in found["spans"]]
    assert len(ids) == len(set(ids)) == 16_000
    assert recorder.dropped() == dict.fromkeys(("log", "metrics", "spans", "traces"), 0)
