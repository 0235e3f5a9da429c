"""
Handles that are SQL: the text of a statement with comments behind it that say what it is for.

Clients that know nothing of handles send them back as SQL (the `micromegas` client does), so a
handle must mean the same when it is read as SQL. The comments are taken off before anything is
parsed: positions in errors and texts in the log are those of the statement.
"""

import re
import uuid
from dataclasses import dataclass, field, replace

from query_engine.headers import QueryHeaders

_UUID = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_HEADERS = "(-?[0-9]{1,19})?,(-?[0-9]{1,19})?,([0-9]{1,18})?,(d?)"
_STATEMENT = re.compile(rf" /\*ps:({_UUID})\*/\Z")
_QUERY = re.compile(rf" /\*q:({_UUID})(?:,{_HEADERS})?\*/\Z")


@dataclass(frozen=True, slots=True)
class Handle:
    """
    A handle, opened.

    Attributes:
        sql: The statement's text.
        query_id: Id that its query is to have; None leaves it open.
        statement: UUID of the prepared statement that it names, if it names one.
        headers: Range, row limit and dictionaries that GetFlightInfo was called with, if any.
    """

    sql: str
    query_id: str | None = None
    statement: str | None = None
    headers: QueryHeaders = field(default_factory=QueryHeaders)

    def completed(self, headers: QueryHeaders) -> QueryHeaders:
        """
        Return the headers of a DoGet; what it leaves open is as GetFlightInfo was told.

        So a ticket yields the same rows wherever it is taken.
        """
        ranged = headers if headers.begin_ns is not None else self.headers
        limit = self.headers.limit if headers.limit is None else headers.limit
        return replace(
            headers,
            begin_ns=ranged.begin_ns,
            end_ns=ranged.end_ns,
            limit=limit,
            preserve_dictionary=headers.preserve_dictionary or self.headers.preserve_dictionary,
        )


def prepared_handle(sql: str, statement: str) -> str:
    """Return the handle of a prepared statement."""
    return f"{sql} /*ps:{statement}*/"


def ticket_handle(text: str, headers: QueryHeaders) -> str:
    """
    Return the handle of a ticket: with the id of its query, and with the headers if there are.

    Args:
        text: A statement, or the handle of a prepared one.
        headers: Those of the call that asks for the ticket.
    """
    told = headers.query_id or str(uuid.uuid4())
    numbers = (headers.begin_ns, headers.end_ns, headers.limit)
    if headers.preserve_dictionary or any(number is not None for number in numbers):
        values = ("" if number is None else str(number) for number in numbers)
        told = ",".join((told, *values, "d" if headers.preserve_dictionary else ""))
    return f"{text} /*q:{told}*/"


def opened(text: str) -> Handle:
    """Return what a handle says; comments beyond ours are the statement's own."""
    query = _QUERY.search(text)
    text = text if query is None else text[: query.start()]
    statement = _STATEMENT.search(text)
    return Handle(
        text if statement is None else text[: statement.start()],
        query_id=query[1] if query else None,
        statement=statement[1] if statement else None,
        headers=_headers(query) if query else QueryHeaders(),
    )


def _headers(mark: re.Match[str]) -> QueryHeaders:
    begin, end, limit = (int(mark[group]) if mark[group] else None for group in (2, 3, 4))
    if begin is None or end is None:
        begin = end = None
    return QueryHeaders(begin, end, limit, preserve_dictionary=bool(mark[5]))
