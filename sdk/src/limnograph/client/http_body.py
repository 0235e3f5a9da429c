"""
The body of an answer over HTTP: an Arrow stream whose end is looked at.

Arrow takes a stream that stops between two batches for a whole one; only its end mark tells. A
stream that failed ends with the error as JSON, in a message that is cut short.
"""

import http.client
import io
from collections import deque
from collections.abc import Iterator
from contextlib import ExitStack

import pyarrow as pa

from limnograph.client.errors import QueryError, Unreachable, one_line
from limnograph.client.http_errors import told

_END = b"\xff\xff\xff\xff\0\0\0\0"
_READS, _READ_BYTES = 4, 16_384


class Body(io.RawIOBase):
    """The answer's body as a file that remembers how it ended."""

    def __init__(self, response: http.client.HTTPResponse) -> None:
        self._response = response
        self._last: deque[bytes] = deque(maxlen=_READS)

    def readable(self) -> bool:
        """Say that it is for reading."""
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        """Read, and keep the last bytes."""
        size = self._response.readinto(buffer)
        if size:
            self._last.append(bytes(memoryview(buffer)[max(0, size - _READ_BYTES) : size]))
        return size

    def whole(self) -> bool:
        """Return whether the last bytes read were an Arrow stream's end mark."""
        return b"".join(self._last).endswith(_END)

    def failure(self) -> QueryError | None:
        """Return the error that the last bytes are, if they are one."""
        return told(b"".join(self._last))


def batches(
    body: Body, reader: pa.ipc.RecordBatchStreamReader, opened: ExitStack
) -> Iterator[pa.RecordBatch]:
    """
    Yield the batches of an answer and close what it came from.

    Raises:
        QueryError: The query failed on its way, or the answer broke off.
    """
    with opened:
        try:
            yield from reader
        except (OSError, http.client.HTTPException, pa.ArrowException) as exc:
            error = body.failure()
            if error is not None:
                raise error from exc
            if isinstance(exc, pa.ArrowException):
                raise QueryError("internal", f"the answer broke off: {one_line(str(exc))}") from exc
            raise _broken() from exc
        if not body.whole():
            raise body.failure() or _broken()


def _broken() -> QueryError:
    """Return what a connection that ended early is, on either door: asked again before rows."""
    said = "the answer broke off: the connection ended before it"
    return Unreachable("unavailable", said, transient=True)
