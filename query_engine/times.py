"""Times in requests and records: RFC 3339 text to Unix nanoseconds and back, exactly."""

import re
from datetime import UTC, datetime, timedelta

from assets.errors import CallerError

_RFC3339 = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)"
)
TIME_NS_MAX = 2**63 - 1
"""The last time that nanoseconds can count, in 2262."""

TIME_NS_MIN = -TIME_NS_MAX
"""The first one, in 1677."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_rfc3339_ns(text: str, name: str) -> int:
    """
    Return the time as Unix ns; digits beyond nanoseconds are cut.

    Args:
        text: For example ``2026-01-01T00:00:00.5Z`` or ``2026-01-01T01:00:00+01:00``.
        name: What the time is, for the message.

    Raises:
        CallerError: It is no RFC 3339 time with an offset, or Unix ns cannot hold it.
    """
    match = _RFC3339.fullmatch(text.strip())
    if match is None:
        raise CallerError(f"{name} is not an RFC 3339 time with an offset: {text!r:.60}")
    day, clock, fraction, offset = match.groups()
    try:
        time = datetime.fromisoformat(f"{day}T{clock}{offset.upper().replace('Z', '+00:00')}")
    except ValueError as exc:
        raise CallerError(f"{name} is not a time that exists: {text!r:.60}") from exc
    ns = unix_ns(time) + int((fraction or "").ljust(9, "0"))
    if not TIME_NS_MIN <= ns <= TIME_NS_MAX:
        raise CallerError(f"{name} is outside of what nanoseconds can count: {text!r:.60}")
    return ns


def unix_ns(time: datetime) -> int:
    """Return an aware time as Unix ns."""
    since = time - _EPOCH
    return (since.days * 86_400 + since.seconds) * 1_000_000_000 + since.microseconds * 1000


def rfc3339(ns: int) -> str:
    """Return Unix ns as RFC 3339 text in UTC, with as many digits as it takes."""
    seconds, rest = divmod(ns, 1_000_000_000)
    time = _EPOCH + timedelta(seconds=seconds)
    fraction = f".{rest:09d}".rstrip("0") if rest else ""
    return f"{time:%Y-%m-%dT%H:%M:%S}{fraction}Z"
