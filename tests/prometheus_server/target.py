"""A scrape target whose numbers are those of the scrape, with every kind of metric there is."""

import math
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from prometheus_client.openmetrics.exposition import CONTENT_TYPE_LATEST, generate_latest
from prometheus_client.samples import Exemplar

from benchmarks.prometheus.messages import classes

GONE_AFTER = 8
"""The scrape after which one series is not there any more."""

TRACE, SPAN = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"

_SPAN = {1: "offset sint32", 2: "length uint32"}
_NATIVE = classes(
    "io.prometheus.client",
    {
        "MetricFamily": {1: "name bytes", 2: "help bytes", 3: "type int32", 4: "metric Metric*"},
        "Metric": {7: "histogram Histogram"},
        "Histogram": {
            1: "sample_count uint64", 2: "sample_sum double", 4: "sample_count_float double",
            5: "schema sint32", 6: "zero_threshold double", 7: "zero_count uint64",
            8: "zero_count_float double", 9: "negative_span BucketSpan*",
            10: "negative_delta sint64*", 12: "positive_span BucketSpan*",
            13: "positive_delta sint64*", 14: "positive_count double*",
        },
        "BucketSpan": _SPAN,
    },
)  # fmt: skip
_NATIVE_TYPE = (
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
)


class Shop:
    """What a scrape of the classic target says, by its number."""

    def __init__(self, scrape: int) -> None:
        self._scrape = scrape

    def collect(self) -> Iterator[Metric]:
        """Yield the metrics."""
        n = self._scrape
        orders = Metric("orders", "how many orders were paid", "counter")
        exemplar = Exemplar({"trace_id": TRACE, "span_id": SPAN, "user": "ann"}, 1.5)
        orders.add_sample("orders_total", {"shop": "a"}, 3 * n, exemplar=exemplar)
        orders.add_sample("orders_total", {"shop": 'bücher \\ "x"\n'}, n / 3)
        yield orders
        room = Metric("temperature_celsius", "of a room", "gauge", "celsius")
        for name, value in {"hot": math.inf, "odd": math.nan, "tiny": 5e-324, "n": n - 0.1}.items():
            room.add_sample("temperature_celsius", {"room": name}, value)
        if n <= GONE_AFTER:
            room.add_sample("temperature_celsius", {"room": "gone"}, n)
        yield room
        wait = Metric("wait_seconds", "how long orders wait", "histogram", "seconds")
        for bound, count in {"0.1": n, "1.0": 2 * n, "+Inf": 4 * n}.items():
            wait.add_sample("wait_seconds_bucket", {"le": bound}, count, exemplar=exemplar)
        wait.add_sample("wait_seconds_count", {}, 4 * n)
        wait.add_sample("wait_seconds_sum", {}, 2.5 * n)
        yield wait
        rpc = Metric("rpc_seconds", "how long calls take", "summary", "seconds")
        for quantile in ("0.5", "0.99"):
            rpc.add_sample("rpc_seconds", {"quantile": quantile}, float(quantile) * n)
        rpc.add_sample("rpc_seconds_count", {}, n)
        rpc.add_sample("rpc_seconds_sum", {}, 0.7 * n)
        yield rpc
        odd = Metric("odd", "nobody knows", "unknown")
        odd.add_sample("odd", {}, -n)
        yield odd


def shop_text(scrape: int) -> tuple[str, bytes]:
    """Return a scrape of the classic target."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(Shop(scrape))
    return CONTENT_TYPE_LATEST, generate_latest(registry)


def native_text(scrape: int) -> tuple[str, bytes]:
    """Return a scrape of native histograms: one of integers, one of floats."""
    n = scrape
    whole = _NATIVE["MetricFamily"](name=b"native_seconds", help=b"integers", type=4)
    histogram = whole.metric.add().histogram
    histogram.sample_count, histogram.sample_sum = 6 * n + 2, 18.4 * n
    histogram.schema, histogram.zero_threshold, histogram.zero_count = 3, 1e-128, 2
    histogram.positive_span.add(offset=-2, length=2)
    histogram.positive_span.add(offset=3, length=1)
    histogram.positive_delta.extend([n, n, -n])
    histogram.negative_span.add(offset=0, length=1)
    histogram.negative_delta.append(2 * n)
    floats = _NATIVE["MetricFamily"](name=b"native_ratio", help=b"floats", type=4)
    histogram = floats.metric.add().histogram
    histogram.sample_count_float, histogram.sample_sum = n + 0.5, 0.25 * n
    histogram.schema, histogram.zero_threshold, histogram.zero_count_float = 0, 0.001, 0.5
    histogram.positive_span.add(offset=1, length=1)
    histogram.positive_count.append(float(n))
    bodies = [family.SerializeToString() for family in (whole, floats)]
    return _NATIVE_TYPE, b"".join(bytes([len(body)]) + body for body in bodies)


PAGES = {"/metrics": shop_text, "/native": native_text}


@dataclass
class Target:
    """
    A running target.

    Attributes:
        scrapes: How often each page was asked for.
    """

    address: str = ""
    scrapes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(PAGES, 0))
    _scraped: threading.Condition = field(default_factory=threading.Condition)

    def page(self, path: str) -> tuple[str, bytes]:
        """Return a page, which is another one every time."""
        with self._scraped:
            self.scrapes[path] += 1
            self._scraped.notify_all()
            return PAGES[path](self.scrapes[path])

    def wait_for(self, scrapes: int, patience_s: float = 120) -> None:
        """Return when every page was asked for as many times more."""
        with self._scraped:
            wanted = {path: count + scrapes for path, count in self.scrapes.items()}
            assert self._scraped.wait_for(
                lambda: all(self.scrapes[path] >= wanted[path] for path in wanted), patience_s
            ), self.scrapes


@contextmanager
def running_target() -> Iterator[Target]:
    """Run a target on a free port."""
    target = Target()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            kind, body = target.page(self.path)
            self.send_response(200)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            with suppress(BrokenPipeError):  # a Prometheus that ends does not wait
                self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        target.address = f"127.0.0.1:{server.server_address[1]}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield target
        finally:
            server.shutdown()
            thread.join()


def bits(value: float) -> int:
    """Return a number so that it equals itself, whichever NaN it is."""
    return -1 if math.isnan(value) else int(struct.unpack("<Q", struct.pack("<d", value))[0])
