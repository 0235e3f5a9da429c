"""lake_checks: what the lake's checks found last, and for how long it has been so."""

import polars as pl

from assets.views.view import TIME, Column, LiveView

RELATION = """
SELECT view, check_name AS "check", passed, message, checked_at,
       COALESCE(failing_since, checked_at) AS since
  FROM check_results
"""

LAKE_CHECKS = LiveView(
    name="lake_checks",
    doc="The newest answer of every check of every view; a failing one says what to do.",
    columns=(
        Column("view", pl.String(), "view whose table was looked at"),
        Column("check", pl.String(), "what was asked"),
        Column("passed", pl.Boolean(), "whether all is well"),
        Column("message", pl.String(), "what was found, and what to do about it"),
        Column("checked_at", TIME, "when it was asked last"),
        Column("since", TIME, "since when it has failed; when it passed, the same"),
    ),
    time_column="since",
    end_column="checked_at",
    relation=RELATION,
    native={"checked_at": "timestamptz", "since": "timestamptz"},
)
