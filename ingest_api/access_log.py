"""
The access log's way out: lines are written by a thread, so that a full pipe stops no request.
"""

import contextlib
import logging
import queue
import threading
from typing import TextIO

from ingest_api.limits import ACCESS_LOG_LINES_MAX


class BackgroundHandler(logging.Handler):
    """
    Writes messages to a stream from a thread of its own; use ``close`` to write the last ones.

    Args:
        stream: Where the lines go.
        lines_max: Lines that may wait; while so many do, further ones are counted and dropped.
    """

    def __init__(self, stream: TextIO, lines_max: int = ACCESS_LOG_LINES_MAX) -> None:
        super().__init__()
        self.dropped = 0
        self._stream = stream
        self._lines: queue.Queue[str | None] = queue.Queue(lines_max)
        self._writer = threading.Thread(target=self._write, name="access log", daemon=True)
        self._writer.start()

    def emit(self, record: logging.LogRecord) -> None:
        """Hand a line to the thread."""
        try:
            self._lines.put_nowait(record.getMessage())
        except queue.Full:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits, if the stream takes it within a second, and end the thread."""
        with contextlib.suppress(queue.Full):
            self._lines.put(None, timeout=1)
        self._writer.join(timeout=1)
        super().close()

    def _write(self) -> None:
        while (line := self._lines.get()) is not None:
            lines = [line]
            ended = False
            while not self._lines.empty() and not ended:
                following = self._lines.get()
                ended = following is None
                if following is not None:
                    lines.append(following)
            self._stream.write("\n".join(lines) + "\n")
            self._stream.flush()
            if ended:
                return
