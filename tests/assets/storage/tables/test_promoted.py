"""Promoted keys: which there are, what their columns hold, and when they may be believed."""

from collections.abc import Mapping

import polars as pl
import pyarrow as pa
import pytest
from deltalake import DeltaTable
from hypothesis import given
from hypothesis import strategies as st

from assets.storage.lake import PROMOTED_KEYS_MAX, Lake, Promotion
from assets.storage.tables import WriteConflict, append, compact_slice, promoted, replace_slices
from assets.storage.tables.promoted import (
    STATISTICS,
    Promoted,
    believed,
    keys_to_promote,
    promoted_in,
    promoted_name,
    with_promoted,
)
from assets.storage.tables.spec import open_table
from tests.assets.storage.tables.sample import ONE, SPEC, TWO, cover, frame, newest, rows

MAPS = pl.Map(pl.String(), pl.String())
ROUTE = Promoted("properties", "route", 0)


@pytest.fixture(autouse=True)
def every_commit_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let two rows be enough to promote."""
    monkeypatch.setattr(promoted, "HOT_ROWS", 2)


def mapped(*maps: Mapping[str, str]) -> pl.DataFrame:
    """Rows with these properties."""
    entries = [[{"key": k, "value": v} for k, v in item.items()] for item in maps]
    inner = pl.List(pl.Struct({"key": pl.String, "value": pl.String}))
    return pl.DataFrame({"properties": pl.Series(entries, dtype=inner).cast(MAPS)})


def stored(slice_: object, *maps: Mapping[str, str]) -> pa.Table:
    """Rows of a slice with these properties."""
    table = rows(slice_, [str(i) for i in range(len(maps))])
    kind = table.schema.field("properties").type
    values = pa.array([list(item.items()) for item in maps], kind)
    return table.set_column(table.schema.get_field_index("properties"), "properties", values)


@given(st.lists(st.text(min_size=1), unique=True, max_size=5))
def test_any_key_has_a_column_name_that_tells_it(keys: list[str]) -> None:
    """
    Names are text that Delta takes, and lead back to the key, in the table's order.
    """
    names = [promoted_name("properties", key) for key in keys]
    assert all(not set(name) & set(" ,;{}()\n\t=`") for name in names)
    found = promoted_in(["time", "properties", "properties@", *names])
    assert [(key.key, key.bit) for key in found] == [(key, bit) for bit, key in enumerate(keys)]


def test_frequent_short_keys_are_promoted_the_most_frequent_first() -> None:
    """
    A rare key, a key of long values and what is promoted already, in any capitals, are left out.
    """
    common = {"route": "/pay", "long": "x" * 65}
    frame_ = mapped(*[common | {"user": "u"}] * 8, *[common] * 11, common | {"rare": "r"})
    assert keys_to_promote(frame_, [], 16) == [("properties", "route"), ("properties", "user")]
    assert keys_to_promote(frame_, [ROUTE], 16) == [("properties", "user")]
    assert keys_to_promote(frame_, [], 1) == [("properties", "route")]
    assert keys_to_promote(frame_, [ROUTE], 1) == []
    other_spelling = [Promoted("properties", "Route", 0), Promoted("properties", "USER", 1)]
    assert keys_to_promote(frame_, other_spelling, 16) == []
    assert keys_to_promote(frame_, [], 16, [("properties", "rare"), ("nothing", "x")])[0] == (
        "properties",
        "rare",
    )


def test_ids_are_not_stored_twice() -> None:
    """
    Long values that hardly ever repeat do not compress; asked for by name, they get a column.
    """
    ids = [{"trace": f"{n:032x}", "order": str(n), "host": "h" * 32} for n in range(8)]
    found = keys_to_promote(mapped(*ids), [], 16)
    assert found == [("properties", "host"), ("properties", "order")]
    always = [("properties", "trace")]
    assert keys_to_promote(mapped(*ids), [], 16, always)[0] == always[0]


def test_a_small_commit_says_nothing_about_what_is_frequent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """
    Below HOT_ROWS only configured keys are promoted.
    """
    monkeypatch.setattr(promoted, "HOT_ROWS", 3)
    two = mapped({"route": "/"}, {"route": "/"})
    assert keys_to_promote(two, [], 16) == []
    always = [("properties", "host")]
    assert keys_to_promote(two, [], 16, always) == always


def test_columns_hold_exactly_the_key_and_are_not_believed_beside_another_spelling() -> None:
    """
    One row with ``Route`` takes the bit from ``route``, for a reader that takes any capitals.
    """
    keys = [ROUTE, Promoted("properties", "user", 1)]
    plain = with_promoted(mapped({"route": "/a"}, {"user": "u"}, {}), keys)
    assert plain["properties@route"].to_list() == ["/a", None, None]
    assert plain["properties@user"].to_list() == [None, "u", None]
    assert plain["properties@"].to_list() == [3, 3, 3]
    mixed = with_promoted(mapped({"route": "/a"}, {"Route": "/b", "user": "u"}), keys)
    assert mixed["properties@"].to_list() == [2, 2]
    assert mixed["properties@route"].to_list() == [None, None]


def test_a_table_gets_columns_and_statistics_and_old_files_are_not_believed(
    any_lake: Lake,
) -> None:
    """
    The first commit of a hot key promotes it; files before it, and by others, lack the bit.
    """
    append(any_lake, SPEC, newest(any_lake), stored(ONE, {}), cover(1, ONE))
    plain = newest(any_lake)
    assert plain.promoted == ()
    two = stored(TWO, {"route": "/a"}, {"route": "/z"})
    append(any_lake, SPEC, plain, two, cover(2, TWO))
    after = newest(any_lake)
    assert after.promoted == (ROUTE,)
    files = after.files.sort("num_records")
    assert files.select(believed(ROUTE))[:, 0].to_list() == [False, True]
    assert files["min_properties@route"].to_list() == [None, "/a"]
    assert files["max_properties@route"].to_list() == [None, "/z"]
    report = compact_slice(any_lake, SPEC, TWO)
    assert report.skipped == "nothing to merge"
    append(any_lake, SPEC, after, stored(ONE, {}), cover(3, ONE))
    assert compact_slice(any_lake, SPEC, ONE).files_after == 1
    compacted = newest(any_lake)
    assert compacted.files.select(believed(ROUTE).all()).item() is True
    assert sorted(frame(any_lake, compacted)["properties@route"].drop_nulls()) == ["/a", "/z"]


def test_a_replacement_that_promotes_has_to_be_planned_again(lake: Lake) -> None:
    """
    New columns are a commit of their own: what was planned before it conflicts, nothing is lost.
    """
    base = newest(lake)
    hot = stored(ONE, {"route": "/a"}, {"route": "/b"})
    with pytest.raises(WriteConflict, match="promoted"):
        replace_slices(lake, SPEC, base, [ONE], hot, cover(1, ONE))
    assert newest(lake).files.is_empty()
    replace_slices(lake, SPEC, newest(lake), [ONE], hot, cover(1, ONE))
    assert newest(lake).files.select(believed(ROUTE)).item() is True


def test_statistics_that_a_dying_program_left_undeclared_are_declared_by_the_next(
    lake: Lake,
) -> None:
    """
    Columns and their statistics are two commits; a table between the two is repaired.
    """
    hot = stored(ONE, {"route": "/a"}, {"route": "/b"})
    append(lake, SPEC, newest(lake), hot, cover(1, ONE))
    table = open_table(lake, SPEC)
    wanted = table.metadata().configuration[STATISTICS]
    table.alter.set_table_properties({STATISTICS: "time"})
    append(lake, SPEC, newest(lake), stored(TWO, {"route": "/c"}), cover(2, TWO))
    assert DeltaTable(lake.table_uri(SPEC.name)).metadata().configuration[STATISTICS] == wanted


def test_the_settings_name_what_is_always_promoted() -> None:
    """
    Keys may contain dots; a table without any has none.
    """
    promotion = Promotion(PROMOTED_KEYS_MAX, (("samples", "properties", "http.route"),))
    assert promotion.keys_of("samples") == [("properties", "http.route")]
    assert promotion.keys_of("others") == []
