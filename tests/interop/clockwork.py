"""
A process whose every value is known beforehand, to the nanosecond: packed and sent as the SDK does.

The SDK proper takes its times from the clock; here they are constants, so that a client's check can
name them.
"""

import uuid

from limnograph.connection import Connection
from limnograph.wire import build, container
from limnograph.wire.container import Clock
from limnograph.wire.envelope import BLOCK_FORMAT, Block, Process, Stream, encode_request

BEGIN_NS = 1_767_323_045_123_456_789
"""2026-01-02T03:04:05.123456789Z, the time of the first row."""

STEP_NS = 1_000_000_001
TEXTS = ("fatal", "error", "grüße 🚀", "a 'quoted' \"text\",\nof two lines", "", "x" * 1000)
PROPERTIES: tuple[dict[str, str], ...] = (
    {},
    {"route": "/checkout", "größe": "ü"},
    {"empty": ""},
    {"route": "/"},
    {},
    {"a": "1", "b": "2", "c": "3"},
)
_SITES = [{"name": "tick", "target": "clock", "file": "clock.py", "line": 7, "unit": "ms"}]


def rows() -> list[dict[str, object]]:
    """Return the log records of one process, in order; ``level`` is 1 to 6."""
    return [
        {"time_ns": BEGIN_NS + at * STEP_NS, "level": at + 1, "msg": text, "properties": pairs}
        for at, (text, pairs) in enumerate(zip(TEXTS, PROPERTIES, strict=True))
    ]


def send(receiver: str) -> str:
    """Send one such process to *receiver*; returns its id when it is acknowledged."""
    process_id, clock = str(uuid.uuid4()), Clock(1_000_000_000, 0, BEGIN_NS)
    steps = [0] + [STEP_NS] * (len(TEXTS) - 1)
    process = Process(
        process_id=process_id,
        exe="clockwork",
        username="ada",
        realname="Ada",
        computer="desk",
        distro="linux",
        cpu_brand="cpu",
        tsc_frequency=clock.ticks_per_second,
        start_time_ns=BEGIN_NS,
        start_ticks=0,
        properties={"service": "clockwork"},
    )
    common = [build.fixed("time", "int64", steps), build.fixed("site", "uint32", [0] * len(steps))]
    properties = build.mapping("properties", PROPERTIES)
    levels = build.fixed("level", "uint8", [row["level"] for row in rows()])
    values = build.fixed("value", "float64", [at * 0.1 for at in range(len(steps))])
    kinds = {
        "log": [*common, levels, build.utf8("msg", TEXTS), properties],
        "metrics": [*common, values, properties],
    }
    streams, blocks = [], []
    for tag, columns in kinds.items():
        payload = container.encode(tag, len(steps), columns, sites=_SITES, clock=clock)
        stream = Stream(
            stream_id=str(uuid.uuid4()), process_id=process_id, format=BLOCK_FORMAT, tags=(tag,)
        )
        block = Block(
            block_id=str(uuid.uuid4()),
            stream_id=stream.stream_id,
            process_id=process_id,
            begin_time_ns=BEGIN_NS,
            end_time_ns=BEGIN_NS + sum(steps),
            begin_ticks=0,
            end_ticks=sum(steps),
            nb_objects=len(steps),
            object_offset=0,
            payload_size=len(payload),
        )
        streams.append(stream)
        blocks.append((block, payload))
    connection = Connection(receiver)
    try:
        answer = connection.post(encode_request(process, streams, blocks), 60)
    finally:
        connection.close()
    assert answer.status == 200, answer
    return process_id
