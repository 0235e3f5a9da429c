"""What can go wrong with a query, as its caller sees it."""

from typing import Any

from limnograph.client.caret import excerpt


class QueryError(Exception):
    """
    The query was not answered, or not to its end.

    ``str()`` shows the text, the code, and the line of the SQL with a caret under the position.

    Attributes:
        code: Stable and for programs: the service's own code (``sql_syntax``, ``unknown_table``,
            ``time_limit``, ...), the same over HTTP and Flight; or ``unavailable``, ``timed_out``,
            ``cancelled``, ``unauthenticated``, ``permission_denied``, ``bad_request``,
            ``internal``, ``client`` (a mistake on this side), ``not_installed``.
        text: One line for people, without position and hint.
        line: Line of the SQL text, from 1, if known.
        column: Column in that line, in characters, from 1, if known.
        hint: What to write instead, if known.
        query_id: The query's id, as in the service's log.
        sql: The text that was asked.
        transient: Asking again later may help.
        retry_after_s: Seconds that the service asks to wait before that.
    """

    def __init__(
        self,
        code: str,
        text: str,
        *,
        line: int | None = None,
        column: int | None = None,
        hint: str | None = None,
        query_id: str | None = None,
        sql: str | None = None,
        transient: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(text)
        self.code, self.text, self.line, self.column = code, text, line, column
        self.hint, self.query_id, self.sql = hint, query_id, sql
        self.transient, self.retry_after_s = transient, retry_after_s

    def __str__(self) -> str:
        first = f"{self.text} ({self.code})"
        shown = excerpt(self.sql, self.line, self.column) if self.sql else ()
        if not shown:
            place = f", line {self.line}, column {self.column}" if self.line is not None else ""
            return first + place + (f"; {self.hint}" if self.hint else "")
        return "\n".join((first, *shown, *((f"hint: {self.hint}",) if self.hint else ())))

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuilt, (type(self), self.__dict__)


class SqlError(QueryError):
    """The text of the query is wrong, or does not fit the data: correct it."""


class Unreachable(QueryError):
    """Nobody answers at the address, or not in a language that the client speaks."""


class AccessDenied(QueryError):
    """The service does not know who asks, or does not let them."""


class TimedOut(QueryError):
    """The query took longer than the service or ``timeout`` allow."""


class Cancelled(QueryError):
    """The query was cancelled."""


_KINDS: dict[str, type[QueryError]] = {
    "unavailable": Unreachable,
    "provider_unavailable": Unreachable,
    "unauthenticated": AccessDenied,
    "permission_denied": AccessDenied,
    "timed_out": TimedOut,
    "time_limit": TimedOut,
    "cancelled": Cancelled,
}
_SQL_PREFIXES = ("sql_", "unknown_", "ambiguous_", "invalid_sql")


def error_of(code: str, text: str, **fields: Any) -> QueryError:
    """Return the error of the class that belongs to *code*."""
    kind = _KINDS.get(code) or (SqlError if code.startswith(_SQL_PREFIXES) else QueryError)
    return kind(code, text, **fields)


def one_line(text: str) -> str:
    """Return *text* on one line, without a server's stack trace."""
    for mark in ("Detail: Python exception:", "\nTraceback"):
        text = text.split(mark, 1)[0]
    return " ".join(text.split())[:1000].rstrip(" .,;") or "no message"


def _rebuilt(kind: type[QueryError], fields: dict[str, Any]) -> QueryError:
    error = kind(fields["code"], fields["text"])
    error.__dict__.update(fields)
    return error
