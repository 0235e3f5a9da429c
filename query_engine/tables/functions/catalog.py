"""Functions in FROM that read the lake, in the order of the reference page."""

from query_engine.functions.tables.catalog import ROWS_BY_NAME
from query_engine.sql.errors import UnknownTable
from query_engine.tables.functions.block_images import BLOCK_IMAGES
from query_engine.tables.functions.cancel_query import CANCEL_QUERY
from query_engine.tables.functions.critical_path import CRITICAL_PATH
from query_engine.tables.functions.export_process import EXPORT_PROCESS
from query_engine.tables.functions.export_trace import EXPORT_TRACE
from query_engine.tables.functions.flame import FLAME
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.functions.list_partitions import LIST_PARTITIONS
from query_engine.tables.functions.list_view_sets import LIST_VIEW_SETS
from query_engine.tables.functions.materialize_partitions import MATERIALIZE_PARTITIONS
from query_engine.tables.functions.parse_block import PARSE_BLOCK
from query_engine.tables.functions.perfetto_trace_chunks import PERFETTO_TRACE_CHUNKS
from query_engine.tables.functions.process_spans import PROCESS_SPANS
from query_engine.tables.functions.regenerate_partitions import REGENERATE_PARTITIONS
from query_engine.tables.functions.retire_partitions import RETIRE_PARTITIONS
from query_engine.tables.functions.span_diff import SPAN_DIFF
from query_engine.tables.functions.trace_bundle import TRACE_BUNDLE
from query_engine.tables.functions.trace_spans import TRACE_SPANS
from query_engine.tables.functions.view_instance import VIEW_INSTANCE

LAKE_FUNCTIONS: tuple[LakeFunction, ...] = (
    BLOCK_IMAGES,
    CANCEL_QUERY,
    CRITICAL_PATH,
    EXPORT_PROCESS,
    EXPORT_TRACE,
    FLAME,
    LIST_PARTITIONS,
    LIST_VIEW_SETS,
    PARSE_BLOCK,
    PERFETTO_TRACE_CHUNKS,
    PROCESS_SPANS,
    SPAN_DIFF,
    TRACE_BUNDLE,
    TRACE_SPANS,
    VIEW_INSTANCE,
    MATERIALIZE_PARTITIONS,
    REGENERATE_PARTITIONS,
    RETIRE_PARTITIONS,
)

_BY_NAME = {function.name: function for function in LAKE_FUNCTIONS}


def lake_function(name: str, *, admin: bool) -> LakeFunction:
    """
    Return the function called *name*.

    Raises:
        UnknownTable: There is none, or only administrators have it.
    """
    function = _BY_NAME.get(name)
    if function is None or (function.admin and not admin):
        known = [f.name for f in LAKE_FUNCTIONS if admin or not f.admin]
        names = ", ".join(sorted([*known, *ROWS_BY_NAME]))
        raise UnknownTable(f"no table function {name!r}; there are: {names}")
    return function
