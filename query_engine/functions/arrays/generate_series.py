"""generate_series([start], stop, [step]): as ``range``, with the stop."""

from query_engine.functions.arrays.series import series_function

GENERATE_SERIES = series_function(
    "generate_series",
    "The whole numbers from a start (0 if left out) up to, and including, a stop; or days or "
    "timestamps, a constant interval apart.",
    ("generate_series(3)", "[0, 1, 2, 3]"),
    ("generate_series(10, 1, -3)", "[10, 7, 4, 1]"),
    with_stop=True,
)
