"""What the headers of a Flight call say: time range and row limit, as the reference names them."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow.flight as fl

from assets.errors import CallerError
from query_engine.attribution import NOBODY, Attribution, attribution_of
from query_engine.times import parse_rfc3339_ns

RANGE_BEGIN, RANGE_END, LIMIT = "query_range_begin", "query_range_end", "limit"
MIDDLEWARE = "headers"

_ROWS = re.compile(r"[0-9]{1,18}")


@dataclass(frozen=True, slots=True)
class QueryHeaders:
    """Range in Unix ns, both ends or neither; at most *limit* rows."""

    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int | None = None
    who: Attribution = NOBODY


def parse_headers(headers: Mapping[str, Sequence[str | bytes]], address: str = "") -> QueryHeaders:
    """
    Read the headers of a call that comes from *address*; an empty value is an absent one.

    Raises:
        CallerError: A time is not RFC 3339, or the limit is not a number of rows.
    """
    begin, end, limit = (_first(headers, name) for name in (RANGE_BEGIN, RANGE_END, LIMIT))
    begin_ns = parse_rfc3339_ns(begin, RANGE_BEGIN) if begin else None
    end_ns = parse_rfc3339_ns(end, RANGE_END) if end else None
    if begin_ns is None or end_ns is None:
        begin_ns = end_ns = None
    if limit and not _ROWS.fullmatch(limit):
        raise CallerError(f"{LIMIT} is not a number of rows: {limit!r:.50}")
    who = attribution_of({name: _text(values[-1]) for name, values in headers.items()}, address)
    return QueryHeaders(begin_ns, end_ns, int(limit) if limit else None, who)


def _first(headers: Mapping[str, Sequence[str | bytes]], name: str) -> str:
    values = headers.get(name)
    if not values:
        return ""
    return _text(values[0]).strip()


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


class CallHeaders(fl.ServerMiddleware):  # type: ignore[misc]
    """Keeps the headers of one call for its handler."""

    def __init__(self, headers: Mapping[str, Sequence[str | bytes]]) -> None:
        self.headers = {name.lower(): tuple(values) for name, values in headers.items()}


class CallHeadersFactory(fl.ServerMiddlewareFactory):  # type: ignore[misc]
    """Makes a `CallHeaders` per call."""

    def start_call(
        self,
        info: fl.CallInfo,  # noqa: ARG002  (the signature is pyarrow's)
        headers: Mapping[str, Sequence[str | bytes]],
    ) -> CallHeaders:
        """Take the headers along."""
        return CallHeaders(headers)
