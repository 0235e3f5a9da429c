"""A view holds what its SELECT says of all acknowledged events, whatever was built when."""

import random
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest

from assets.materialize import materialize, rebuild
from assets.storage.metadata.blocks import slices_with_blocks
from assets.storage.tables import compact_slice
from assets.views.catalog import BUILT_IN
from assets.views.log_entries import LOG_ENTRIES
from assets.views.physical import table_spec
from assets.views.view import View
from query_engine.defined.compiled import compiled
from query_engine.defined.definition import Definition
from query_engine.defined.frames import SourceCatalog
from query_engine.defined.select import Plan, bound_select
from query_engine.sql import plan
from query_engine.sql.positions import Source
from query_engine.tables.memory import MemoryCatalog
from tests.query_engine.defined.random_views import RandomView, random_logs, random_view

SEEDS = range(12)
STEPS = 14


def view_of(made: RandomView, name: str) -> View:
    """Return the view of a random SELECT."""
    options = {"merge": made.merge} if made.merge else {}
    view = compiled(Definition.of_options(name, made.sql, options), BUILT_IN)
    return replace(view, table=f"{name}-1")


def rows_of(frame: pl.DataFrame) -> list[str]:
    """Return the rows, in an order of their own."""
    return sorted(map(repr, frame.rows()))


def said(made: RandomView, view: View, filled) -> pl.DataFrame:
    """Run the SELECT over every event at once; what fails in it is NULL, as in a view."""
    select = bound_select(Source(made.sql), SourceCatalog(BUILT_IN))
    rows = filled.read(LOG_ENTRIES).lazy()
    text = Plan.of(select.relation, select.columns)
    return text.over({"log_entries": rows}, view.schema).collect()


def slices(filled):
    """Return the slices that have blocks."""
    with filled.lake.connection() as conn:
        return [found.slice for found in slices_with_blocks(conn, "log")]


def step(rng: random.Random, filled, view: View, senders, number: int) -> None:
    """Do something that happens to a lake."""
    there = slices(filled)
    action = rng.choice(["write", "write", "write", "build", "build", "rebuild", "compact"])
    if action == "write" or not there:
        blocks = [random_logs(rng, number) for _ in range(rng.randint(1, 3))]
        filled.write(rng.choice(senders), *blocks)
    elif action == "build":
        chosen = rng.sample(there, rng.randint(1, len(there)))
        materialize(filled.lake, view, filled.tables, slices=chosen)
    elif action == "rebuild":
        rebuild(filled.lake, view, filled.tables, [rng.choice(there)])
    else:
        materialize(filled.lake, view, filled.tables)
        for one in there:
            compact_slice(filled.lake, table_spec(view), one)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_view_is_its_select_over_all_events_at_any_moment(filled, new_sender, seed: int):
    """
    Under increments, late blocks, rebuilds and compaction, after every single step.
    """
    rng = random.Random(seed)
    made = random_view(rng)
    view = view_of(made, "v")
    senders = [new_sender(), new_sender()]
    for hours in (3, 2, 2, 1):  # before any hour is closed: nothing arrives in one after that
        blocks = [random_logs(rng, hours) for _ in range(rng.randint(1, 3))]
        filled.write(rng.choice(senders), *blocks, shift=timedelta(hours=-hours))
    for number in range(STEPS):
        step(rng, filled, view, senders, number)
        assert rows_of(filled.read(view)) == rows_of(said(made, view, filled)), made.sql


@pytest.mark.parametrize("seed", range(40))
def test_merging_gives_the_same_over_any_cut_of_the_rows(seed: int):
    """
    Also over rows that are merged already, and over none.
    """
    rng = random.Random(1_000 + seed)
    made = next(m for m in iter(lambda: random_view(rng), None) if m.merge)
    view = view_of(made, "v")
    assert view.merge is not None
    empty = LOG_ENTRIES.schema.to_frame()
    logs = [row for number in range(12) for row in random_logs(rng, number)]
    given = pl.DataFrame(
        [row | {"process_id": rng.choice("ab"), "exe": "x"} for row in logs],
        schema={n: LOG_ENTRIES.schema[n] for n in ("time", "level", "msg", "process_id", "exe")},
        strict=False,
    )
    events = pl.concat([empty, given], how="diagonal")
    cuts = sorted(rng.sample(range(events.height), 3))
    parts = [events[a:b] for a, b in zip([0, *cuts], [*cuts, events.height], strict=True)]
    built = [view.build({"log_entries": part.lazy()}).collect() for part in parts]
    whole = view.merge(view.build({"log_entries": events.lazy()})).collect()
    twice = view.merge(
        pl.concat([view.merge(pl.concat(built[:2]).lazy()).collect(), *built[2:]]).lazy()
    )
    assert rows_of(twice.collect()) == rows_of(whole), made.sql


def test_a_select_that_cannot_fail_is_what_a_query_of_the_source_says(filled, new_sender):
    """
    The same text, asked of log_entries itself.
    """
    rng = random.Random(7)
    made = RandomView(
        "SELECT time, upper(msg) AS m, level * 2 AS l FROM log_entries WHERE level < 4", ""
    )
    view = view_of(made, "v")
    sender = new_sender()
    for number in range(4):
        filled.write(sender, random_logs(rng, number))
        materialize(filled.lake, view, filled.tables, slices=slices(filled)[:1])
    frames = MemoryCatalog({"log_entries": filled.read(LOG_ENTRIES).lazy()})
    assert rows_of(filled.read(view)) == rows_of(plan(made.sql, frames, now_ns=0).collect())
