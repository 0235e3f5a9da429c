"""Objects of blocks: what the decoders yield, one by one, for any block of any format."""

import json
import math
from dataclasses import replace

import orjson
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.decode.catalog import DECODERS
from assets.decode.objects import objects_of
from assets.errors import BlockCorrupt
from assets.otlp_wire.measure import measure
from limnograph.wire import container
from tests.assets.conftest import encode, site
from tests.assets.decode.otlp import messages

CLOCK = container.Clock(1_000_000_000, 0, 1_760_000_000_000_000_000)
ANY_SPEED = settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
OTLP = {"logs": ("log", "logs"), "metrics": ("metrics", "points"), "traces": ("trace", "spans")}
KINDS = {"log": ["log"], "metrics": ["metrics", "metrics/histograms"], "trace": ["trace"]}


def listed(payload: bytes, ref) -> list:
    """Return all objects of a block."""
    return [one for some in objects_of(payload, ref) for one in some]


def plain(value: object, dtype: pl.DataType) -> object:
    """Return a value of a row as its object should have it."""
    if value is None:
        return None
    if isinstance(value, bytes):
        return f"<binary {len(value)} bytes>"
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(dtype, pl.List):
        return [plain(one, dtype.inner) for one in value]
    if isinstance(dtype, pl.Struct):
        return {field.name: plain(value[field.name], field.dtype) for field in dtype.fields}
    return value


def expected(rows: pl.DataFrame) -> list[dict[str, object]]:
    """Return rows as objects should have them."""
    times = [name for name, dtype in rows.schema.items() if isinstance(dtype, pl.Datetime)]
    rows = rows.with_columns(pl.col(times).to_physical())
    return [
        {name: plain(value, rows.schema[name]) for name, value in row.items()}
        for row in rows.iter_rows(named=True)
    ]


@pytest.mark.parametrize("signal", list(OTLP))
@ANY_SPEED
@given(data=st.data())
def test_objects_of_any_message_are_the_rows_of_the_views(signal, data):
    """
    As many as the receiver has counted, numbered from the block's offset on, each a JSON object.
    """
    tag, kind = OTLP[signal]
    message = data.draw(messages.MESSAGES[kind])
    payload = message.SerializeToString()
    count = measure(signal, payload).records
    ref = replace(
        messages.block(), format=f"otlp/v1/{signal}", tags=(tag,), nb_objects=count, object_offset=7
    )
    found = listed(payload, ref)
    assert [one.index for one in found] == list(range(7, 7 + count))
    rows = [
        row
        for kind in KINDS[tag]
        for row in expected(DECODERS[ref.format, kind].decode(payload, ref))
    ]
    assert [dict(one.members) for one in found] == rows
    for one in found:
        assert json.loads(orjson.dumps(one.members)).keys() == one.members.keys()


texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
maps = st.dictionaries(texts, texts, max_size=3)
ticks = st.integers(0, 10**12)
NATIVE = {
    "log": {"time": ticks, "level": st.integers(1, 6), "msg": texts, "properties": maps},
    "metrics": {"time": ticks, "value": st.floats(), "properties": maps},
    "cpu": {"begin": ticks, "duration": ticks, "id": st.integers(1, 99), "properties": maps},
    "image": {"time": ticks, "name": texts, "format": texts, "data": st.binary(max_size=9)},
}


@pytest.mark.parametrize("tag", list(NATIVE))
@ANY_SPEED
@given(data=st.data())
def test_objects_of_any_block_of_ours_are_the_rows_of_the_views(tag, data):
    """
    Whatever texts, numbers and bytes they hold.
    """
    rows = data.draw(st.lists(st.fixed_dictionaries(NATIVE[tag]), max_size=5))
    payload = encode(tag, rows, CLOCK, [site("one")])
    ref = replace(messages.block(), format="limnograph/v1", tags=(tag,), nb_objects=len(rows))
    found = listed(payload, ref)
    decoder = DECODERS[ref.format, tag]
    assert [dict(one.members) for one in found] == expected(decoder.decode(payload, ref))
    assert {one.type_name for one in found} <= {decoder.object_name}


def test_spans_that_had_not_ended_come_last():
    """
    They are no events of the stream yet: without an index, and without an end.
    """
    open_ = {"id": 8, "parent": 3, "depth": 2, "site": 1, "begin_ticks": 50}
    fixed = {"begin": 1, "duration": 2, "id": 1}
    whole = container.open(encode("cpu", [fixed], CLOCK, [site("one"), site("two", line=9)]))
    payload = container.encode(
        "spans", 1, list(whole.columns.values()), sites=whole.header["sites"], clock=CLOCK,
        open_spans=[open_],
    )  # fmt: skip
    ref = replace(messages.block(), format="limnograph/v1", tags=("cpu",), nb_objects=1)
    ended, running = listed(payload, ref)
    assert (ended.index, ended.type_name) == (0, "span")
    assert (running.index, running.type_name) == (None, "open_span")
    known = {"id": 8, "parent": 3, "depth": 2, "name": "two", "line": 9, "end": None}
    assert running.members["begin"] == CLOCK.unix_ns(50)
    assert dict(running.members) | known == running.members


@pytest.mark.parametrize(
    ("format_", "tag"), [("limnograph/v1", "log"), ("otlp/v1/traces", "trace")]
)
def test_a_block_of_wrong_bytes_says_which_and_why(format_, tag):
    """
    As the quarantine says it.
    """
    ref = replace(messages.block(), format=format_, tags=(tag,), nb_objects=1)
    with pytest.raises(BlockCorrupt, match=f"block {ref.block_id}: "):
        listed(b"\x0b\xff\xff", ref)


def test_a_format_that_nothing_lists_names_those_there_are():
    """
    Somebody who has sent blocks of another format sees what is known.
    """
    ref = replace(messages.block(), format="other/v9")
    with pytest.raises(LookupError, match=r"other/v9 \(log\) cannot.*otlp/v1/traces \(trace\)"):
        listed(b"", ref)


def test_every_format_of_the_lake_can_be_listed():
    """
    A decoder that names no object is one that shows the rows of another in another way.
    """
    listed_ = {
        (format_, kind.partition("/")[0])
        for (format_, kind), one in DECODERS.items()
        if one.object_name
    }
    assert listed_ == {(format_, kind.partition("/")[0]) for format_, kind in DECODERS}
