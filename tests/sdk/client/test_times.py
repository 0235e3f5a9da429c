"""What begin and end may be."""

from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from limnograph import QueryError
from limnograph.client.times import rfc3339, unix_ns

NOW = 1_769_860_800_000_000_000
HOUR = 3_600_000_000_000


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        (None, None),
        (12, 12),
        ("now", NOW),
        ("1h", NOW - HOUR),
        ("1h ago", NOW - HOUR),
        (" 1H ", NOW - HOUR),
        ("1h30m", NOW - HOUR * 3 // 2),
        ("0.5h", NOW - HOUR // 2),
        ("2d", NOW - 48 * HOUR),
        ("1w", NOW - 168 * HOUR),
        ("15ms", NOW - 15_000_000),
        (timedelta(hours=1), NOW - HOUR),
        ("2026-01-31T12:00:00Z", NOW),
        ("2026-01-31T13:00:00+01:00", NOW),
        ("2026-01-31 12:00", NOW),
        ("2026-01-31T12:00:00.000000001Z", NOW + 1),
        ("2026-01-31T12:00:00,5", NOW + 500_000_000),
        (datetime(2026, 1, 31, 12, tzinfo=UTC), NOW),
        (datetime(2026, 1, 31, 12), NOW),  # noqa: DTZ001
        (datetime(2026, 1, 31, 12, 0, 0, 7, timezone(timedelta(hours=2))), NOW - 2 * HOUR + 7000),
        ("1969-12-31T23:59:59.5Z", -500_000_000),
    ],
)
def test_times_are_read(when: Any, expected: int | None) -> None:
    """
    Times, their text, and how long ago; without an offset UTC.
    """
    assert unix_ns(when, lambda: NOW) == expected


@pytest.mark.parametrize("when", ["", "soon", "1 fortnight", "2026-13-01", 1.5, True, [], "1"])
def test_what_is_no_time_is_refused_with_help(when: Any) -> None:
    """
    The message shows the value and what would do.
    """
    with pytest.raises(QueryError, match="is not a time: expected") as caught:
        unix_ns(when)
    assert caught.value.code == "client"


@pytest.mark.parametrize(
    "when",
    [
        pd.NaT,
        np.datetime64("NaT"),
        np.datetime64("9999-01-01"),
        np.timedelta64(10**6, "D"),
        datetime.min.replace(tzinfo=ZoneInfo("Asia/Tokyo")),
        datetime.max.replace(tzinfo=UTC),
        timedelta.max,
        10**30,
        "9999999999999d",
        "2026-01-31T12.5",
        "2026-01-31.5",
        "2026-01-31T12:00:00.5.5",
    ],
)
def test_a_time_that_cannot_be_meant_is_refused(when: Any) -> None:
    """
    What no nanoseconds can count, NaT, and fractions of anything but seconds: never another time.
    """
    with pytest.raises(QueryError, match="is not a time"):
        unix_ns(when)


@given(st.integers(-(2**62), 2**62))
def test_text_of_a_time_reads_back(time_ns: int) -> None:
    """
    RFC 3339 with nine decimals keeps every nanosecond.
    """
    assert unix_ns(rfc3339(time_ns)) == time_ns
