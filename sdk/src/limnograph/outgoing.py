"""
One request, built, on its way to the receiver: its bytes, and what is lost when it is dropped.

Rule: the bytes never change. They are in memory, in a file, or in both.
"""

from collections.abc import Sequence

from limnograph.recorder import Cursor, Source
from limnograph.request_files import RequestFile

LOGS, METRICS, TRACES, SPANS, IMAGES, RECOVERED = range(6)
"""
Ranks: what is sent first and dropped last. A request that holds several kinds has the best of
their ranks. What dead processes left behind waits until nothing of this one does.
"""

RANK_OF_KIND = {
    "log": LOGS,
    "metrics": METRICS,
    "traces": TRACES,
    "spans": SPANS,
    "images": IMAGES,
}


class Outgoing:
    """
    One request.

    Attributes:
        body: Its bytes, None when they are only in ``file``.
        size: How many bytes; 0 for what was recovered.
        blocks: How many blocks it carries.
        rows: (kind, events) of its blocks.
        lost_if_dropped: (source, events) to be told as dropped should the request be dropped:
            its rows and the drops that its blocks would have told.
        cursor: How far its blocks take the recorder's memory.
        file: Where it is kept until it is settled, if anywhere.
        number: Its place in the order of offering.
        tried: Whether it was handed to the receiver, which may have stored it.
    """

    __slots__ = ("blocks", "body", "cursor", "file", "lost_if_dropped", "number", "rank", "rows",
                 "size", "tried")  # fmt: skip

    def __init__(
        self,
        body: bytes | None,
        *,
        blocks: int = 0,
        rows: Sequence[tuple[str, int]] = (),
        lost_if_dropped: Sequence[tuple[Source, int]] = (),
        rank: int = RECOVERED,
        cursor: Cursor = (),
        file: RequestFile | None = None,
    ) -> None:
        self.body, self.blocks, self.rows = body, blocks, rows
        self.size = 0 if body is None else len(body)
        self.lost_if_dropped, self.rank, self.file = lost_if_dropped, rank, file
        self.cursor = cursor
        self.number, self.tried = 0, False

    @property
    def events(self) -> int:
        """How many events it carries."""
        return sum(rows for _, rows in self.rows)

    @property
    def on_disk(self) -> bool:
        """Whether memory holds none of its bytes."""
        return self.body is None

    def load(self) -> bytes:
        """
        Return the bytes.

        Raises:
            Unreadable: They were in a file which is not as it was written.
        """
        if self.body is not None:
            return self.body
        assert self.file is not None, "a request has its bytes somewhere"
        kept = self.file.read()
        self.rows, self.blocks = kept.rows, kept.blocks
        return kept.body

    def release(self) -> None:
        """Remove its file: nobody needs to send it any more."""
        if self.file is not None:
            self.file.remove()
