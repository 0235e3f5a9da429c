"""The headers of a Flight call, brought to its handler; who calls is not read from them here."""

from collections.abc import Mapping, Sequence

import pyarrow.flight as fl

MIDDLEWARE = "headers"


class CallHeaders(fl.ServerMiddleware):  # type: ignore[misc]
    """
    Keeps the headers of one call for its handler.

    Attributes:
        headers: By lower-case name; of several lines of a name the last.
    """

    def __init__(self, headers: Mapping[str, Sequence[str | bytes]]) -> None:
        self.headers = {
            name.lower(): _text(values[-1]) for name, values in headers.items() if values
        }


class CallHeadersFactory(fl.ServerMiddlewareFactory):  # type: ignore[misc]
    """Makes a `CallHeaders` per call."""

    def start_call(
        self,
        info: fl.CallInfo,  # noqa: ARG002  (the signature is pyarrow's)
        headers: Mapping[str, Sequence[str | bytes]],
    ) -> CallHeaders:
        """Take the headers along."""
        return CallHeaders(headers)


def _text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")
