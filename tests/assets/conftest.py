"""Blocks for tests: real `limnograph/v1` payloads from plain rows, with the row that names them."""

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest

from assets.storage.metadata.records import BlockRef
from limnograph.wire import build, container
from limnograph.wire.container import Clock

T0_NS = 1_760_000_000_123_456_789
"""Unix time of tick 0 of the blocks that tests make, unless they say otherwise."""

KINDS = {"log": "log", "metrics": "metrics", "cpu": "spans", "trace": "traces", "image": "images"}


@dataclass(frozen=True)
class MadeBlock:
    """A payload and the metadata row that a receiver would keep of it."""

    payload: bytes
    ref: BlockRef


def differences(ticks: Sequence[int], origin: int) -> list[int]:
    """Return ticks as the format keeps them: each minus the one before, the first minus origin."""
    return [tick - last for last, tick in pairwise([origin, *ticks])]


def encode(
    tag: str,
    rows: Sequence[dict[str, Any]],
    clock: Clock,
    sites: Sequence[dict[str, Any]],
    open_spans: Sequence[dict[str, int]] = (),
) -> bytes:
    """Encode rows whose keys are the format's columns, with absolute ticks for time and begin."""
    time = "begin" if tag in {"cpu", "trace"} else "time"
    columns = [
        build.fixed(time, "int64", differences([r[time] for r in rows], clock.origin_ticks)),
        build.fixed("site", "uint32", [r.get("site", 0) for r in rows]),
    ]
    if tag == "log":
        columns.append(build.fixed("level", "uint8", [r.get("level", 4) for r in rows]))
        columns.append(build.utf8("msg", [r.get("msg", "") for r in rows]))
    elif tag == "metrics":
        columns.append(build.fixed("value", "float64", [r.get("value", 0.0) for r in rows]))
    elif tag == "image":
        columns.append(build.dictionary("name", [r.get("name", "") for r in rows]))
        columns.append(build.dictionary("format", [r.get("format", "") for r in rows]))
        columns.append(build.binary("data", [r.get("data", b"") for r in rows]))
    else:
        for name, kind in (
            ("duration", "int64"), ("id", "int64"), ("parent", "int64"),
                ("thread" if tag == "trace" else "depth", "uint32"),
            ("status", "uint8"),
        ):  # fmt: skip
            default = 1 if name == "id" else 0
            columns.append(build.fixed(name, kind, [r.get(name, default) for r in rows]))
    if any("coroutine" in row for row in rows):
        columns.append(build.fixed("coroutine", "uint8", [r.get("coroutine", 0) for r in rows]))
    if any("properties" in row for row in rows):
        columns.append(build.mapping("properties", [r.get("properties") for r in rows]))
    return container.encode(
        KINDS[tag], len(rows), columns, sites=sites, clock=clock, open_spans=open_spans
    )


def site(name: str = "", **fields: Any) -> dict[str, Any]:
    """Return one call site with defaults."""
    return {"name": name, "target": "app", "file": "app.py", "line": 7, "unit": ""} | fields


MakeBlock = Callable[..., MadeBlock]


@pytest.fixture
def make_block() -> MakeBlock:
    """Return a function from (tag, rows) to a block; keyword arguments override its row."""

    def make(
        tag: str,
        rows: Sequence[dict[str, Any]],
        *,
        clock: Clock | None = None,
        sites: Sequence[dict[str, Any]] | None = None,
        open_spans: Sequence[dict[str, int]] = (),
        **overrides: Any,
    ) -> MadeBlock:
        clock = clock or Clock(1_000_000_000, 0, T0_NS)
        time = "begin" if tag in {"cpu", "trace"} else "time"
        begins = [clock.unix_ns(row[time]) for row in rows] or [T0_NS]
        ends = [clock.unix_ns(row[time] + row.get("duration", 0)) for row in rows] or [T0_NS]
        payload = encode(
            tag, rows, clock, sites or [site("one"), site("two", target="db")], open_spans
        )
        ref = BlockRef(
            block_id=str(uuid.uuid4()),
            process_id="00000000-0000-4000-8000-000000000001",
            stream_id="00000000-0000-4000-8000-000000000002",
            object_key="segments/x.seg",
            payload_offset=0,
            payload_size=len(payload),
            format="limnograph/v1",
            tags=(tag,),
            begin_time_ns=min(begins),
            end_time_ns=max(ends),
            begin_ticks=0,
            end_ticks=0,
            nb_objects=len(rows),
            object_offset=0,
            insert_time=datetime(2026, 11, 22, 17, 30, tzinfo=UTC),
            position=1,
        )
        return MadeBlock(payload, replace(ref, **overrides))

    return make
