"""
Which parts of the grammar are lowered; whatever is not listed here is refused.

Rule: every node of a query passes ``refuse_unsupported`` before anything else looks at it, so no
clause can be ignored silently. Listing an argument here is a promise that the binder lowers it.
"""

import re
from collections.abc import Mapping

from sqlglot import exp

from query_engine.sql.errors import SqlError
from query_engine.sql.positions import Source, offset_of

KEYWORD_DISTANCE = 40
"""A refused keyword is looked for at most so many characters from the node that it made."""

NONE: frozenset[str] = frozenset()
THIS = frozenset({"this"})
BINARY = frozenset({"this", "expression"})
MODIFIERS = frozenset({"order", "limit", "offset", "with_"})

LOWERED: Mapping[type[exp.Expr], frozenset[str]] = {
    # queries
    exp.Select: MODIFIERS
    | {"expressions", "distinct", "from_", "joins", "where", "group", "having"}
    | {"windows", "qualify"},
    exp.Union: MODIFIERS | {"this", "expression", "distinct", "by_name"},
    exp.Intersect: MODIFIERS | {"this", "expression", "distinct"},
    exp.Except: MODIFIERS | {"this", "expression", "distinct"},
    exp.Values: frozenset({"expressions", "alias", "order", "limit", "offset"}),
    exp.Tuple: frozenset({"expressions"}),
    exp.Subquery: MODIFIERS | {"this", "alias"},
    exp.With: frozenset({"expressions", "recursive"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.TableAlias: frozenset({"this", "columns"}),
    exp.From: THIS,
    exp.Table: frozenset({"this", "db", "catalog", "alias", "joins"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using", "method"}),
    exp.Lateral: frozenset({"this", "alias"}),
    exp.Unnest: frozenset({"expressions", "alias", "offset"}),
    exp.Where: THIS,
    exp.Group: frozenset({"expressions", "all"}),
    exp.GroupingSets: frozenset({"expressions"}),
    exp.Rollup: frozenset({"expressions"}),
    exp.Cube: frozenset({"expressions"}),
    exp.Having: THIS,
    exp.Order: frozenset({"this", "expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Limit: frozenset({"expression"}),
    exp.Offset: frozenset({"expression"}),
    exp.Fetch: frozenset({"direction", "count", "limit_options"}),
    exp.LimitOptions: frozenset({"rows"}),
    exp.Distinct: frozenset({"expressions", "on"}),
    exp.Qualify: THIS,
    exp.Window: frozenset({"this", "partition_by", "order", "spec", "alias", "over"}),
    exp.WindowSpec: frozenset({"kind", "start", "start_side", "end", "end_side", "exclude"}),
    exp.IgnoreNulls: THIS,
    exp.RespectNulls: THIS,
    # names and constants
    exp.Star: frozenset({"except_", "replace", "rename"}),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Identifier: frozenset({"this", "quoted"}),
    exp.Var: THIS,
    exp.Alias: frozenset({"this", "alias"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: THIS,
    exp.Null: NONE,
    exp.Placeholder: frozenset({"this", "jdbc"}),
    exp.Parameter: THIS,
    exp.Interval: frozenset({"this", "unit"}),
    exp.DataType: frozenset({"this", "nested", "expressions"}),
    exp.DataTypeParam: THIS,
    exp.CurrentTimestamp: NONE,
    exp.CurrentDate: NONE,
    # expressions
    exp.Paren: THIS,
    exp.And: BINARY,
    exp.Or: BINARY,
    exp.Not: THIS,
    exp.EQ: BINARY,
    exp.NEQ: BINARY,
    exp.LT: BINARY,
    exp.LTE: BINARY,
    exp.GT: BINARY,
    exp.GTE: BINARY,
    exp.NullSafeEQ: BINARY,
    exp.NullSafeNEQ: BINARY,
    exp.Is: BINARY | {"negate"},
    exp.Between: frozenset({"this", "low", "high", "symmetric"}),
    exp.In: frozenset({"this", "expressions", "query"}),
    exp.Exists: THIS,
    exp.Any: THIS,
    exp.All: THIS,
    exp.Tuple: frozenset({"expressions"}),
    exp.Like: BINARY | {"negate"},
    exp.ILike: BINARY | {"negate"},
    exp.Escape: BINARY,
    exp.RegexpLike: BINARY,
    exp.RegexpILike: BINARY,
    exp.Add: BINARY,
    exp.Sub: BINARY,
    exp.Mul: BINARY,
    exp.Div: BINARY | {"typed", "safe"},
    exp.Mod: BINARY,
    exp.Neg: THIS,
    exp.DPipe: BINARY | {"safe"},
    exp.Case: frozenset({"this", "ifs", "default"}),
    exp.If: frozenset({"this", "true"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.TryCast: frozenset({"this", "to"}),
    exp.Bracket: frozenset({"this", "expressions"}),
    exp.Slice: BINARY,
    exp.Dot: BINARY,
    exp.Array: frozenset({"expressions"}),
    exp.Struct: frozenset({"expressions"}),
    exp.ToMap: THIS,
    exp.PropertyEQ: BINARY,
    exp.SimilarTo: BINARY,
    exp.AtTimeZone: frozenset({"this", "zone"}),
    exp.BitwiseAnd: BINARY,
    exp.BitwiseOr: BINARY,
    exp.BitwiseXor: BINARY,
    exp.BitwiseLeftShift: BINARY,
    exp.BitwiseRightShift: BINARY,
    exp.BitwiseNot: THIS,
    exp.ByteString: THIS,
    exp.RawString: THIS,
    exp.HexString: THIS,
    # calls
    exp.Anonymous: frozenset({"this", "expressions"}),
    exp.Filter: BINARY,
    exp.WithinGroup: BINARY,
    exp.Extract: BINARY,
    exp.Overlay: BINARY | {"from_", "for_"},
    exp.StrPosition: frozenset({"this", "substr"}),
    exp.Substring: frozenset({"this", "start", "length"}),
    exp.Trim: BINARY | {"position"},
}
"""Every node type that the binder lowers, with the arguments that it lowers."""

SETTLED_BY_THE_PARSER: Mapping[type[exp.Expr], Mapping[str, object]] = {
    exp.TryCast: {"safe": True, "requires_string": False},
    exp.Cast: {"safe": False},
    exp.Intersect: {"by_name": False},
    exp.Except: {"by_name": False},
}
"""Arguments that the parser sets to one fixed value for all texts; others are refused."""

NAMES: Mapping[tuple[type[exp.Expr], str], tuple[type[exp.Expr], ...]] = {
    (exp.Column, "this"): (exp.Identifier, exp.Star),
    (exp.Column, "table"): (exp.Identifier,),
    (exp.Column, "db"): (exp.Identifier,),
    (exp.Column, "catalog"): (exp.Identifier,),
    (exp.Dot, "expression"): (exp.Identifier,),
    (exp.Alias, "alias"): (exp.Identifier,),
    (exp.TableAlias, "this"): (exp.Identifier,),
    (exp.TableAlias, "columns"): (exp.Identifier,),
    (exp.Table, "db"): (exp.Identifier,),
    (exp.Table, "catalog"): (exp.Identifier,),
    (exp.Join, "using"): (exp.Identifier,),
}
"""Arguments that have to be names."""

REFUSED: Mapping[type[exp.Expr] | tuple[type[exp.Expr], str], tuple[str, str | None]] = {
    exp.Collate: ("COLLATE is not supported: texts compare by code point", None),
    exp.JSONExtract: ("-> is not supported", "use property_get(map, 'key') or map['key']"),
    exp.JSONExtractScalar: ("->> is not supported", "use property_get(map, 'key') or map['key']"),
    exp.Into: ("SELECT INTO is not supported: queries only read", None),
    (exp.Select, "locks"): ("FOR UPDATE is not supported: queries only read", None),
    (exp.Select, "sample"): ("TABLESAMPLE is not supported", "use a modulo of a key"),
    (exp.Table, "sample"): ("TABLESAMPLE is not supported", "use a modulo of a key"),
    (exp.Table, "ordinality"): (
        "WITH ORDINALITY of a table is not supported",
        "use row_number() OVER (ORDER BY ...)",
    ),
    (exp.Table, "pivots"): ("PIVOT is not supported", "write sum(x) FILTER (WHERE key = ...)"),
    (exp.DataType, "kind"): ("a type of this name is not supported", "docs/sql.md lists types"),
    exp.Concat: ("a text right after a text is not supported", "join them with ||"),
    (exp.Select, "hint"): ("hints are not supported", None),
    (exp.Group, "rollup"): ("WITH ROLLUP is not supported", "write ROLLUP (...)"),
    (exp.Group, "cube"): ("WITH CUBE is not supported", "write CUBE (...)"),
    (exp.Group, "grouping_sets"): (
        "GROUPING SETS after keys is not supported",
        "put a comma before it, or list all keys in the sets",
    ),
    (exp.LimitOptions, "with_ties"): ("WITH TIES is not supported", "use rank() in a subquery"),
    (exp.LimitOptions, "percent"): ("PERCENT is not supported", "give a number of rows"),
    (exp.Intersect, "by_name"): ("INTERSECT BY NAME is not supported", "list the columns"),
    (exp.Except, "by_name"): ("EXCEPT BY NAME is not supported", "list the columns"),
}
"""What is known and not supported: message and what to write instead."""


def refuse_unsupported(tree: exp.Expr, source: Source) -> None:
    """
    Pass over the whole syntax tree once.

    Raises:
        Unsupported: A node or an argument of a node is not lowered; names it and its place.
    """
    for node in tree.walk(bfs=False):
        lowered = LOWERED.get(type(node))
        if lowered is None:
            raise refusal(source, node, type(node), f"{spoken(type(node))} is not supported")
        for name, value in node.args.items():
            check_name(source, node, name, value)
            if name in lowered or value is None or value is False or value == []:
                continue
            settled = SETTLED_BY_THE_PARSER.get(type(node), {})
            if name in settled and settled[name] == value:
                continue
            where = value[0] if isinstance(value, list) else value
            clause_key = (type(node), name)
            known = clause_key if clause_key in REFUSED else type(where)
            place = where if isinstance(where, exp.Expr) else node
            clause = f"{name.rstrip('_').replace('_', ' ').upper()} in {spoken(type(node))}"
            raise refusal(source, place, known, f"{clause} is not supported")


def check_name(source: Source, node: exp.Expr, name: str, value: object) -> None:
    """Refuse what stands where a name has to: the parser takes numbers and calls there."""
    allowed = NAMES.get((type(node), name))
    if allowed is None or value is None:
        return
    for item in value if isinstance(value, list) else [value]:
        if not isinstance(item, allowed):
            raise source.unsupported("a name is expected here", node)


def refusal(
    source: Source,
    node: exp.Expr,
    known: type[exp.Expr] | tuple[type[exp.Expr], str],
    otherwise: str,
) -> SqlError:
    """Return the error that refuses *node*."""
    message, hint = REFUSED.get(known, (otherwise, None))
    offset = offset_of(node)
    return source.unsupported(message, keyword_before(source.sql, message, offset), hint=hint)


def keyword_before(sql: str, message: str, offset: int) -> int:
    """Return where the keyword that begins *message* stands, if it leads to what is at *offset*."""
    keyword = re.match(r"[A-Z]{3,}", message)
    if keyword is None:
        return offset
    found = [
        match.start()
        for match in re.finditer(rf"\b{keyword[0]}\b", sql[: offset + 40], re.IGNORECASE)
    ]
    near = [place for place in found if abs(offset - place) <= KEYWORD_DISTANCE]
    return min(near, key=lambda place: abs(offset - place)) if near else offset


def spoken(kind: type[exp.Expr]) -> str:
    """Return a node type's name as words: ``GroupingSets`` is ``GROUPING SETS``."""
    words: list[str] = []
    for letter in kind.__name__:
        if letter.isupper() and words and not words[-1][-1].isupper():
            words.append(letter)
        elif words:
            words[-1] += letter
        else:
            words.append(letter)
    return " ".join(words).upper()
