"""
Which statement a text is: a query, or one of those that tell about queries and tables.

EXPLAIN, SHOW and DESCRIBE are read here word by word: the parser of queries does not know them.
"""

from dataclasses import dataclass

from sqlglot import exp
from sqlglot.tokenizer_core import Token, TokenType

from query_engine.sql.dialect import DEFINING, QUERY_STARTS, parse_query, tokenize
from query_engine.sql.errors import SqlError, SyntaxProblem, Unsupported
from query_engine.sql.positions import Source
from query_engine.sql.schemas import CATALOG_NAME
from query_engine.sql.view_statements import CreateView, DropView, create_or_drop


@dataclass(frozen=True, slots=True)
class Query:
    """A query to be run."""

    tree: exp.Expr


@dataclass(frozen=True, slots=True)
class Explain:
    """``EXPLAIN [ANALYZE] query``."""

    tree: exp.Expr
    analyze: bool


@dataclass(frozen=True, slots=True)
class Describe:
    """``DESCRIBE query``: its columns."""

    tree: exp.Expr


@dataclass(frozen=True, slots=True)
class TableName:
    """A table as a statement names it."""

    schema: str | None
    name: str
    offset: int


@dataclass(frozen=True, slots=True)
class DescribeTable:
    """``DESCRIBE table``, or ``SHOW COLUMNS FROM table``, which shows where the table is too."""

    table: TableName
    full: bool


@dataclass(frozen=True, slots=True)
class ShowTables:
    """``SHOW TABLES``."""


@dataclass(frozen=True, slots=True)
class ShowFunctions:
    """``SHOW FUNCTIONS [LIKE pattern]``."""

    pattern: str | None


@dataclass(frozen=True, slots=True)
class ShowSettings:
    """``SHOW ALL``, or ``SHOW name``."""

    name: str | None


Telling = DescribeTable | ShowTables | ShowFunctions | ShowSettings
Statement = Query | Explain | Describe | Telling | CreateView | DropView


def read_statement(source: Source) -> Statement:
    """
    Read a text.

    Raises:
        SyntaxProblem: It is not SQL.
        Unsupported: It is a statement of another kind.
        QueryTooLarge: It is over a limit of ``limits.py``.
    """
    tokens = tokenize(source)
    word = tokens[0].text.upper()
    if tokens[0].token_type in QUERY_STARTS:
        return Query(parse_query(source, tokens))
    if word == "EXPLAIN":
        return explain(source, tokens)
    if word in {"DESCRIBE", "DESC"}:
        if len(tokens) > 1 and tokens[1].token_type in QUERY_STARTS:
            return Describe(parse_query(source, tokens[1:]))
        return DescribeTable(table_name(source, tokens, 1), full=False)
    if word == "SHOW":
        return show(source, tokens)
    if word in DEFINING:
        return create_or_drop(source, tokens)
    raise source.place(
        Unsupported(f"a query starts with SELECT or WITH; {word} is not supported"),
        tokens[0].start,
    )


def explain(source: Source, tokens: list[Token]) -> Explain:
    """Read EXPLAIN."""
    analyze = len(tokens) > 1 and tokens[1].text.upper() == "ANALYZE"
    rest = tokens[1 + analyze :]
    if not rest:
        raise missing(source, tokens, "a query")
    if rest[0].token_type not in QUERY_STARTS:
        hint = "write EXPLAIN SELECT ... or EXPLAIN ANALYZE SELECT ..."
        message = f"EXPLAIN {rest[0].text.upper()} is not supported"
        raise source.unsupported(message, rest[0].start, hint=hint)
    return Explain(parse_query(source, rest), analyze)


def show(source: Source, tokens: list[Token]) -> Statement:
    """Read SHOW."""
    if len(tokens) < 2:
        raise missing(source, tokens, "TABLES, COLUMNS FROM a table, FUNCTIONS or ALL")
    what = tokens[1].text.upper()
    if what == "TABLES":
        at_end(source, tokens, 2)
        return ShowTables()
    if what == "COLUMNS":
        if len(tokens) < 3 or tokens[2].text.upper() not in {"FROM", "IN"}:
            raise missing(source, tokens[:2], "FROM and a table")
        return DescribeTable(table_name(source, tokens, 3), full=True)
    if what == "FUNCTIONS":
        return show_functions(source, tokens)
    name = "".join(token.text for token in tokens[1:])
    return ShowSettings(None if what == "ALL" and len(tokens) == 2 else name.lower())


def show_functions(source: Source, tokens: list[Token]) -> ShowFunctions:
    """Read SHOW FUNCTIONS."""
    if len(tokens) == 2:
        return ShowFunctions(None)
    if tokens[2].token_type != TokenType.LIKE:
        raise source.place(SyntaxProblem("LIKE is expected here"), tokens[2].start)
    if len(tokens) < 4 or tokens[3].token_type != TokenType.STRING:
        raise missing(source, tokens[:3], "a pattern in quotes")
    at_end(source, tokens, 4)
    return ShowFunctions(tokens[3].text)


def table_name(source: Source, tokens: list[Token], index: int) -> TableName:
    """Read ``[[catalog.]schema.]table`` from *index* to the end."""
    parts = tokens[index:]
    if not parts:
        raise missing(source, tokens, "a table")
    names = [
        part.text if part.token_type == TokenType.IDENTIFIER else part.text.lower()
        for part in parts[::2]
    ]
    dots = all(part.token_type == TokenType.DOT for part in parts[1::2])
    if not dots or len(parts) % 2 == 0 or len(names) > 3:
        raise source.place(SyntaxProblem("a table's name is expected here"), parts[0].start)
    if len(names) == 3 and names[0] != CATALOG_NAME:
        message = f'there is no catalog "{names[0]}"; tables are in {CATALOG_NAME}'
        raise source.place(SyntaxProblem(message), parts[0].start)
    return TableName(names[-2] if len(names) > 1 else None, names[-1], parts[0].start)


def at_end(source: Source, tokens: list[Token], count: int) -> None:
    """Refuse what stands after the first *count* words."""
    if len(tokens) > count:
        message = f"nothing is expected after {tokens[count - 1].text.upper()}"
        raise source.place(SyntaxProblem(message), tokens[count].start)


def missing(source: Source, tokens: list[Token], what: str) -> SqlError:
    """Return the error for a text that ends too early."""
    last = tokens[-1]
    message = f"{last.text.upper()} is followed by {what}"
    return source.place(SyntaxProblem(message), last.start)
