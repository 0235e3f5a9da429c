"""Decoders of `limnograph/v1`: what they read, exactly, and what they refuse."""

import math

import pytest

from assets.decode.catalog import DECODERS, decoder_version
from assets.decode.limnograph_v1 import images, logs, metrics, spans
from assets.decode.rows import ROWS
from assets.errors import BlockCorrupt
from limnograph.wire.container import Clock

T0_NS = 1_760_000_000_123_456_789

OWN = "limnograph."
IDS = {f"{OWN}trace_id": "0af7651916cd43dd8448eb211c80319c", f"{OWN}span_id": "b7ad6b7169203331"}


def ns(series) -> list[int]:
    """Return times as Unix ns."""
    return series.to_physical().to_list()


def test_log_rows_are_what_was_written(make_block) -> None:
    """
    Order, nanoseconds, text outside ASCII and properties all survive; targets come from the sites.
    """
    made = make_block(
        "log",
        [
            {"time": 5, "site": 1, "level": 2, "msg": "größer 🐟", "properties": {"k": "ü"}},
            {"time": 3, "site": 0, "level": 6, "msg": "", "properties": {}},
            {"time": 1_000_000_007, "msg": "x" * 100, "properties": {"a": "1", "b": ""}},
        ],
    )
    rows = logs.decode(made.payload, made.ref)
    assert rows.schema == ROWS["log"]
    assert ns(rows["time"]) == [T0_NS + 5, T0_NS + 3, T0_NS + 1_000_000_007]
    assert rows["target"].to_list() == ["db", "app", "app"]
    assert rows["level"].to_list() == [2, 6, 4]
    assert rows["msg"].to_list() == ["größer 🐟", "", "x" * 100]
    assert rows["properties"].to_list() == [{"k": "ü"}, {}, {"a": "1", "b": ""}]


def test_metric_rows_are_what_was_written(make_block) -> None:
    """
    Values keep every bit, the special ones too; names and units come from the sites.
    """
    sites = [{"name": "cpu", "target": "sys", "file": "", "line": 0, "unit": "%"}]
    values = [0.1, -0.0, math.inf, math.nan]
    made = make_block(
        "metrics", [{"time": t, "value": v} for t, v in enumerate(values)], sites=sites
    )
    rows = metrics.decode(made.payload, made.ref)
    assert rows.schema == ROWS["metrics"]
    assert [repr(value) for value in rows["value"]] == [repr(value) for value in values]
    assert set(rows.select("target", "name", "unit").rows()) == {("sys", "cpu", "%")}
    assert rows["properties"].to_list() == [{}] * 4


def test_span_rows_are_what_was_written(make_block) -> None:
    """
    Begin, end and duration are exact; the hash of the site is the reference system's.
    """
    sites = [{"name": "span_a", "target": "gold", "file": "gold.rs", "line": 7, "unit": ""}]
    made = make_block(
        "cpu",
        [
            {"begin": 20, "duration": 5, "id": 2, "parent": 1, "depth": 1, "status": 2},
            {"begin": 10, "duration": 30, "id": 1, "status": 1},
        ],
        sites=sites,
    )
    rows = spans.decode(made.payload, made.ref)
    assert rows.schema == ROWS["cpu"]
    assert ns(rows["begin"]) == [T0_NS + 20, T0_NS + 10]
    assert ns(rows["end"]) == [T0_NS + 25, T0_NS + 40]
    assert rows["duration"].to_list() == [5, 30]
    assert rows.select("id", "parent", "depth").rows() == [(2, 1, 1), (1, 0, 0)]
    assert rows["hash"].to_list() == [1043883001] * 2
    assert rows["status"].to_list() == ["ERROR", "OK"]
    assert rows["line"].to_list() == [7, 7]


def test_image_rows_are_what_was_written(make_block) -> None:
    """
    The bytes are untouched, whatever they are; the target is that of the call.
    """
    data = bytes(range(256))
    made = make_block(
        "image",
        [
            {"time": 1, "site": 1, "name": "größe", "format": "png", "data": data},
            {"time": 2, "name": "größe", "format": "", "properties": {"k": "v"}},
        ],
    )
    rows = images.decode(made.payload, made.ref)
    assert rows.schema == ROWS["image"]
    assert ns(rows["time"]) == [T0_NS + 1, T0_NS + 2]
    assert rows["data"].to_list() == [data, b""]
    assert rows.select("target", "name", "format", "payload_size").rows() == [
        ("db", "größe", "png", 256),
        ("app", "größe", "", 0),
    ]
    assert rows["properties"].to_list() == [{}, {"k": "v"}]


@pytest.mark.parametrize("tag", ["log", "metrics", "cpu", "trace", "image"])
def test_a_block_without_rows_decodes_to_no_rows(make_block, tag) -> None:
    """
    An empty block is legal: a stream may have nothing but dropped events to tell of.
    """
    made = make_block(tag, [], sites=[])
    decoder = DECODERS["limnograph/v1", tag]
    assert decoder.decode(made.payload, made.ref).schema == ROWS[tag]
    assert decoder.decode(made.payload, made.ref).height == 0


@pytest.mark.parametrize("frequency", [1, 3, 1000, 2_899_999_981, 9_000_000_000])
def test_any_clock_gives_exact_nanoseconds_rounded_down(make_block, frequency) -> None:
    """
    Times equal integer arithmetic without bounds, years from the origin and before it too.
    """
    year = frequency * 86400 * 365
    ticks = [12_345, 12_345 + 7 * year + 1, 12_345 - 3 * year - 1, 12_346, 12_340]
    clock = Clock(frequency, 12_345, T0_NS)
    made = make_block("log", [{"time": tick} for tick in ticks], clock=clock)
    rows = logs.decode(made.payload, made.ref)
    assert ns(rows["time"]) == [clock.unix_ns(tick) for tick in ticks]


@pytest.mark.parametrize(
    ("tag", "rows", "overrides", "reason"),
    [
        ("log", [{"time": 1, "level": 0}], {}, "level"),
        ("log", [{"time": 1, "level": 7}], {}, "level"),
        ("log", [{"time": 1, "site": 2}], {}, "site"),
        ("log", [{"time": 1}], {"nb_objects": 2}, "1 rows"),
        ("log", [{"time": 1}], {"begin_time_ns": T0_NS + 2}, "range"),
        ("log", [{"time": 1}], {"end_time_ns": T0_NS}, "range"),
        ("metrics", [{"time": 1, "site": 9}], {}, "site"),
        ("cpu", [{"begin": 1, "duration": -1}], {}, "duration"),
        ("cpu", [{"begin": 1, "duration": 2**63 - 1}], {"end_time_ns": T0_NS + 9}, "range"),
        ("cpu", [{"begin": 1, "id": 0}], {}, "id"),
        ("cpu", [{"begin": 1, "parent": -1}], {}, "parent"),
        ("cpu", [{"begin": 1, "status": 3}], {}, "status"),
        ("trace", [{"begin": 1}], {}, "no trace_id of 32"),
        ("trace", [{"begin": 1, "properties": {**IDS, f"{OWN}span_id": "b7AD"}}], {}, "span_id"),
    ],
)
def test_a_value_that_breaks_a_rule_makes_the_block_corrupt(
    make_block, tag, rows, overrides, reason
) -> None:
    """
    A block is corrupt as a whole, and the error names the block and the rule.
    """
    made = make_block(tag, rows, **overrides)
    with pytest.raises(BlockCorrupt, match=reason) as raised:
        DECODERS["limnograph/v1", tag].decode(made.payload, made.ref)
    assert raised.value.block_id == made.ref.block_id


@pytest.mark.parametrize("broken", ["[{", "7", "", '[{"after_ns":"x"}]', '[{"trace_id":[1]}]'])
def test_events_and_links_that_are_broken_are_none_and_cost_no_other_row(make_block, broken):
    """
    One odd span must not take those of everybody else in its block along.
    """
    event = '[{"after_ns":2,"name":"e","attributes":[]}]'
    link = '[{"trace_id":"t","span_id":"s","trace_state":"","attributes":[]}]'
    told = [(event, link), (broken, broken), (event, link), (None, None), (broken, link)]
    made = make_block(
        "trace",
        [
            {
                "begin": 1,
                "properties": IDS
                | ({} if events is None else {f"{OWN}events": events, f"{OWN}links": links}),
            }
            for events, links in told
        ],
    )
    rows = DECODERS["limnograph/v1", "trace"].decode(made.payload, made.ref)
    assert rows.schema == ROWS["trace"]
    names = [[one["name"] for one in events if one["name"]] for events in rows["events"].to_list()]
    assert names == [["e"], [], ["e"], [], []]
    found = [[one["span_id"] for one in links if one["span_id"]] for links in rows["links"]]
    assert found == [["s"], [], ["s"], [], ["s"]]


@pytest.mark.parametrize(
    "clock",
    [Clock(9_000_000_001, 0, T0_NS), Clock(1000, 0, 2**63), Clock(1, 0, -(2**70))],
)
def test_a_clock_without_sense_makes_the_block_corrupt(make_block, clock) -> None:
    """
    A clock over TICKS_PER_SECOND_MAX or with an origin outside 64 bits is refused, not wrapped.
    """
    made = make_block("log", [{"time": 1}], clock=clock, begin_time_ns=0, end_time_ns=2**63 - 1)
    with pytest.raises(BlockCorrupt, match=r"ticks/s|origin|range"):
        logs.decode(made.payload, made.ref)


def test_a_block_of_another_kind_is_corrupt(make_block) -> None:
    """
    The stream's tag and the container must agree on what the events are.
    """
    made = make_block("log", [{"time": 1}])
    with pytest.raises(BlockCorrupt, match="kind"):
        metrics.decode(made.payload, made.ref)


def test_a_format_that_nothing_decodes_has_version_zero() -> None:
    """
    Blocks of an unknown format are tried again when its decoder arrives with version 1.
    """
    assert decoder_version("limnograph/v9", "log") == 0
    assert all(decoder.version > 0 for decoder in DECODERS.values())


def test_a_small_payload_cannot_claim_endless_text(make_block, monkeypatch) -> None:
    """
    Over BLOCK_TEXT_BYTES_MAX, repeated texts written out, the block is refused and not expanded.
    """
    rows = [{"time": n, "properties": {"k": "v" * 10_000}} for n in range(100)]
    made = make_block("log", rows)
    assert logs.decode(made.payload, made.ref).height == 100
    monkeypatch.setattr("assets.decode.limnograph_v1.columns.BLOCK_TEXT_BYTES_MAX", 999_999)
    with pytest.raises(BlockCorrupt, match="BLOCK_TEXT_BYTES_MAX"):
        logs.decode(made.payload, made.ref)
