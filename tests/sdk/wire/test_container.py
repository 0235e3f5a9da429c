"""Containers: what is written is read back, what breaks a rule is refused at its byte."""

import json
from collections.abc import Callable
from contextlib import suppress
from itertools import accumulate
from typing import Any

import pytest
from backports import zstd as raw_zstd
from hypothesis import given
from hypothesis import strategies as st

from limnograph.wire import FormatError, LimitError, build, container, limits, values
from limnograph.wire.container import Clock
from tests.sdk.arrow_reading import read

INT64 = st.integers(-(2**63), 2**63 - 1)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SITE = {"name": "hello %s", "target": "shop", "file": "shop.py", "line": 7, "unit": ""}
CLOCK = Clock(1_000_000_000, 1_000, 1_700_000_000_000_000_000)


def log_block(msgs: list[str], properties: list[dict[str, str]] | None = None) -> bytes:
    """Return a log block with a row 10 ticks after the other."""
    rows = len(msgs)
    columns = [
        build.fixed("time", "int64", [10] * rows),
        build.fixed("site", "uint32", [0] * rows),
        build.fixed("level", "uint8", [4] * rows),
        build.utf8("msg", msgs),
    ]
    if properties is not None:
        columns.append(build.mapping("properties", properties))
    return container.encode("log", rows, columns, sites=[SITE], clock=CLOCK, dropped=3)


def rewritten(payload: bytes, edit: Callable[[dict[str, Any]], None]) -> bytes:
    """Return the payload with its header edited and everything else kept."""
    block = container.open(payload)
    header = json.loads(json.dumps(block.header))
    edit(header)
    text = json.dumps(header).encode()
    start = b"LIMNOBLK" + (1).to_bytes(4, "little") + len(text).to_bytes(4, "little") + text
    return raw_zstd.compress(start + bytes(-len(start) % 64) + bytes(block.data))


def patched(payload: bytes, name: str, buffer: int, at: int, data: bytes) -> bytes:
    """Return the payload with bytes of one buffer overwritten."""
    raw = bytearray(raw_zstd.decompress(payload))
    block = container.open(payload)
    entry = next(item for item in block.header["columns"] if item["name"] == name)
    start = block.buffers_at + entry["buffers"][buffer][0] + at
    raw[start : start + len(data)] = data
    return raw_zstd.compress(bytes(raw))


@given(
    st.lists(st.tuples(TEXT, st.dictionaries(TEXT, TEXT, max_size=3)), max_size=30),
    st.booleans(),
)
def test_a_log_block_reads_back_in_arrow(
    rows: list[tuple[str, dict[str, str]]], with_properties: bool
) -> None:
    """
    Any texts and maps survive, laid out so that Arrow needs no copy and finds no fault.
    """
    msgs, maps = [msg for msg, _ in rows], [properties for _, properties in rows]
    payload = log_block(msgs, maps if with_properties else None)
    found = read(payload)
    assert found["rows"] == len(rows)
    assert found["dropped"] == 3
    assert found["columns"]["msg"] == msgs
    if with_properties:
        assert [dict(pairs) for pairs in found["columns"]["properties"]] == maps
    values.check(container.open(payload), nb_objects=len(rows))


@given(st.lists(st.tuples(INT64, st.integers(0, 2**31), st.integers(0, 2)), max_size=30))
def test_a_span_block_reads_back_in_arrow(rows: list[tuple[int, int, int]]) -> None:
    """
    Fixed-width columns hold the whole range of their type.
    """
    count = len(rows)
    columns = [
        build.fixed("begin", "int64", [begin for begin, _, _ in rows]),
        build.fixed("duration", "int64", [duration for _, duration, _ in rows]),
        build.fixed("id", "int64", range(1, count + 1)),
        build.fixed("parent", "int64", [0] * count),
        build.fixed("depth", "uint32", [2**32 - 1] * count),
        build.fixed("site", "uint32", [0] * count),
        build.fixed("status", "uint8", [status for _, _, status in rows]),
    ]
    opened = [{"id": 99, "parent": 0, "depth": 0, "site": 0, "begin_ticks": 5}]
    payload = container.encode(
        "spans", count, columns, sites=[SITE], clock=CLOCK, open_spans=opened
    )
    found = read(payload)
    assert found["columns"]["begin"] == [begin for begin, _, _ in rows]
    assert found["columns"]["status"] == [status for _, _, status in rows]
    assert found["open_spans"] == opened


@given(st.lists(TEXT, max_size=30))
def test_a_dictionary_column_keeps_each_text_once(texts: list[str]) -> None:
    """
    Readers ignore columns that they do not know, and a dictionary holds distinct values only.
    """
    known = [
        build.fixed("time", "int64", [0] * len(texts)),
        build.fixed("site", "uint32", [0] * len(texts)),
        build.fixed("value", "float64", [0.5] * len(texts)),
    ]
    extra = build.dictionary("host", texts)
    payload = container.encode("metrics", len(texts), [*known, extra], sites=[SITE], clock=CLOCK)
    assert "host" not in container.open(payload).columns
    assert read(payload)["columns"]["host"] == texts
    assert extra.values == len(set(texts))


def test_lone_surrogates_do_not_reach_the_wire() -> None:
    """
    Python texts may hold what UTF-8 cannot: it is replaced, the event is kept.
    """
    assert read(log_block(["a\ud800b"]))["columns"]["msg"] == ["a?b"]


def test_a_site_may_hold_any_character() -> None:
    """
    A template or logger name with a NUL is somebody's program, not a reason to lose the block.
    """
    odd = {**SITE, "name": "a\0b\r\n\u2028", "target": "\0", "file": "\x7f"}
    columns = [
        build.fixed("time", "int64", [0]),
        build.fixed("site", "uint32", [0]),
        build.fixed("value", "float64", [1.0]),
    ]
    payload = container.encode("metrics", 1, columns, sites=[odd], clock=CLOCK)
    assert container.open(payload).header["sites"] == [odd]


def test_clock_turns_ticks_into_time_rounding_down() -> None:
    """
    The formula of the format, also before the origin and for slow clocks.
    """
    assert Clock(3, 10, 100).unix_ns(11) == 100 + 333_333_333
    assert Clock(3, 10, 1_000_000_000).unix_ns(9) == 1_000_000_000 - 333_333_334


@pytest.mark.parametrize("cut", [1, 5, 20, 60])
def test_a_truncated_payload_is_refused(cut: int) -> None:
    """
    A frame that is cut anywhere gives a FormatError, never a short block.
    """
    payload = log_block(["hello"] * 50)
    with pytest.raises(FormatError):
        container.open(payload[:-cut])


@given(st.binary(max_size=300))
def test_any_bytes_give_a_format_error(data: bytes) -> None:
    """
    Reading strangers' bytes raises FormatError and nothing else, compressed or not.
    """
    for payload in (data, raw_zstd.compress(data), raw_zstd.compress(b"LIMNOBLK" + data)):
        with pytest.raises(FormatError):
            container.open(payload)


@given(st.data())
def test_any_flipped_byte_is_refused_or_read_without_harm(data: st.DataObject) -> None:
    """
    Damage inside the frame gives a FormatError or other values, never another exception.
    """
    raw = bytearray(raw_zstd.decompress(log_block(["hello", "wörld"], [{"k": "v"}, {}])))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with suppress(FormatError):
        values.check(container.open(raw_zstd.compress(bytes(raw))))


def test_decompression_stops_at_the_limit() -> None:
    """
    A small payload that stands for gigabytes costs its reader no more than the limit.
    """
    bomb = raw_zstd.compress(bytes(1_000_000))
    with pytest.raises(LimitError, match="1000000 is over BLOCK_BYTES_MAX = 1000"):
        container.open(bomb, bytes_max=1000)
    stream = raw_zstd.ZstdCompressor()
    unsized = stream.compress(bytes(1_000_000)) + stream.flush()
    with pytest.raises(LimitError, match="1001 is over"):
        container.open(unsized, bytes_max=1000)


def test_bytes_after_the_frame_are_refused() -> None:
    """
    A payload is exactly one frame.
    """
    with pytest.raises(FormatError, match="after the zstd frame"):
        container.open(log_block(["x"]) + b"more")


BREAKS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "kind": (lambda h: h.update(kind="logs"), "kind"),
    "rows text": (lambda h: h.update(rows="2"), "rows is not an integer"),
    "rows bool": (lambda h: h.update(rows=True), "rows is not an integer"),
    "rows more": (lambda h: h.update(rows=3), "a buffer of"),
    "columns limit": (
        lambda h: h.update(columns=h["columns"] * limits.BLOCK_COLUMNS_MAX),
        "BLOCK_COLUMNS_MAX",
    ),
    "rows limit": (lambda h: h.update(rows=2**40), "BLOCK_ROWS_MAX"),
    "dropped": (lambda h: h.update(dropped=-1), "dropped"),
    "no clock": (lambda h: h.pop("clock"), "clock is not an object"),
    "clock zero": (lambda h: h["clock"].update(ticks_per_second=0), "ticks_per_second"),
    "missing column": (lambda h: h["columns"].pop(0), "miss time|belong to no buffer"),
    "column twice": (lambda h: h["columns"].append(h["columns"][0]), "twice"),
    "column type": (lambda h: h["columns"][0].update(type="float64"), "is 'float64' where"),
    "unaligned": (lambda h: h["columns"][0].update(buffers=[[1, 16]]), "multiple of 64"),
    "outside": (lambda h: h["columns"][0].update(buffers=[[64000, 16]]), "outside the payload"),
    "negative": (lambda h: h["columns"][0].update(buffers=[[-64, 16]]), "outside the payload"),
    "buffer count": (lambda h: h["columns"][0].update(buffers=[]), "buffers are 0"),
    "overlap": (
        lambda h: h["columns"][1].update(buffers=[[0, 8]]),
        "overlap",
    ),
    "site text": (lambda h: h["sites"][0].update(name=5), r"sites\[0\].name is not text"),
    "site line": (lambda h: h["sites"][0].update(line=-1), "line"),
    "sites": (lambda h: h.update(sites={}), "sites is not an array"),
}


@pytest.mark.parametrize("case", BREAKS)
def test_a_broken_header_is_refused_by_name(case: str) -> None:
    """
    Each structural rule has its own message.
    """
    edit, message = BREAKS[case]
    with pytest.raises(FormatError, match=message):
        container.open(rewritten(log_block(["a", "b"]), edit))


PATCHES = {
    "site": ("site", 0, 0, (9).to_bytes(4, "little"), "index 9 where there are 1"),
    "level": ("level", 0, 0, b"\x07", "a value outside 1-6"),
    "offsets": ("msg", 0, 4, (5000).to_bytes(4, "little"), "the offsets decrease"),
    "utf-8": ("msg", 1, 0, b"\xff", "not UTF-8"),
    "split character": ("msg", 0, 4, (4).to_bytes(4, "little"), "inside a character"),
    "map key": ("properties", 1, 0, (1).to_bytes(4, "little"), "index 1 where there are 1"),
}


@pytest.mark.parametrize("case", PATCHES)
def test_a_broken_value_is_refused_by_name(case: str) -> None:
    """
    Each rule about values has its own message, and the message carries the byte offset.
    """
    name, buffer, at, data, message = PATCHES[case]
    payload = patched(log_block(["abcé", "d"], [{"k": "v"}, {}]), name, buffer, at, data)
    with pytest.raises(FormatError, match=message) as caught:
        values.check(container.open(payload))
    assert str(caught.value).startswith(f"byte {caught.value.offset}: ")


def test_event_times_must_lie_in_the_blocks_range() -> None:
    """
    The envelope's range is a promise about every row.
    """
    block = container.open(log_block(["a", "b", "c"]))
    ticks = list(accumulate([10, 10, 10], initial=1000))[1:]
    low, high = CLOCK.unix_ns(ticks[0]), CLOCK.unix_ns(ticks[-1])
    values.check(block, time_range_ns=(low, high))
    for wrong in ((low + 1, high), (low, high - 1)):
        with pytest.raises(FormatError, match="outside the block's range"):
            values.check(block, time_range_ns=wrong)
    with pytest.raises(FormatError, match="3 rows where the envelope says 4"):
        values.check(block, nb_objects=4)


def test_padding_must_be_zero() -> None:
    """
    Nothing hides between the buffers.
    """
    payload = patched(log_block(["ab"]), "level", 0, 1, b"\x01")
    with pytest.raises(FormatError, match="the padding is not zero"):
        container.open(payload)


def test_an_oversized_header_is_refused_before_it_is_parsed() -> None:
    """
    The header's limit is named.
    """
    size = limits.BLOCK_HEADER_BYTES_MAX + 1
    raw = b"LIMNOBLK" + (1).to_bytes(4, "little") + size.to_bytes(4, "little")
    with pytest.raises(LimitError, match="BLOCK_HEADER_BYTES_MAX"):
        container.open(raw_zstd.compress(raw))
