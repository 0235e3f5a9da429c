"""What ``begin`` and ``end`` of a query may be: a time, its text, or how long ago."""

import re
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from limnograph.client.errors import QueryError

When = datetime | date | timedelta | str | int | None
"""
A time: a datetime, a date (its first moment), ISO 8601 text with up to nine decimals, Unix ns as an
int; or how long ago: a timedelta or text such as ``90s``, ``15m``, ``1h``, ``2d``, ``1h30m``;
``now``. What has no zone is in the client's, UTC unless ``connect(tz=...)`` says otherwise.
"""

Zone = str | tzinfo | None
"""A time zone: its name such as ``Europe/Paris``, or the object; None for UTC."""

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
_FRACTION = re.compile(r"(?:(?<=\d\d:\d\d:\d\d)|(?<=[Tt ]\d{6}))[.,](\d{1,9})\d*")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NS_MAX = 2**63 - 1


def unix_ns(when: Any, now_ns: Callable[[], int] = time.time_ns, zone: Zone = None) -> int | None:
    """
    Return *when* as Unix ns, None for None.

    Args:
        when: A ``When``.
        now_ns: The clock that "ago" counts from.
        zone: Zone of times that have none.

    Raises:
        QueryError: It is no time; says what is.
    """
    if when is None:
        return None
    try:
        time_ns = _unix_ns(when, now_ns, zone)
    except (OverflowError, ValueError) as exc:
        raise QueryError("client", f"{when!r} is not a time: {_EXPECTED}") from exc
    if abs(time_ns) > _NS_MAX:
        raise QueryError("client", f"{when!r} is not a time: times are from 1678 to 2261")
    return time_ns


def _unix_ns(when: Any, now_ns: Callable[[], int], zone: Zone) -> int:
    if type(when).__module__ == "numpy" and hasattr(when, "astype"):
        return _of_numpy(when)
    if isinstance(when, datetime):
        return of_datetime(when, zone)
    if isinstance(when, date):
        return of_datetime(datetime(when.year, when.month, when.day), zone)  # noqa: DTZ001
    if isinstance(when, timedelta):
        return now_ns() - duration_ns(when)
    if isinstance(when, int) and not isinstance(when, bool):
        return when
    if isinstance(when, str):
        text = when.strip()
        if text.lower() == "now":
            return now_ns()
        ago = text.lower().removesuffix("ago").strip()
        if _AGO.fullmatch(ago):
            return now_ns() - duration_ns(ago)
        return _of_text(text, zone)
    raise QueryError("client", f"{when!r} is not a time: {_EXPECTED}")


def of_datetime(moment: datetime, zone: Zone = None) -> int:
    """Return *moment* as Unix ns; without a zone of its own it is in *zone*, or UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone_of(zone) or UTC)
    # pandas keeps what is finer than a microsecond beside the datetime.
    finer_ns = int(getattr(moment, "nanosecond", 0))
    return (moment.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1) * 1000 + finer_ns


def zone_of(zone: Zone) -> tzinfo | None:
    """
    Return the zone that is meant.

    Raises:
        QueryError: There is no zone of that name.
    """
    if zone is None or isinstance(zone, tzinfo):
        return zone
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError) as exc:
        raise QueryError(
            "client", f"tz: {zone!r} is no time zone; expected a name such as 'Europe/Paris'"
        ) from exc


def duration_ns(length: str | timedelta) -> int:
    """
    Return a length of time such as ``90s``, ``15m`` or a timedelta in ns.

    Raises:
        QueryError: It is none.
    """
    if isinstance(length, timedelta):
        return length // timedelta(microseconds=1) * 1000
    text = length.strip().lower() if isinstance(length, str) else ""
    if not _AGO.fullmatch(text):
        raise QueryError("client", f"{length!r} is no length of time such as '10ms', '90s', '1h'")
    return sum(round(float(number) * _UNITS_NS[unit]) for number, unit in _PART.findall(text))


def rfc3339(time_ns: int) -> str:
    """Return Unix ns as RFC 3339 in UTC with nine decimals."""
    seconds, rest_ns = divmod(time_ns, 1_000_000_000)
    moment = _EPOCH + timedelta(seconds=seconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{rest_ns:09d}Z"


_EXPECTED = (
    "expected a datetime, a date, ISO 8601 text, or how long ago such as '90s', '15m', '1h', '2d'"
)


def _of_text(text: str, zone: Zone) -> int:
    fraction = _FRACTION.search(text)
    rest_ns = int(fraction[1].ljust(9, "0")) if fraction else 0
    whole = text[: fraction.start()] + text[fraction.end() :] if fraction else text
    if "." in whole or "," in whole:
        # Python would read 12.5 hours as 12 hours and half a second.
        raise ValueError("only seconds have a fraction")
    return of_datetime(datetime.fromisoformat(whole), zone) + rest_ns


def _of_numpy(when: Any) -> int:
    """Return a ``numpy.datetime64`` as Unix ns, a ``timedelta64`` as how long ago."""
    if when.dtype.kind in "mM" and str(when) != "NaT":
        kind = "timedelta64" if when.dtype.kind == "m" else "datetime64"
        if abs(int(when.astype(f"{kind}[s]").astype("int64"))) >= _NS_MAX // 1_000_000_000:
            # NumPy would wrap it around.
            raise OverflowError("beyond nanoseconds of 64 bits")
        length_ns = int(when.astype(f"{kind}[ns]").astype("int64"))
        return time.time_ns() - length_ns if when.dtype.kind == "m" else length_ns
    if when.dtype.kind in "iu":
        return int(when)
    raise QueryError("client", f"{when!r} is not a time: {_EXPECTED}")
