"""
Made-up but realistic traffic of a web shop, as the requests that an SDK would send.

The same seed gives the same events; ids of processes, streams and blocks are fresh each time.
"""

import random
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from limnograph.wire import build, container
from limnograph.wire.envelope import Block, Process, Stream, encode_request

TICKS_PER_SECOND = 1_000_000_000
RUNNING_FOR_NS = 30 * 24 * 3600 * 1_000_000_000
"""How long ago the made-up processes were started: before any event of theirs."""
ROUTES = ("/", "/search", "/product", "/cart", "/checkout", "/login", "/api/stock", "/static")
TARGETS = ("shop.web", "shop.cart", "shop.payment", "shop.stock", "shop.auth", "urllib3")
MESSAGES = (
    "request finished in {} ms",
    "cache miss for product {}",
    "retrying payment, attempt {}",
    "stock of article {} is low",
    "user {} signed in",
    "slow query: {} rows",
    "could not reach the payment provider, code {}",
)
LEVELS = (4, 5, 4, 3, 4, 3, 2)
SPANS = (
    ("request", "shop.web"),
    ("query", "shop.db"),
    ("pay", "shop.payment"),
    ("render", "shop.web"),
)
METRICS = (("latency", "ms"), ("cart_value", "eur"), ("stock", "count"), ("cpu", "percent"))


@dataclass(frozen=True, slots=True)
class Payload:
    """An encoded block and what its envelope says about it."""

    tag: str
    rows: int
    data: bytes
    begin_ns: int
    end_ns: int


def log_payload(rows: int, seed: int, *, begin_ns: int, span_s: float = 10.0) -> Payload:
    """Return log records over *span_s* seconds: 42 call sites, three properties each."""
    rng = random.Random(seed)
    sites = [
        {"name": message, "target": target, "file": f"{target}.py", "line": at, "unit": ""}
        for target in TARGETS
        for at, message in enumerate(MESSAGES)
    ]
    kinds = [rng.randrange(len(sites)) for _ in range(rows)]
    columns = [
        build.fixed("time", "int64", _steps(rng, rows, span_s)),
        build.fixed("site", "uint32", kinds),
        build.fixed("level", "uint8", [LEVELS[kind % len(LEVELS)] for kind in kinds]),
        build.utf8("msg", [_message(rng, kind) for kind in kinds]),
        build.mapping("properties", [_properties(rng) for _ in range(rows)]),
    ]
    return _payload("log", rows, columns, sites=sites, begin_ns=begin_ns, span_s=span_s)


def metrics_payload(rows: int, seed: int, *, begin_ns: int, span_s: float = 10.0) -> Payload:
    """Return measurements of four metrics over *span_s* seconds, with one property each."""
    rng = random.Random(seed)
    sites = [
        {"name": name, "target": "shop.web", "file": "web.py", "line": at, "unit": unit}
        for at, (name, unit) in enumerate(METRICS)
    ]
    columns = [
        build.fixed("time", "int64", _steps(rng, rows, span_s)),
        build.fixed("site", "uint32", [rng.randrange(len(METRICS)) for _ in range(rows)]),
        build.fixed("value", "float64", [rng.lognormvariate(3, 1) for _ in range(rows)]),
        build.mapping("properties", [{"route": rng.choice(ROUTES)} for _ in range(rows)]),
    ]
    return _payload("metrics", rows, columns, sites=sites, begin_ns=begin_ns, span_s=span_s)


def spans_payload(rows: int, seed: int, *, begin_ns: int, span_s: float = 10.0) -> Payload:
    """Return completed spans over *span_s* seconds: requests, each with one span inside it."""
    rng = random.Random(seed)
    sites = [
        {"name": name, "target": target, "file": "shop.py", "line": at, "unit": ""}
        for at, (name, target) in enumerate(SPANS)
    ]
    requests = rows // 2
    step = int(span_s * TICKS_PER_SECOND) // (requests + 1)
    begins: list[int] = []
    durations: list[int] = []
    now = 0
    for at in range(requests):
        outer = at * step + rng.randrange(step // 4)
        duration = int(min(rng.lognormvariate(13, 1), step // 2))
        inner = outer + duration // 8
        begins += [inner - now, outer - inner]
        durations += [duration // 2, duration]
        now = outer
    first = seed * rows + 1
    ids = [first + at for at in range(2 * requests)]
    columns = [
        build.fixed("begin", "int64", begins),
        build.fixed("duration", "int64", durations),
        build.fixed("id", "int64", ids),
        build.fixed("parent", "int64", [0 if at % 2 else ids[at + 1] for at in range(len(ids))]),
        build.fixed("depth", "uint32", [1 - at % 2 for at in range(len(ids))]),
        build.fixed(
            "site", "uint32", [0 if at % 2 else rng.randrange(1, 4) for at in range(len(ids))]
        ),
        build.fixed("status", "uint8", [2 if rng.random() < 0.02 else 1 for _ in ids]),
        build.mapping("properties", [{"route": rng.choice(ROUTES)} for _ in ids]),
    ]
    return _payload(
        "spans", len(ids), columns, sites=sites, begin_ns=begin_ns, span_s=span_s, tag="cpu"
    )


class Application:
    """One process that sends requests: its ids, and how many rows each stream has sent."""

    def __init__(self) -> None:
        self.process = Process(
            process_id=str(uuid.uuid4()),
            exe="shop",
            username="bench",
            realname="bench",
            computer="bench-1",
            distro="linux",
            cpu_brand="any",
            tsc_frequency=TICKS_PER_SECOND,
            start_time_ns=time.time_ns() - RUNNING_FOR_NS,
            start_ticks=0,
            properties={"service": "shop"},
        )
        self._streams: dict[str, Stream] = {}
        self._rows: dict[str, int] = {}

    def request(self, payloads: Sequence[Payload]) -> bytes:
        """Return a request body with one block, of a fresh id, per payload."""
        blocks = [(self._block(payload), payload.data) for payload in payloads]
        tags = dict.fromkeys(payload.tag for payload in payloads)
        return encode_request(self.process, [self._streams[tag] for tag in tags], blocks)

    def _block(self, payload: Payload) -> Block:
        stream = self._streams.setdefault(payload.tag, self._stream(payload.tag))
        sent = self._rows.get(payload.tag, 0)
        self._rows[payload.tag] = sent + payload.rows
        start_ns = self.process.start_time_ns
        return Block(
            block_id=str(uuid.uuid4()),
            stream_id=stream.stream_id,
            process_id=self.process.process_id,
            begin_time_ns=payload.begin_ns,
            end_time_ns=payload.end_ns,
            begin_ticks=payload.begin_ns - start_ns,
            end_ticks=payload.end_ns - start_ns,
            nb_objects=payload.rows,
            object_offset=sent,
            payload_size=len(payload.data),
        )

    def _stream(self, tag: str) -> Stream:
        return Stream(
            stream_id=str(uuid.uuid4()),
            process_id=self.process.process_id,
            format="limnograph/v1",
            tags=(tag,),
        )


def _payload(
    kind: str,
    rows: int,
    columns: list[build.Column],
    *,
    sites: list[dict[str, object]],
    begin_ns: int,
    span_s: float,
    tag: str = "",
) -> Payload:
    clock = container.Clock(
        ticks_per_second=TICKS_PER_SECOND, origin_ticks=0, origin_unix_ns=begin_ns
    )
    data = container.encode(kind, rows, columns, sites=sites, clock=clock)
    end_ns = begin_ns + int(span_s * TICKS_PER_SECOND)
    return Payload(tag=tag or kind, rows=rows, data=data, begin_ns=begin_ns, end_ns=end_ns)


def _steps(rng: random.Random, rows: int, span_s: float) -> list[int]:
    """Return time differences in ticks whose sum stays below the span."""
    mean = int(span_s * TICKS_PER_SECOND) // (rows + 1)
    return [rng.randrange(mean) for _ in range(rows)]


def _message(rng: random.Random, kind: int) -> str:
    return MESSAGES[kind % len(MESSAGES)].format(rng.randrange(10_000))


def _properties(rng: random.Random) -> dict[str, str]:
    return {
        "route": rng.choice(ROUTES),
        "status": rng.choice(("200", "200", "200", "200", "302", "404", "500")),
        "request_id": f"{rng.getrandbits(48):012x}",
    }
