"""
What the headers of a call say of its query: range, row limit, id, who asks.

The names are the reference's and the same on both doors, so that a proxy or a client library can
set them without knowing which door it speaks to.
"""

import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from assets.errors import CallerError
from auth.principal import Principal
from query_engine.attribution import NOBODY, Attribution, attribution_of
from query_engine.builds.modes import OnDemand
from query_engine.builds.patience import on_demand_of
from query_engine.callers import EVERYBODY
from query_engine.times import parse_rfc3339_ns

RANGE_BEGIN, RANGE_END, LIMIT = "query_range_begin", "query_range_end", "limit"
PRESERVE_DICTIONARY, QUERY_ID, ON_DEMAND = "preserve_dictionary", "x-query-id", "on_demand"

_ROWS = re.compile(r"[0-9]{1,18}")
_FLAGS = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class QueryHeaders:
    """
    The headers of one call, read.

    Attributes:
        begin_ns: Start of the range, Unix ns; both ends or neither.
        end_ns: End of the range, itself included.
        limit: At most so many rows.
        preserve_dictionary: Text may come dictionary-encoded.
        on_demand: Whether to wait for tables that are being built; None: as the service does.
        query_id: Id that the caller chose, so that it can ask for progress and cancel.
        who: What the caller says of itself, as far as it is to be believed.
        principal: Who the caller is.
    """

    begin_ns: int | None = None
    end_ns: int | None = None
    limit: int | None = None
    preserve_dictionary: bool = False
    query_id: str | None = None
    on_demand: OnDemand | None = None
    who: Attribution = NOBODY
    principal: Principal = EVERYBODY


def parse_headers(
    headers: Mapping[str, str], address: str = "", principal: Principal = EVERYBODY
) -> QueryHeaders:
    """
    Read the headers of a call that comes from *address*; an empty value is an absent one.

    Args:
        headers: By lower-case name.
        address: Where the connection comes from.
        principal: Who the caller is.

    Raises:
        Forbidden: The caller says to be somebody else, and may not.
        CallerError: A time is not RFC 3339, the limit is not a number of rows, the id no UUID, or
            what is to be done on demand is neither of its words.
    """
    begin, end, limit, flag, query_id, on_demand = (
        headers.get(name, "").strip()
        for name in (RANGE_BEGIN, RANGE_END, LIMIT, PRESERVE_DICTIONARY, QUERY_ID, ON_DEMAND)
    )
    begin_ns = parse_rfc3339_ns(begin, RANGE_BEGIN) if begin else None
    end_ns = parse_rfc3339_ns(end, RANGE_END) if end else None
    if begin_ns is None or end_ns is None:
        begin_ns = end_ns = None
    if limit and not _ROWS.fullmatch(limit):
        raise CallerError(f"{LIMIT} is not a number of rows: {limit!r:.50}")
    if flag and flag.lower() not in _FLAGS:
        raise CallerError(f"{PRESERVE_DICTIONARY} is neither true nor false: {flag!r:.50}")
    return QueryHeaders(
        begin_ns,
        end_ns,
        int(limit) if limit else None,
        _FLAGS.get(flag.lower(), False),
        query_id_of(query_id) if query_id else None,
        on_demand_of(on_demand, ON_DEMAND) if on_demand else None,
        attribution_of(headers, address, principal),
        principal,
    )


def query_id_of(text: str, what: str = QUERY_ID) -> str:
    """
    Return the id of a query in its usual form; *what* names it in errors.

    Raises:
        CallerError: It is no UUID.
    """
    try:
        return str(uuid.UUID(text))
    except ValueError as exc:
        raise CallerError(f"{what} is not a UUID: {text!r:.60}") from exc
