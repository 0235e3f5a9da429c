"""Moments moved by intervals in Python, months by the calendar."""

import calendar
import datetime as dt

from query_engine.functions.interval import NS_PER_DAY, Interval

EPOCH = dt.date(1970, 1, 1).toordinal()


def later(ns: int, by: Interval) -> int:
    """Return the Unix ns of a moment moved by an interval; a month ends on its last day."""
    if not by.months:
        return ns + by.ns
    days, rest = divmod(ns, NS_PER_DAY)
    day = dt.date.fromordinal(EPOCH + days)
    year, month = divmod(day.year * 12 + day.month - 1 + by.months, 12)
    last = calendar.monthrange(year, month + 1)[1]
    moved = dt.date(year, month + 1, min(day.day, last)).toordinal() - EPOCH
    return moved * NS_PER_DAY + rest + by.ns
