"""What start, end and number of bins of a histogram have to be."""

import math

from query_engine.functions.histograms.limits import BINS_MAX


def wrong_bounds(start: float | None, end: float | None, bins: int | None) -> str | None:
    """Return what is wrong with the bounds of a histogram; None if nothing is."""
    for name, value in (("start", start), ("end", end), ("bins", bins)):
        if value is None:
            return f"{name} is NULL"
    assert start is not None, "looked at above"
    assert end is not None, "looked at above"
    assert bins is not None, "looked at above"
    if bins < 1:
        return f"bins has to be 1 or more, not {bins}"
    if bins > BINS_MAX:
        return f"bins is at most {BINS_MAX}, not {bins}"
    for name, bound in (("start", start), ("end", end)):
        if not math.isfinite(bound):
            return f"{name} has to be finite, not {bound}"
    if start > end:
        return f"start ({start}) is after end ({end})"
    return None
