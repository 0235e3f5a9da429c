"""Requests of remote write: those of a few series, and strategies that make any."""

from google.protobuf.message import Message
from hypothesis import strategies as st

from benchmarks.prometheus.messages import V1, V2

STALE_BITS = 0x7FF0000000000002
NOW_MS = 1_760_000_000_123


def write_request(*series: tuple[dict[str, str], list[tuple[float, int]]]) -> Message:
    """Return a WriteRequest of labels and samples."""
    request = V1["WriteRequest"]()
    for labels, samples in series:
        put_series(request, labels, samples)
    return request


def put_series(request: Message, labels: dict[str, str], samples: list[tuple[float, int]] = []):  # noqa: B006
    """Add a series to a WriteRequest."""
    added = request.timeseries.add()
    for name, value in labels.items():
        added.labels.add(name=name.encode(), value=value.encode())
    for value, timestamp in samples:
        added.samples.add(value=value, timestamp=timestamp)
    return added


class Symbols:
    """A Request under construction, and the table of its texts."""

    def __init__(self) -> None:
        self.request = V2["Request"](symbols=[b""])
        self._known = {"": 0}

    def ref(self, text: str) -> int:
        if text not in self._known:
            self._known[text] = len(self.request.symbols)
            self.request.symbols.append(text.encode())
        return self._known[text]

    def refs(self, labels: dict[str, str]) -> list[int]:
        return [self.ref(text) for pair in labels.items() for text in pair]

    def series(self, labels: dict[str, str], **metadata: object):
        added = self.request.timeseries.add(labels_refs=self.refs(labels))
        for key, value in metadata.items():
            if isinstance(value, str):
                setattr(added.metadata, f"{key}_ref", self.ref(value))
            else:
                setattr(added.metadata, key, value)
        return added


names = st.sampled_from(
    ["", "__name__", "job", "instance", "le", "quantile", "trace_id", "spanID", "a", "b", "é"]
).map(str.encode)
texts = st.one_of(
    st.text(max_size=40).map(str.encode),
    st.binary(max_size=6),
    st.sampled_from([
        b"x_total", b"x_bucket", b"x_count", b"x_sum", b"x_created", b"x", b"0af7651916cd43dd",
        b"0AF7651916CD43DD8448EB211C80319C", b"10.0.0.5:9100", b"[::1]:80", b"https://h:1/p:q",
    ]),
)  # fmt: skip
floats = st.one_of(st.floats(), st.integers(0, 100).map(float))
millis = st.sampled_from([NOW_MS, NOW_MS, NOW_MS, NOW_MS + 1, 1, 0, -1, 2**63 - 1, -(2**63)])


def several(strategy: st.SearchStrategy, most: int = 3) -> st.SearchStrategy:
    """Return lists that are short."""
    return st.lists(strategy, max_size=most)


def _histograms(second: bool) -> st.SearchStrategy:
    made = (V2 if second else V1)["Histogram"]
    spans = several(
        st.builds((V2 if second else V1)["BucketSpan"],
                  offset=st.one_of(st.integers(0, 3), st.integers(-(2**31), 2**31 - 1)),
                  length=st.one_of(st.integers(0, 3), st.integers(0, 2**32 - 1)))
    )  # fmt: skip
    deltas = several(st.one_of(st.integers(0, 5), st.integers(-(2**63), 2**63 - 1)))
    count = st.one_of(
        st.builds(dict, count_int=st.integers(0, 2**64 - 1)),
        st.builds(dict, count_float=floats),
        st.just({}),
    )
    zero = st.one_of(
        st.builds(dict, zero_count_int=st.integers(0, 9)),
        st.builds(dict, zero_count_float=floats),
    )
    more = {"start_timestamp": millis} if second else {}
    parts = {
        "sum": floats, "schema": st.sampled_from([0, 3, -4, 8, -53, -53, 60]),
        "zero_threshold": floats, "reset_hint": st.integers(0, 4), "timestamp": millis,
        "negative_spans": spans, "positive_spans": spans, "negative_deltas": deltas,
        "positive_deltas": deltas, "negative_counts": several(floats),
        "positive_counts": several(floats), "custom_values": several(floats), **more,
    }  # fmt: skip

    def whole(parts: dict, count: dict, zero: dict, spans_fit: bool) -> Message:
        histogram = made(**parts, **count, **zero)
        if spans_fit:
            for side in ("negative", "positive"):
                counts = getattr(
                    histogram, f"{side}_{'counts' if 'count_float' in count else 'deltas'}"
                )
                sides = getattr(histogram, f"{side}_spans")
                del sides[1:]
                for one in sides or [sides.add()]:
                    one.offset, one.length = one.offset % 4, len(counts)
        return histogram

    return st.builds(whole, st.fixed_dictionaries({}, optional=parts), count, zero, st.booleans())


def _first() -> st.SearchStrategy:
    labels = several(st.builds(V1["Label"], name=names, value=texts), 5)
    sample = st.builds(V1["Sample"], value=floats, timestamp=millis)
    exemplar = st.builds(V1["Exemplar"], labels=labels, value=floats, timestamp=millis)
    series = st.builds(
        V1["TimeSeries"], labels=labels, samples=several(sample), exemplars=several(exemplar, 2),
        histograms=several(_histograms(False), 2),
    )  # fmt: skip
    return st.builds(V1["WriteRequest"], timeseries=several(series, 5))


def _second() -> st.SearchStrategy:
    symbols = [b"", b"__name__", b"job", b"instance", b"x_total", b"x_bucket", b"a", b"trace_id"]
    symbols += [b"h:1", b"\xff", b"0" * 32, b"le"]
    reference = st.integers(0, len(symbols) - 1)
    references = several(st.tuples(reference, reference), 5).map(lambda pairs: sum(pairs, ()))
    metadata = st.builds(
        V2["Metadata"], type=st.integers(-1, 9), help_ref=reference, unit_ref=reference
    )
    sample = st.builds(V2["Sample"], value=floats, timestamp=millis, start_timestamp=millis)
    exemplar = st.builds(V2["Exemplar"], labels_refs=references, value=floats, timestamp=millis)
    series = st.builds(
        V2["TimeSeries"], labels_refs=references, samples=several(sample),
        exemplars=several(exemplar, 2), histograms=several(_histograms(True), 2),
        metadata=metadata, created_timestamp=millis,
    )  # fmt: skip
    return st.builds(V2["Request"], symbols=st.just(symbols), timeseries=several(series, 5))


REQUESTS = {False: _first(), True: _second()}
"""Any request, by whether it is of the second message."""
