"""probe_rounds: what the probe saw of its own events, round by round."""

import polars as pl

from assets.views.view import TIME, Column, LiveView

RELATION = """
SELECT process_id, sequence, view, written_at, acknowledged_after, visible_after, missing, doubled,
       problem
  FROM probe_results
"""

PROBE_ROUNDS = LiveView(
    name="probe_rounds",
    doc="What the probe saw of the events that it writes itself: a row for each round and view of"
    " the newest week.",
    columns=(
        Column("process_id", pl.String(), "run of the probe: the process whose events they are"),
        Column("sequence", pl.Int64(), "number of the round in it; its events carry it"),
        Column("view", pl.String(), "where the event must be found"),
        Column("written_at", TIME, "when the round began"),
        Column(
            "acknowledged_after",
            pl.Float64(),
            "seconds until the receiver had acknowledged it; null: not in time",
        ),
        Column(
            "visible_after",
            pl.Float64(),
            "seconds from there until SQL had shown it; null: not in time",
        ),
        Column("missing", pl.Int32(), "acknowledged events of recent rounds that SQL did not show"),
        Column("doubled", pl.Int32(), "events of them that SQL showed more than once"),
        Column("problem", pl.String(), "what stood in the way, in words; empty when nothing did"),
    ),
    time_column="written_at",
    end_column=None,
    relation=RELATION,
    native={"process_id": "uuid", "written_at": "timestamptz"},
)
