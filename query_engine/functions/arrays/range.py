"""range([start], stop, [step]): the values from a start (0 if left out) up to a stop."""

from query_engine.functions.arrays.series import series_function

RANGE = series_function(
    "range",
    "The whole numbers from a start (0 if left out) up to, not including, a stop; or days or "
    "timestamps, a constant interval apart.",
    ("range(3)", "[0, 1, 2]"),
    ("range(1, 10, 3)", "[1, 4, 7]"),
    (
        "array_length(range(DATE '2024-01-01', DATE '2025-01-01', INTERVAL '1 month'))",
        "12",
    ),
    with_stop=False,
)
