"""The headers of a Flight call, brought to its handler."""

from collections.abc import Mapping, Sequence

import pyarrow.flight as fl

from query_engine.flight.auth import handshake_headers

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

    def sending_headers(self) -> dict[str, str]:
        """Return what goes back with the answer."""
        return handshake_headers(self.headers.get("authorization", ""))


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
