"""
Asking the lake in SQL, as anybody does: at the query service's door.

Rules that people write in SQL mean what that service makes of them, within its limits; nothing here
plans a query.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

import limnograph
from assets.errors import LakeError

Ask = Callable[[str, datetime, datetime], Sequence[tuple[Any, ...]]]
"""Answers a text of SQL over a range of event times with rows."""


class QuestionFailed(LakeError):
    """The query service did not answer a question of maintenance; the message says why."""

    code = "question_failed"


def ask_query_service(
    sql: str,
    begin: datetime,
    end: datetime,
    *,
    uri: str | None = None,
    tls_verify: bool | None = None,
) -> Sequence[tuple[Any, ...]]:
    """
    Ask the query service at *uri*; by default the one of LIMNO_QUERY_URI, else of this machine.

    Raises:
        QuestionFailed: It cannot be reached, or refuses the question.
    """
    try:
        with limnograph.connect(uri, tls_verify=tls_verify, progress=False) as client:
            return list(client.query(sql, begin=begin, end=end).rows())
    except limnograph.QueryError as exc:
        text = str(exc).replace("\n", " ")
        raise QuestionFailed(
            f"{text} (the query service is found by LIMNO_QUERY_URI, grpc://host:port)"
        ) from exc
