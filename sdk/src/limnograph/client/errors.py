"""What can go wrong with a query, as its caller sees it."""


class QueryError(Exception):
    """
    The query was not answered, or not to its end.

    Attributes:
        code: Stable and for programs: the service's own code (``sql_error``, ``limit_exceeded``,
            ...), or ``unavailable``, ``timed_out``, ``cancelled``, ``unauthenticated``,
            ``forbidden``, ``bad_request``, ``internal``, ``client``.
        text: One line for people.
    """

    def __init__(self, code: str, text: str) -> None:
        super().__init__(f"{text} ({code})")
        self.code, self.text = code, text


def one_line(text: str) -> str:
    """Return *text* on one line, without a server's stack trace."""
    for mark in ("Detail: Python exception:", "\nTraceback"):
        text = text.split(mark, 1)[0]
    return " ".join(text.split())[:1000].rstrip(" .,;") or "no message"
