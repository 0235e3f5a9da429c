"""The tables as people and tools list them; derived from the views."""

from pydantic import BaseModel, Field

from assets.views.catalog import BUILT_IN, Views
from assets.views.view import Column, LiveView, View
from query_engine.tables.functions.catalog import LAKE_FUNCTIONS
from query_engine.tables.functions.function import LakeFunction
from query_engine.tables.instances import SPANS, instance_sets
from query_engine.tables.process_lanes import LANES
from query_engine.wire import wire_type


class ColumnInfo(BaseModel):
    """One column."""

    name: str
    type: str = Field(description="Arrow type on the wire.")
    doc: str


class TableInfo(BaseModel):
    """One table or table function."""

    name: str
    call: str = Field(description="What to write after FROM.")
    kind: str = Field(description="`view` (Delta table plus tail), `live` or `function`.")
    doc: str
    time_column: str = Field(description="What begin and end of a query filter; empty if nothing.")
    columns: list[ColumnInfo]


def table_infos(there_are: Views = BUILT_IN) -> tuple[TableInfo, ...]:
    """Return every table and table function."""
    views = [_info(view, view.name, "view") for view in there_are.continuous]
    live = [_info(view, view.name, "live") for view in there_are.live]
    instances = [_info(view, _instance_call(view), "function") for view in instance_sets(there_are)]
    spans = _info(SPANS, "process_spans('<process_id>', 'thread')", "function")
    by_name = {column.name: column for column in spans.columns}
    spans.columns = [by_name[name] for name in LANES]
    described = [_function_info(function) for function in LAKE_FUNCTIONS if function.rows]
    return (*views, *live, *instances, spans, *described)


def _function_info(function: LakeFunction) -> TableInfo:
    return TableInfo(
        name=function.name,
        call=function.written,
        kind="function",
        doc=function.doc,
        time_column="",
        columns=[_column(Column(*row)) for row in function.rows],
    )


def _instance_call(view: View) -> str:
    return f"view_instance('{view.name}', '<{view.instance}_id>')"


def _info(view: View | LiveView, call: str, kind: str) -> TableInfo:
    return TableInfo(
        name=call.partition("(")[0],
        call=call,
        kind=kind,
        doc=view.doc,
        time_column=view.time_column,
        columns=[_column(column) for column in view.columns],
    )


def _column(column: Column) -> ColumnInfo:
    return ColumnInfo(name=column.name, type=str(wire_type(column.dtype)), doc=column.doc)
