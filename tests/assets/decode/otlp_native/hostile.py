"""
Feeds hostile payloads to a reader of OTLP; a program of its own, so that a crash is seen.

Every payload is read, or refused with a reason and a place. ``python hostile.py SEED ROUNDS``.
"""

import random
import sys

from opentelemetry.proto.logs.v1.logs_pb2 import ResourceLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import ResourceMetrics
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans

from assets._native import otlp

READINGS = (otlp.logs, otlp.points, otlp.histograms, otlp.spans)
PIECES = [
    *(b"", b"\x00", b"\xff" * 10, b"\x80" * 12, b"\x0b", b"\x0c", b"\x7f" * 3),
    *(b"\xff\xff\xff\xff\x0f", b"\x12\xff\xff\xff\xff\xff\xff\xff\xff\x7f"),
    *(b"\xf8\xff\xff\xff\x0f\x01", b"\xed\xa0\x80"),
]


def fill(attributes) -> None:
    """Put values of every kind into attributes."""
    attributes.add(key="größe").value.string_value = "ü" * 20
    attributes.add(key="n").value.int_value = -5
    attributes.add(key="d").value.double_value = 0.1
    attributes.add(key="b").value.bool_value = True
    attributes.add(key="raw").value.bytes_value = bytes(range(40))
    deep = attributes.add(key="deep").value
    for _ in range(5):
        deep = deep.array_value.values.add().kvlist_value.values.add(key='k"\n').value
    deep.int_value = 3


def samples() -> list[bytes]:
    """Return one rich message of each signal."""
    logs, metrics, traces = ResourceLogs(), ResourceMetrics(), ResourceSpans()
    record = logs.scope_logs.add(schema_url="u").log_records.add(
        time_unix_nano=1, trace_id=b"x" * 16
    )
    fill(record.attributes)
    fill(logs.scope_logs[0].scope.attributes)
    record.body.CopyFrom(record.attributes[5].value)
    scope = metrics.scope_metrics.add()
    gauge = scope.metrics.add(name="g").gauge.data_points.add(as_double=1.0)
    fill(gauge.attributes)
    fill(gauge.exemplars.add(as_int=4, span_id=b"y" * 8).filtered_attributes)
    summary = scope.metrics.add(name="s" * 30).summary.data_points.add(count=3)
    summary.quantile_values.add(quantile=0.5, value=1.0)
    ranges = scope.metrics.add(name="h").histogram.data_points.add(
        bucket_counts=[1, 2, 3], explicit_bounds=[1.0, 2.0]
    )
    fill(ranges.exemplars.add(as_double=4.0).filtered_attributes)
    point = scope.metrics.add(name="e").exponential_histogram.data_points.add(scale=3)
    point.positive.bucket_counts.extend([1, 300, 70_000])
    point.negative.bucket_counts.extend([5, 1])
    span = traces.scope_spans.add().spans.add(name="n", span_id=b"y" * 8)
    fill(span.attributes)
    fill(span.events.add(name="e").attributes)
    fill(span.links.add(trace_id=b"x" * 16).attributes)
    span.status.message = "bad"
    return [message.SerializeToString() for message in (logs, metrics, traces)]


def mutated(rnd: random.Random, data: bytes) -> bytes:
    """Change, cut, repeat or insert some bytes."""
    raw = bytearray(data)
    for _ in range(rnd.choice([1, 1, 2, 6])):
        at = rnd.randrange(len(raw) + 1)
        change = rnd.randrange(6)
        if change <= 2:
            raw[at : at + 1] = bytes([rnd.randrange(256)])
        elif change == 3:
            raw[at : at + 1] = rnd.choice(PIECES)
        elif change == 4:
            del raw[at : at + rnd.choice([1, 4, 64])]
        else:
            raw[at:at] = bytes(raw[at : at + rnd.choice([1, 4, 64])])
    return bytes(raw)


def refused(payload: bytes) -> int:
    """Read a payload in every way; return how often it was refused."""
    count = 0
    for read in READINGS:
        try:
            _, table = read(payload)
        except otlp.Malformed as exc:
            reason, offset = exc.args
            assert reason, payload
            assert 0 <= offset <= len(payload), payload
            count += 1
        else:
            sizes = [len(bytes(part)) for _, *parts in table.values() for part in parts[:1]]
            assert sizes, "there are columns"
    for signal in ("logs", "metrics", "traces"):
        try:
            records, begin, end, _, odd_ids = otlp.measure(signal, payload)
        except otlp.Malformed:
            count += 1
        else:
            assert records >= odd_ids >= 0, payload
            assert 0 <= begin <= end, payload
    return count


def main() -> None:
    """Run, and say how much was refused."""
    seed, rounds = int(sys.argv[1]), int(sys.argv[2])
    rnd = random.Random(seed)
    every = samples()
    count = sum(refused(sample[:end]) for sample in every for end in range(len(sample)))
    for number in range(rounds):
        count += refused(mutated(rnd, every[number % len(every)]))
        if number % 10 == 0:
            count += refused(rnd.randbytes(rnd.randrange(64)))
    print(count)


if __name__ == "__main__":
    main()
