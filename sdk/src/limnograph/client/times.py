"""What ``begin`` and ``end`` of a query may be: a time, its text, or how long ago."""

import re
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from limnograph.client.errors import QueryError

When = datetime | timedelta | str | int | None
"""
A time: aware datetime (naive: UTC), ISO 8601 text with up to nine decimals, Unix ns as an int;
or how long ago: a timedelta or text such as ``90s``, ``15m``, ``1h``, ``2d``, ``1h30m``; ``now``.
"""

_UNITS_NS = {
    "ns": 1,
    "us": 1_000,
    "ms": 1_000_000,
    "s": 1_000_000_000,
    "m": 60_000_000_000,
    "h": 3_600_000_000_000,
    "d": 86_400_000_000_000,
    "w": 604_800_000_000_000,
}
_AGO = re.compile(r"(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h|d|w))+")
_PART = re.compile(r"(\d+(?:\.\d+)?)(ns|us|ms|s|m|h|d|w)")
_FRACTION = re.compile(r"[.,](\d{1,9})\d*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def unix_ns(when: Any, now_ns: Callable[[], int] = time.time_ns) -> int | None:
    """
    Return *when* as Unix ns, None for None.

    Raises:
        QueryError: It is no time; says what is.
    """
    if when is None:
        return None
    if isinstance(when, datetime):
        return _of_datetime(when)
    if isinstance(when, timedelta):
        return now_ns() - when // timedelta(microseconds=1) * 1000
    if isinstance(when, int) and not isinstance(when, bool):
        return when
    if isinstance(when, str):
        text = when.strip()
        if text.lower() == "now":
            return now_ns()
        ago = text.lower().removesuffix("ago").strip()
        if _AGO.fullmatch(ago):
            return now_ns() - sum(
                round(float(number) * _UNITS_NS[unit]) for number, unit in _PART.findall(ago)
            )
        return _of_text(text)
    raise QueryError("client", f"{when!r} is not a time: {_EXPECTED}")


def rfc3339(time_ns: int) -> str:
    """Return Unix ns as RFC 3339 in UTC with nine decimals."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}Z"


_EXPECTED = "expected a datetime, ISO 8601 text, or how long ago such as '90s', '15m', '1h', '2d'"


def _of_text(text: str) -> int:
    fraction = _FRACTION.search(text)
    rest_ns = int(fraction[1].ljust(9, "0")) if fraction else 0
    whole = text[: fraction.start()] + text[fraction.end() :] if fraction else text
    try:
        return _of_datetime(datetime.fromisoformat(whole)) + rest_ns
    except ValueError as exc:
        raise QueryError("client", f"{text!r} is not a time: {_EXPECTED}") from exc


def _of_datetime(moment: datetime) -> int:
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // timedelta(microseconds=1) * 1000
