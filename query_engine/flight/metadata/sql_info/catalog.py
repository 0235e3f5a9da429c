"""Every fact that GetSqlInfo tells, in the order of its numbers."""

from collections.abc import Collection
from operator import attrgetter

import pyarrow as pa

from query_engine.flight.metadata.sql_info.functions import FUNCTION_LISTS
from query_engine.flight.metadata.sql_info.info import Info, table_of
from query_engine.flight.metadata.sql_info.results import RESULTS
from query_engine.flight.metadata.sql_info.server import SERVER
from query_engine.flight.metadata.sql_info.sizes import SIZES
from query_engine.flight.metadata.sql_info.syntax import SYNTAX

INFOS: tuple[Info, ...] = tuple(
    sorted((*SERVER, *SYNTAX, *FUNCTION_LISTS, *SIZES, *RESULTS), key=attrgetter("code"))
)


def sql_info(codes: Collection[int]) -> pa.Table:
    """
    Return the facts of these numbers, or all if there are none.

    Each is told once, however often it is asked for; numbers that nobody knows are left out.
    """
    wanted = set(codes)
    return table_of(info for info in INFOS if not wanted or info.code in wanted)
