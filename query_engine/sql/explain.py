"""
EXPLAIN: the bound query as a tree of steps, what its scans will read, and the engine's own plan.

Every table that was scanned has filled in a ``ScanReport``; what it cannot tell is not shown.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

from query_engine.functions.interval import Interval
from query_engine.sql.catalog import ScanReport, ScanRequest
from query_engine.sql.relations import (
    Aggregate,
    AttachValue,
    Distinct,
    Filter,
    Join,
    Limit,
    LimitEach,
    Project,
    Relation,
    Scan,
    SetOperation,
    Sort,
    TableCall,
    Union,
    Unnest,
    Values,
    Window,
    inputs,
    topological,
)
from query_engine.sql.scalars import (
    AggregateCall,
    AnyRow,
    ColumnRef,
    Literal,
    OrderKey,
    RowCall,
    Scalar,
    SubqueryValue,
    WindowCall,
    children,
)

EXPLAIN_SCHEMA = pl.Schema({"plan_type": pl.String(), "plan": pl.String()})
FOLDERS = re.compile(r"(?<=[\[ ])[^\s\[\],]*/(?=[^\s\[\],/]+[\],])")
"""What stands before the name of a file in the engine's plan: where the lake is, is not told."""


def explained(
    root: Relation, requests: Mapping[int, ScanRequest], frame: pl.LazyFrame
) -> list[tuple[str, str]]:
    """Return the rows of EXPLAIN."""
    engine = FOLDERS.sub("", frame.explain(engine="streaming"))
    return [("logical_plan", "\n".join(tree(root, requests))), ("physical_plan", engine)]


def tree(root: Relation, requests: Mapping[int, ScanRequest]) -> Iterator[str]:
    """Yield a line for each step, outermost first; a step that two others read is shown once."""
    parents: dict[int, int] = {}
    for node in topological(root):
        for child in inputs(node):
            parents[id(child)] = parents.get(id(child), 0) + 1
    marks: dict[int, int] = {}
    stack: list[tuple[Relation, int]] = [(root, 0)]
    while stack:
        node, depth = stack.pop()
        indent = "  " * depth
        if id(node) in marks:
            yield f"{indent}(step {marks[id(node)]} again)"
            continue
        mark = ""
        if parents.get(id(node), 0) > 1:
            marks[id(node)] = len(marks) + 1
            mark = f"(step {marks[id(node)]}) "
        yield f"{indent}{mark}{label(node)}"
        if isinstance(node, Scan) and id(node) in requests:
            for line in scan_lines(requests[id(node)]):
                yield f"{indent}  {line}"
        stack.extend((child, depth + 1) for child in reversed(inputs(node)))


def label(node: Relation) -> str:
    """Return what a step does, in one line."""
    describe = LABELS.get(type(node))
    return type(node).__name__ if describe is None else describe(node)


def scan_lines(request: ScanRequest) -> Iterator[str]:
    """Yield what a scan was asked for and what it found out."""
    if request.columns is not None:
        yield f"columns: {', '.join(sorted(request.columns)) or 'none'}"
    if request.predicates:
        tests = (f"{p.column} {p.op} {constant(p.value)}" for p in request.predicates)
        yield f"predicates: {', '.join(tests)}"
    if request.limit is not None:
        yield f"limit: {request.limit}"
    found = report_text(request.report)
    if found:
        yield f"reads: {found}"


def report_text(report: ScanReport) -> str:
    """Return what a scan found out."""
    parts = []
    if report.files_total is not None:
        without = f" ({report.files_without} without the values)" if report.files_without else ""
        parts.append(f"{report.files_read} of {report.files_total} files{without}")
        parts.append(f"{report.slices_read} of {report.slices_total} slices")
        if report.slices_older:
            parts.append(f"{report.slices_older} slices of the table built by an older version")
        parts.append(f"{report.rows} rows, {report.bytes} bytes in them")
    if report.tail_blocks is not None:
        parts.append(f"{report.tail_blocks} tail blocks")
    return ", ".join(parts)


def called(column: ColumnRef) -> str:
    """Return what people call a column."""
    return column.id.rpartition("#")[0] or column.id


def constant(value: object) -> str:
    """Return a constant as it is written; times as numbers stay numbers."""
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    if isinstance(value, tuple):
        return f"({', '.join(map(constant, value))})"
    return "NULL" if value is None else str(value)


def written(value: Scalar) -> str:
    """Return a bound expression as text."""
    if isinstance(value, ColumnRef):
        return called(value)
    if isinstance(value, Literal):
        if isinstance(value.dtype, pl.Datetime) and isinstance(value.value, int):
            text = pl.Series([value.value], dtype=value.dtype).dt.to_string("iso:strict").item()
            return f"TIMESTAMP '{text}'"
        if isinstance(value.value, Interval):
            return f"INTERVAL '{value.value.months} months {value.value.ns} ns'"
        return constant(value.value)
    if isinstance(value, SubqueryValue | AnyRow):
        return "(subquery)"
    if isinstance(value, WindowCall):
        return windowed(value)
    parts = [written(part) for part in children(value)]
    if isinstance(value, AggregateCall):
        if value.function.takes_star and isinstance(value.args[0], Literal):
            parts[0] = "*"
        name = f"{value.function.name}{' distinct' if value.distinct else ''}"
    else:
        function = getattr(value, "function", value)
        name = str(getattr(function, "name", type(value).__name__))
    if name in {"and", "or"}:
        return f"({f' {name} '.join(parts)})"
    if len(parts) == 2 and not name.isidentifier():
        return f"({parts[0]} {name} {parts[1]})"
    return f"{name}({', '.join(parts)})"


def windowed(value: WindowCall) -> str:
    """Return a window function."""
    over = []
    if value.partition:
        over.append(f"PARTITION BY {', '.join(written(key) for key in value.partition)}")
    if value.order:
        over.append(f"ORDER BY {', '.join(ordered(key) for key in value.order)}")
    if isinstance(value.call, RowCall):
        arguments = ", ".join(written(arg) for arg in value.call.args)
        call = f"{value.call.function.name}({arguments})"
    else:
        call = written(value.call)
    return f"{call} OVER ({' '.join(over)})"


def listed(items: tuple[tuple[ColumnRef, Any], ...]) -> str:
    """Return computed columns: names alone for those that are passed on."""
    texts = []
    for column, value in items:
        text, name = written(value), called(column)
        texts.append(name if text == name else f"{text} AS {name}")
    return ", ".join(texts)


def ordered(key: OrderKey) -> str:
    """Return a key of ORDER BY."""
    nulls = "" if key.nulls_last is not key.descending else " NULLS "
    nulls += ("LAST" if key.nulls_last else "FIRST") if nulls else ""
    return f"{written(key.value)}{' DESC' if key.descending else ''}{nulls}"


def joined(node: Join) -> str:
    """Return what a join pairs by."""
    tests = [f"{written(left)} = {written(right)}" for left, right in node.keys]
    tests += [] if node.residual is None else [written(node.residual)]
    return f"Join {node.kind}" + (f" on {' and '.join(tests)}" if tests else "")


def grouped(node: Aggregate) -> str:
    """Return what an aggregation groups by and computes."""
    by = f" by {listed(node.keys)}" if node.keys else ""
    return f"Aggregate{by}: {listed(node.aggregates)}"


LABELS: Mapping[type, Callable[[Any], str]] = {
    Scan: lambda node: f"Scan {node.table.name}",
    Project: lambda node: f"Project {listed(node.items)}",
    Filter: lambda node: f"Filter {written(node.predicate)}",
    Join: joined,
    Aggregate: grouped,
    Sort: lambda node: f"Sort by {', '.join(ordered(key) for key in node.keys)}",
    Limit: lambda node: (
        f"Limit {node.count if node.count is not None else 'none'}"
        + (f" offset {node.offset}" if node.offset else "")
    ),
    Distinct: lambda _node: "Distinct",
    Union: lambda node: f"Union of {len(node.inputs)}",
    SetOperation: lambda node: f"{node.kind.capitalize()}{'' if node.distinct else ' all'}",
    Values: lambda node: f"Values {len(node.rows)} rows",
    AttachValue: lambda node: f"Attach the value of a subquery as {called(node.column)}",
    LimitEach: lambda node: (
        f"Limit {node.count if node.count is not None else 'none'} for each "
        + ", ".join(called(column) for column in node.by)
    ),
    Window: lambda node: f"Window {listed(node.calls)}",
    Unnest: lambda node: (
        f"Unnest {listed(node.arrays)}"
        + ("" if node.number is None else f", numbered as {called(node.number)}")
        + (", rows without elements too" if node.keep else "")
    ),
    TableCall: lambda node: (
        f"Rows of {node.function.name}({', '.join(written(arg) for arg in node.args)})"
    ),
}
"""A line for each kind of step; others are called by their kind."""
