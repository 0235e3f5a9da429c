"""Transactions: there are none, because the query service only reads."""

from query_engine.errors import NotOffered
from query_engine.flight.proto import Message


def refuse_transaction(message: Message, number: int) -> None:
    """
    Return if field *number* names no transaction.

    Raises:
        NotOffered: It does.
    """
    if message.data(number):
        raise no_transactions()


def no_transactions() -> NotOffered:
    """Return what to tell who wants one."""
    return NotOffered(
        "transactions are not supported: the service only reads, and every query sees one moment; "
        "connect with autocommit"
    )
