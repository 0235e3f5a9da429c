"""What of a question is checked before any table is looked at: its text's size, and its range."""

from assets.errors import CallerError, LimitExceeded
from query_engine.limits import SQL_BYTES_MAX
from query_engine.tables.ranges import TimeRange
from query_engine.times import TIME_NS_MAX, TIME_NS_MIN


def asked_range(sql: str, begin_ns: int | None, end_ns: int | None) -> TimeRange | None:
    """
    Return the range of a question; an end that is None is open.

    Raises:
        CallerError: Text or range cannot be asked.
    """
    if not sql.strip():
        raise CallerError("the SQL text is empty")
    try:
        size = len(sql.encode())
    except UnicodeEncodeError as exc:
        raise CallerError(
            f"character {exc.start + 1} of the SQL text is half of a surrogate pair"
        ) from None
    if size > SQL_BYTES_MAX:
        raise LimitExceeded(f"the SQL text has {size} bytes, the limit is {SQL_BYTES_MAX}")
    if begin_ns is None and end_ns is None:
        return None
    time_range = TimeRange(
        TIME_NS_MIN if begin_ns is None else begin_ns, TIME_NS_MAX if end_ns is None else end_ns
    )
    if time_range.begin_ns > time_range.end_ns:
        raise CallerError("the range's begin is after its end")
    return time_range
