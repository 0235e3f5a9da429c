"""Requests as a busy Prometheus sends them: 2,000 samples, of ten targets, one after the other."""

import random
from collections.abc import Iterator

import cramjam
from google.protobuf.message import Message

from benchmarks.prometheus.messages import V1, V2

SAMPLES = 2_000
TARGETS = 10
NOW_MS = 1_760_000_000_123
HELP = "How many requests were answered since the start."


def series(number: int) -> Iterator[tuple[dict[str, str], float, int]]:
    """Yield labels, value and time of the samples of a request."""
    rnd = random.Random(number)
    for at in range(SAMPLES):
        labels = {
            "__name__": f"http_requests_{at % 40 // 5}_total",
            "code": str(200 + at % 5),
            "instance": f"10.0.{number % 100}.{at * TARGETS // SAMPLES}:9100",
            "job": "node",
            "method": "GET" if at % 3 else "POST",
            "path": f"/api/v1/items/{at % 199}",
            "zone": "eu-west-1",
        }
        yield labels, rnd.random() * 1e6, NOW_MS + 15_000 * number


def first(number: int) -> Message:
    """Return a request of version 1.0."""
    request = V1["WriteRequest"]()
    for labels, value, timestamp in series(number):
        added = request.timeseries.add()
        for name, text in labels.items():
            added.labels.add(name=name.encode(), value=text.encode())
        added.samples.add(value=value, timestamp=timestamp)
    return request


def second(number: int) -> Message:
    """Return a request of version 2.0."""
    request = V2["Request"]()
    known: dict[str, int] = {}

    def ref(text: str) -> int:
        return known.setdefault(text, len(known))

    ref("")
    for labels, value, timestamp in series(number):
        refs = [ref(text) for pair in labels.items() for text in pair]
        added = request.timeseries.add(labels_refs=refs)
        added.samples.add(value=value, timestamp=timestamp)
        added.metadata.type, added.metadata.help_ref = 1, ref(HELP)
    request.symbols.extend(text.encode() for text in known)
    return request


def compressed(message: Message) -> bytes:
    """Return a request as it is sent."""
    return bytes(cramjam.snappy.compress_raw(message.SerializeToString()))
