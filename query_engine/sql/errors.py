"""
Every error of the SQL language, with the place in the text that caused it.

Positions are 1-based line and column. An error raised by code that does not know the text (a
catalog, a function) carries none until the binder places it.
"""

from typing import Self

from assets.errors import CallerError


class SqlError(CallerError):
    """
    The SQL text is wrong; the message says what, where, and what to write instead if known.

    Attributes:
        message: What is wrong, without the position.
        hint: What to write instead, or None.
        line: 1-based line in the text, or None when unknown.
        column: 1-based column in that line, or None when unknown.
    """

    code = "invalid_sql"

    def __init__(
        self,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.line = line
        self.column = column

    def placed(self, line: int, column: int) -> Self:
        """Give the error its position, unless it already has one; returns itself."""
        if self.line is None:
            self.line, self.column = line, column
        return self

    def __str__(self) -> str:
        text = self.message
        if self.line is not None:
            text += f" (at line {self.line}, column {self.column})"
        if self.hint:
            text += f"; {self.hint}"
        return text


class SyntaxProblem(SqlError):
    """The text is not SQL."""

    code = "sql_syntax"


class Unsupported(SqlError):
    """SQL that is understood and not supported: refused before anything runs."""

    code = "sql_unsupported"


class UnknownTable(SqlError):
    """A table or table function that does not exist."""

    code = "unknown_table"


class UnknownColumn(SqlError):
    """A column that no relation in scope has."""

    code = "unknown_column"


class AmbiguousColumn(SqlError):
    """A column that more than one relation in scope has."""

    code = "ambiguous_column"


class UnknownFunction(SqlError):
    """A function that is not in the registry."""

    code = "unknown_function"


class TypeProblem(SqlError):
    """An operator or function over types that it does not take."""

    code = "sql_type"


class BadParameter(SqlError):
    """A parameter without a value, a value without a parameter, or one that SQL cannot hold."""

    code = "sql_parameter"


class QueryTooLarge(SqlError):
    """The text is over a limit of ``limits.py``, named in the message."""

    code = "sql_too_large"


class RunProblem(SqlError):
    """The query was planned and failed on a value while it ran (a cast, a subquery's row count)."""

    code = "sql_run"
