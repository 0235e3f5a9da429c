"""
The cases behind ``tests/fixtures/blocks/limnograph-v1``: blocks with what they mean, in JSON.

``python -m tests.sdk.wire.vectors`` writes them anew. Written once, they are the format's memory:
a change of the writer must not change what a case says.
"""

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from limnograph.wire import build, container, zstd
from limnograph.wire.container import Clock
from limnograph.wire.envelope import Block, Process, Stream, encode_request
from tests.sdk.wire.packing import (
    DIFFERENCES,
    PLANES,
    ZIGZAG,
    ZIGZAG_DIFFERENCES,
    packed,
    rewritten,
)

FOLDER = Path(__file__).parents[2] / "fixtures" / "blocks" / "limnograph-v1"

NANOSECONDS = Clock(1_000_000_000, 5_000_000_000, 1_769_860_800_123_456_789)
THIRDS = Clock(3, 100, 1_769_860_800_000_000_000)
"""A clock of three ticks a second: every time needs the rounding that the format says."""


def site(name: str, line: int, unit: str = "") -> dict[str, Any]:
    """Return a call site."""
    return {"name": name, "target": "shop.cart", "file": "shop/cart.py", "line": line, "unit": unit}


def log(clock: Clock, rows: list[tuple[int, int, int, str, dict[str, str] | None]]) -> bytes:
    """Return a log block of (tick difference, site, level, message, properties)."""
    columns = [
        build.fixed("time", "int64", [row[0] for row in rows]),
        build.fixed("site", "uint32", [row[1] for row in rows]),
        build.fixed("level", "uint8", [row[2] for row in rows]),
        build.utf8("msg", [row[3] for row in rows]),
    ]
    if any(row[4] is not None for row in rows):
        columns.append(build.mapping("properties", [row[4] for row in rows]))
    sites = [site("order of %d items", 12), site("", 30)]
    return container.encode("log", len(rows), columns, sites=sites, clock=clock, dropped=2)


def metrics() -> bytes:
    """Return a metrics block with special numbers, and a column that no reader knows."""
    values = [0.1, -0.0, float("inf"), 5e-324, 1.7976931348623157e308]
    columns = [
        build.fixed("time", "int64", [1000, 1, 1, 1, 1]),
        build.fixed("site", "uint32", [0, 1, 0, 1, 0]),
        build.fixed("value", "float64", values),
        build.dictionary("from_the_future", ["a", "b", "a", "ü", ""]),
    ]
    sites = [site("latency", 5, "ms"), site("stock", 6)]
    return container.encode("metrics", 5, columns, sites=sites, clock=NANOSECONDS)


def spans() -> bytes:
    """Return a spans block: a failed child, its parent, and one still open."""
    columns = [
        build.fixed("begin", "int64", [2_000, -1_000, 9_000]),
        build.fixed("duration", "int64", [500, 8_000, 0]),
        build.fixed("id", "int64", [2, 1, 4]),
        build.fixed("parent", "int64", [1, 0, 3]),
        build.fixed("depth", "uint32", [1, 0, 1]),
        build.fixed("site", "uint32", [1, 0, 1]),
        build.fixed("status", "uint8", [2, 1, 0]),
        build.mapping("properties", [{"exception.type": "ValueError"}, None, {}]),
    ]
    return container.encode(
        "spans",
        3,
        columns,
        sites=[site("request", 40), site("pay", 50)],
        clock=NANOSECONDS,
        open_spans=[{"id": 3, "parent": 0, "depth": 0, "site": 0, "begin_ticks": 5_000_009_500}],
    )


OWN = {
    "limnograph.trace_id": "0af7651916cd43dd8448eb211c80319c",
    "limnograph.span_id": "b7ad6b7169203331",
}
TOLD = (
    {
        **OWN,
        "limnograph.parent_span_id": "00f067aa0ba902b7",
        "limnograph.status_message": "ValueError: böse",
        "limnograph.events": '[{"after_ns":7,"name":"retry",'
        '"attributes":[{"key":"attempt","value":"2"}]}]',
        "limnograph.links": '[{"trace_id":"0af7651916cd43dd8448eb211c80319c",'
        '"span_id":"00f067aa0ba902b7","trace_state":"a=1","attributes":[]}]',
        "user": "7",
    },
    {**OWN, "limnograph.span_id": "b9c7c989f97918e1"},
)
"""What two trace spans say of themselves: one all that there is, the other what must be."""


def traces() -> bytes:
    """Return a block of trace spans."""
    columns = [
        build.fixed("begin", "int64", [1_000, 500]),
        build.fixed("duration", "int64", [8_000, 20]),
        build.fixed("id", "int64", [1, 3]),
        build.fixed("parent", "int64", [0, 2]),
        build.fixed("thread", "uint32", [1, 0]),
        build.fixed("site", "uint32", [0, 1]),
        build.fixed("status", "uint8", [2, 0]),
        build.mapping("properties", TOLD),
    ]
    sites = [site("GET /cart", 0, "server"), site("pay", 0, "internal")]
    return container.encode("traces", 2, columns, sites=sites, clock=NANOSECONDS)


IMAGES = ((0, b"\x89PNG\r\n\x1a\n", "png"), (3, b"", "rgb8"), (4, b"\xff\xd8\xff", "jpeg"))
"""Ticks since the origin, bytes and format of three images; one has no bytes at all."""


def images() -> bytes:
    """Return an images block: bytes that are no UTF-8, a name twice, properties of one."""
    columns = [
        build.fixed("time", "int64", [0, 3, 1]),
        build.fixed("site", "uint32", [0, 1, 0]),
        build.dictionary("name", ["kamera größe", "plot", "kamera größe"]),
        build.dictionary("format", [format_ for _, _, format_ in IMAGES]),
        build.binary("data", [data for _, data, _ in IMAGES]),
        build.mapping("properties", [{"width": "1"}, None, {}]),
    ]
    sites = [site("", 60), site("", 70)]
    return container.encode("images", 3, columns, sites=sites, clock=NANOSECONDS, dropped=1)


PLAIN = log(NANOSECONDS, [(0, 0, 4, "order of 3 items", None), (7, 1, 1, "", None)])
MAPPED = log(
    NANOSECONDS,
    [
        (-5, 0, 6, "grüße 🚀", {"customer": "ann", "region": "eu"}),
        (10, 0, 4, "no properties", None),
        (0, 1, 2, "a\nb\0c", {"customer": "ann"}),
    ],
)


def damaged(payload: bytes, at: int, data: bytes) -> bytes:
    """Return the payload with bytes of its decompressed container replaced."""
    raw = bytearray(zstd.decompress(payload, 1 << 20, ""))
    raw[at : at + len(data)] = data
    return zstd.compress(bytes(raw))


def buffer_at(payload: bytes, name: str, index: int) -> int:
    """Return where a buffer starts in the decompressed payload."""
    block = container.open(payload)
    entry = next(item for item in block.header["columns"] if item["name"] == name)
    return int(block.buffers_at + entry["buffers"][index][0])


SPANS_PACKED = packed(
    spans(),
    {
        "begin": [ZIGZAG],
        "duration": [PLANES],
        "id": [ZIGZAG_DIFFERENCES],
        "parent": [DIFFERENCES],
        "depth": [ZIGZAG],
        "site": [PLANES],
        "status": [PLANES],
        "properties": [DIFFERENCES, PLANES, DIFFERENCES, None, PLANES, DIFFERENCES, None],
    },
)
METRICS_PACKED = packed(metrics(), {"time": [DIFFERENCES], "site": [PLANES], "value": [PLANES]})


def column(header: dict[str, Any], name: str) -> list[list[Any]]:
    """Return the descriptions of a column's buffers."""
    entry = next(item for item in header["columns"] if item["name"] == name)
    buffers: list[list[Any]] = entry["buffers"]
    return buffers


GOOD: dict[str, tuple[bytes, list[dict[str, Any]]]] = {
    "log-plain": (
        PLAIN,
        [
            {"time_ns": 1_769_860_800_123_456_789, "site": 0, "level": 4,
             "msg": "order of 3 items", "properties": {}},
            {"time_ns": 1_769_860_800_123_456_796, "site": 1, "level": 1, "msg": "",
             "properties": {}},
        ],
    ),
    "log-properties": (
        MAPPED,
        [
            {"time_ns": 1_769_860_800_123_456_784, "site": 0, "level": 6, "msg": "grüße 🚀",
             "properties": {"customer": "ann", "region": "eu"}},
            {"time_ns": 1_769_860_800_123_456_794, "site": 0, "level": 4, "msg": "no properties",
             "properties": {}},
            {"time_ns": 1_769_860_800_123_456_794, "site": 1, "level": 2, "msg": "a\nb\0c",
             "properties": {"customer": "ann"}},
        ],
    ),
    "log-slow-clock": (
        log(THIRDS, [(-1, 0, 4, "before", None), (2, 0, 4, "after", None)]),
        [
            {"time_ns": 1_769_860_799_666_666_666, "site": 0, "level": 4, "msg": "before",
             "properties": {}},
            {"time_ns": 1_769_860_800_333_333_333, "site": 0, "level": 4, "msg": "after",
             "properties": {}},
        ],
    ),
    "log-empty": (log(NANOSECONDS, []), []),
    "metrics": (
        metrics(),
        [
            {"time_ns": 1_769_860_800_123_457_789, "site": 0, "value": 0.1, "properties": {}},
            {"time_ns": 1_769_860_800_123_457_790, "site": 1, "value": -0.0, "properties": {}},
            {"time_ns": 1_769_860_800_123_457_791, "site": 0, "value": "inf", "properties": {}},
            {"time_ns": 1_769_860_800_123_457_792, "site": 1, "value": 5e-324, "properties": {}},
            {"time_ns": 1_769_860_800_123_457_793, "site": 0, "value": 1.7976931348623157e308,
             "properties": {}},
        ],
    ),
    "spans": (
        spans(),
        [
            {"begin_ns": 1_769_860_800_123_458_789, "end_ns": 1_769_860_800_123_459_289, "id": 2,
             "parent": 1, "depth": 1, "site": 1, "status": 2,
             "properties": {"exception.type": "ValueError"}},
            {"begin_ns": 1_769_860_800_123_457_789, "end_ns": 1_769_860_800_123_465_789, "id": 1,
             "parent": 0, "depth": 0, "site": 0, "status": 1, "properties": {}},
            {"begin_ns": 1_769_860_800_123_466_789, "end_ns": 1_769_860_800_123_466_789, "id": 4,
             "parent": 3, "depth": 1, "site": 1, "status": 0, "properties": {}},
        ],
    ),
    "traces": (
        traces(),
        [
            {"begin_ns": 1_769_860_800_123_457_789, "end_ns": 1_769_860_800_123_465_789, "id": 1,
             "parent": 0, "thread": 1, "site": 0, "status": 2, "properties": TOLD[0]},
            {"begin_ns": 1_769_860_800_123_458_289, "end_ns": 1_769_860_800_123_458_309, "id": 3,
             "parent": 2, "thread": 0, "site": 1, "status": 0, "properties": TOLD[1]},
        ],
    ),
    "images": (
        images(),
        [
            {"time_ns": 1_769_860_800_123_456_789 + ticks, "site": number % 2, "name": name,
             "format": format_, "data": data.hex(), "properties": properties}
            for number, ((ticks, data, format_), name, properties) in enumerate(
                zip(IMAGES, ["kamera größe", "plot", "kamera größe"], [{"width": "1"}, {}, {}],
                    strict=True)
            )
        ],
    ),
}  # fmt: skip
"""Payload and rows of each good case; times absolute, bytes as hexadecimal digits."""

GOOD["metrics-packed"] = (METRICS_PACKED, GOOD["metrics"][1])
GOOD["spans-packed"] = (SPANS_PACKED, GOOD["spans"][1])

CORRUPT: dict[str, tuple[bytes, str]] = {
    "corrupt-frame": (PLAIN[:-6], "zstd"),
    "corrupt-magic": (damaged(PLAIN, 0, b"LIMNOBLQ"), "magic"),
    "corrupt-version": (damaged(PLAIN, 8, b"\x02"), "version 2"),
    "corrupt-header-length": (damaged(PLAIN, 12, b"\xff\xff\x00\x00"), "cut off"),
    "corrupt-site-index": (
        damaged(PLAIN, buffer_at(PLAIN, "site", 0), b"\x02"),
        "index 2 where there are 2",
    ),
    "corrupt-offsets": (
        damaged(MAPPED, buffer_at(MAPPED, "msg", 0) + 4, b"\xf0\x00\x00\x00"),
        "the offsets decrease",
    ),
    "corrupt-binary-offsets": (
        damaged(images(), buffer_at(images(), "data", 0) + 4, b"\xf0\x00\x00\x00"),
        "the offsets decrease",
    ),
    "corrupt-utf8": (damaged(MAPPED, buffer_at(MAPPED, "msg", 1) + 2, b"\xff"), "not UTF-8"),
    "corrupt-level": (damaged(PLAIN, buffer_at(PLAIN, "level", 0), b"\x00"), "outside 1-6"),
    "corrupt-planes": (
        rewritten(METRICS_PACKED, lambda header: header.update(rows=4)),
        "no planes of 4 values",
    ),
    "corrupt-planes-range": (
        rewritten(SPANS_PACKED, lambda header: column(header, "status")[0].__setitem__(3, 255)),
        "out of range",
    ),
    "corrupt-map-index": (
        damaged(MAPPED, buffer_at(MAPPED, "properties", 4), b"\x09"),
        "index 9",
    ),
}
"""Payload of each corrupt case and words of its fault."""

IDS = [f"0198c000-0000-7000-8000-{number:012d}" for number in range(4)]


def request() -> bytes:
    """Return an envelope with one good block."""
    process = Process(
        process_id=IDS[0],
        exe="/srv/shop/main.py",
        username="shop",
        realname="",
        computer="host-1",
        distro="Linux",
        cpu_brand="",
        tsc_frequency=NANOSECONDS.ticks_per_second,
        start_time_ns=NANOSECONDS.origin_unix_ns,
        start_ticks=NANOSECONDS.origin_ticks,
        properties={"service": "shop", "region": "eu"},
    )
    stream = Stream(
        stream_id=IDS[1],
        process_id=IDS[0],
        format="limnograph/v1",
        tags=("log",),
    )
    block = Block(
        block_id=IDS[2],
        stream_id=IDS[1],
        process_id=IDS[0],
        begin_time_ns=1_769_860_800_123_456_789,
        end_time_ns=1_769_860_800_123_456_796,
        begin_ticks=0,
        end_ticks=7,
        nb_objects=2,
        object_offset=0,
        payload_size=len(PLAIN),
    )
    return encode_request(process, [stream], [(block, PLAIN)])


def files() -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """Yield (name, bytes, expectation) of every case."""
    for name, (payload, rows) in GOOD.items():
        block = container.open(payload)
        yield (
            name,
            payload,
            {
                "kind": block.kind,
                "nb_objects": block.rows,
                "dropped": block.header["dropped"],
                "clock": asdict(block.clock),
                "sites": block.header["sites"],
                "open_spans": block.header.get("open_spans", []),
                "rows": rows,
            },
        )
    for name, (payload, fault) in CORRUPT.items():
        yield name, payload, {"error": fault}


def main() -> None:
    """Write every file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, payload, expected in files():
        (FOLDER / f"{name}.bin").write_bytes(payload)
        text = json.dumps(expected, indent=1, ensure_ascii=False) + "\n"
        (FOLDER / f"{name}.expected.json").write_text(text, encoding="utf-8")
    (FOLDER / "request.body").write_bytes(request())


if __name__ == "__main__":
    main()
