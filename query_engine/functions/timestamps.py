"""
Times and intervals written as text: constants in Python, columns in Polars.

Text is RFC 3339 with what people leave out: a space for the T, no offset (UTC), no time of day
(midnight), no seconds. Nothing finer than a nanosecond.
"""

import datetime as dt
import re
from typing import Literal

import polars as pl

from query_engine.functions.failing import unless
from query_engine.functions.function import TIME
from query_engine.functions.interval import NS_PER_DAY, NS_PER_SECOND, Interval

TIMESTAMP = re.compile(
    r"\s*(\d{4})-(\d{2})-(\d{2})"
    r"(?:[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?\s*([Zz]|UTC|[+-]\d{2}(?::?\d{2})?)?)?\s*"
)
CLOCK = re.compile(r"([+-]?)(\d+):(\d{2})(?::(\d{2})(?:\.(\d{1,9}))?)?")
AMOUNT = re.compile(r"\s*([+-]?\d+(?:\.\d+)?)\s*([a-zA-Zµ]+)")

UNIT_NS = {
    "nanosecond": 1,
    "microsecond": 1_000,
    "millisecond": 1_000_000,
    "second": NS_PER_SECOND,
    "minute": 60 * NS_PER_SECOND,
    "hour": 3_600 * NS_PER_SECOND,
    "day": NS_PER_DAY,
    "week": 7 * NS_PER_DAY,
}
UNIT_MONTHS = {"month": 1, "quarter": 3, "year": 12, "decade": 120, "century": 1_200}
SHORT_UNITS = {
    "ns": "nanosecond",
    "us": "microsecond",
    "µs": "microsecond",
    "ms": "millisecond",
    "s": "second",
    "sec": "second",
    "m": "minute",
    "min": "minute",
    "h": "hour",
    "hr": "hour",
    "d": "day",
    "w": "week",
    "mon": "month",
    "y": "year",
    "yr": "year",
    "centuries": "century",
}
NS_MAX = 2**63 - 1


def parse_time(text: str) -> int:
    """
    Return the Unix ns of a timestamp written as text.

    Raises:
        ValueError: It is no timestamp, or outside what 64 bits of nanoseconds hold (1677 to 2262).
    """
    match = TIMESTAMP.fullmatch(text)
    if match is None:
        raise ValueError("write it like 2026-01-31T23:59:59.123456789Z")
    year, month, day, hour, minute, second, fraction, offset = match.groups()
    moment = dt.datetime(
        int(year),
        int(month),
        int(day),
        int(hour or 0),
        int(minute or 0),
        int(second or 0),
        tzinfo=dt.UTC,
    )
    seconds = (moment - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(seconds=1)
    if offset and offset.upper() not in {"Z", "UTC"}:
        sign = -1 if offset[0] == "+" else 1
        digits = offset[1:].replace(":", "").ljust(4, "0")
        seconds += sign * (int(digits[:2]) * 3_600 + int(digits[2:]) * 60)
    ns = seconds * NS_PER_SECOND + int((fraction or "0").ljust(9, "0"))
    if not -NS_MAX <= ns <= NS_MAX:
        raise ValueError("timestamps reach from 1677 to 2262")
    return ns


def parse_interval(text: str, unit: str | None = None) -> Interval:
    """
    Return the interval written as *text*, a bare number counting *unit*.

    Raises:
        ValueError: A part is no number, or a unit is unknown.
    """
    total = Interval(0, 0)
    rest = text.strip().lower()
    if unit is not None and re.fullmatch(r"[+-]?\d+(\.\d+)?", rest):
        rest = f"{rest} {unit.lower()}"
    if not rest:
        raise ValueError("it is empty")
    while rest:
        clock = CLOCK.match(rest)
        match = clock or AMOUNT.match(rest)
        if match is None:
            raise ValueError("write it like '1 hour 30 minutes'")
        total += clock_interval(clock) if clock else amount_interval(match[1], match[2])
        rest = rest[match.end() :].strip().removeprefix(",").strip()
    if not -NS_MAX <= total.ns <= NS_MAX or abs(total.months) > 12_000:
        raise ValueError("it is too long")
    return total


def clock_interval(match: re.Match[str]) -> Interval:
    """Return the interval of ``[-]h:mm[:ss[.fraction]]``."""
    sign, hours, minutes, seconds, fraction = match.groups()
    whole = int(hours) * 3_600 + int(minutes) * 60 + int(seconds or 0)
    ns = whole * NS_PER_SECOND + int((fraction or "0").ljust(9, "0"))
    return Interval(0, -ns if sign == "-" else ns)


def amount_interval(number: str, unit: str) -> Interval:
    """Return the interval of one number and its unit."""
    name = SHORT_UNITS.get(unit) or SHORT_UNITS.get(unit.removesuffix("s")) or unit
    name = name if name in UNIT_NS or name in UNIT_MONTHS else name.removesuffix("s")
    whole, _, fraction = number.lstrip("+-").partition(".")
    sign = -1 if number.startswith("-") else 1
    if name in UNIT_MONTHS:
        if fraction.strip("0"):
            raise ValueError(f"part of a {name} has no fixed length")
        return Interval(sign * int(whole) * UNIT_MONTHS[name], 0)
    if name not in UNIT_NS:
        raise ValueError(f'unknown unit "{unit}"')
    size = UNIT_NS[name]
    part = int(fraction or 0) * size // 10 ** len(fraction)
    return Interval(0, sign * (int(whole) * size + part))


def text_to_date(text: pl.Expr, *, strict: bool) -> pl.Expr:
    """Return the days of a text column; what cannot be read is an error, or NULL."""
    return text_to_moment(text, "us", strict=strict).dt.date()


def text_to_time(text: pl.Expr, *, strict: bool) -> pl.Expr:
    """
    Return the timestamps of a text column; what cannot be read is an error, or NULL.

    Read as nanoseconds alone, a time beyond what they can count comes out as another time.
    """
    moment = text_to_moment(text, "ns", strict=strict).cast(TIME)
    micros = text_to_moment(text, "us", strict=strict).to_physical()
    beyond = (micros < -(NS_MAX // 1000)) | (micros > NS_MAX // 1000)
    if not strict:
        return pl.when(beyond.not_()).then(moment)
    message = "a timestamp lies between 1677 and 2262"
    return unless(beyond, message, moment.to_physical(), pl.Int64()).cast(TIME)


def text_to_moment(text: pl.Expr, unit: Literal["us", "ns"], *, strict: bool) -> pl.Expr:
    """Return the moments of a text column in *unit*."""
    trimmed = text.str.strip_chars()
    dated = (
        pl.when(trimmed.str.len_chars() <= len("2026-01-31"))
        .then(trimmed + "T00:00:00")
        .otherwise(trimmed.str.replace(" ", "T", literal=True))
    )
    zoned = (
        pl.when(dated.str.contains(r"([zZ]|[+-]\d\d(:?\d\d)?)$")).then(dated).otherwise(dated + "Z")
    )
    seconds = zoned.str.replace(r"(T\d\d:\d\d)([zZ+-])", "${1}:00${2}").str.replace("z", "Z")
    return seconds.str.to_datetime(
        "%Y-%m-%dT%H:%M:%S%.f%#z", time_unit=unit, time_zone="UTC", strict=strict
    )


def has_offset(text: str) -> bool:
    """Tell whether the text of a timestamp says which offset from UTC it has."""
    match = TIMESTAMP.fullmatch(text)
    return match is not None and match[8] is not None
