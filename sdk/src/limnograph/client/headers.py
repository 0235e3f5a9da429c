"""The headers of a query, the same on both doors: its id, its range, who asks."""

import platform
import sys
from functools import cache

from limnograph.client.door import Query
from limnograph.client.times import rfc3339


def query_headers(query: Query) -> dict[str, str]:
    """Return the headers of *query*; what is left open has none."""
    headers = {"x-query-id": query.query_id, **_who()}
    if query.begin_ns is not None:
        headers["query_range_begin"] = rfc3339(query.begin_ns)
    if query.end_ns is not None:
        headers["query_range_end"] = rfc3339(query.end_ns)
    if query.on_demand is not None:
        headers["on_demand"] = query.on_demand
    if query.limit is not None:
        headers["limit"] = str(query.limit)
    return headers


@cache
def _who() -> dict[str, str]:
    """What a query says of its client, for whoever looks at ``system.queries``."""
    entrypoint = "script"
    if "ipykernel" in sys.modules:
        entrypoint = "jupyter"
    elif "limnograph.cli.main" in sys.modules:
        entrypoint = "limno"
    elif hasattr(sys, "ps1"):
        entrypoint = "prompt"
    return {
        "x-client-type": "python",
        "x-client-agent": f"limnograph python/{platform.python_version()}",
        "x-client-entrypoint": entrypoint,
    }
