"""
One query's answer as bytes, made in threads while the event loop sends.

Rule: one thread at a time; whatever goes wrong is a `LakeError`.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass, field

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.failures import as_lake_error
from query_engine.http.content_encoding import COMPRESSORS, Compressor
from query_engine.http.formats.format import Encoder
from query_engine.limits import COMPRESSED_BYTES_MIN
from query_engine.service import QueryStream

log = logging.getLogger(__name__)

Start = Callable[[Callable[[], bool]], QueryStream]
"""Starts a query; its argument says whether the client has left."""

Piece = bytes | memoryview
"""A part of a body."""


@dataclass(slots=True)
class Result:
    """
    The body of one answer.

    Args:
        start: Starts the query.
        encoder: Makes its bytes.
        coding: Content coding that the client takes, if the form allows one.

    Attributes:
        ended: The query has ended, well or not; there is no next piece.
        cut_off: The body has to be cut off after its last piece.
    """

    start: Start
    encoder: Encoder
    coding: str | None = None
    ended: bool = False
    cut_off: bool = False
    stream: QueryStream | None = None
    _compressor: Compressor | None = field(default=None, init=False)

    def begin(self, is_gone: Callable[[], bool]) -> list[Piece]:
        """
        Start the query and return what can be sent once its first rows are there.

        Raises:
            LakeError: The query failed before it had any.
        """
        self.stream = stream = self.start(is_gone)
        first = stream.batches.next_rows()
        pieces = self._encoded(lambda: self.encoder.begin(stream.schema, stream.query_id))
        pieces += self._rows(first)
        if self.coding and sum(map(len, pieces)) >= COMPRESSED_BYTES_MIN:
            self._compressor = COMPRESSORS[self.coding]()
        else:
            self.coding = None
        return self._compressed(pieces)

    def next(self) -> list[Piece]:
        """Return what comes next; failures of the query are a part of it."""
        assert self.stream is not None, "begin() comes first"
        try:
            pieces = self._rows(self.stream.batches.next_rows())
        except LakeError as error:
            self.stream.close()
            self.ended, self.cut_off = True, self.encoder.cuts_off
            pieces = [self.encoder.failure(error)]
        return self._compressed(pieces)

    def close(self) -> None:
        """Stop the query unless it has ended."""
        if self.stream is not None:
            self.stream.close()

    def _rows(self, rows: Rows | None) -> list[Piece]:
        if rows is not None:
            return self._encoded(lambda: self.encoder.rows(rows))
        pieces = self._encoded(self.encoder.end)
        self.ended = True
        return pieces

    def _encoded(self, encode: Callable[[], Piece]) -> list[Piece]:
        assert self.stream is not None, "begin() comes first"
        try:
            return [encode()]
        except Exception as error:
            log.exception("rows of query %s could not be encoded", self.stream.query_id)
            raise as_lake_error(error, self.stream.query_id) from None

    def _compressed(self, pieces: list[Piece]) -> list[Piece]:
        compressor = self._compressor
        if compressor is None:
            return pieces
        compressed: list[Piece] = [compressor.piece(piece) for piece in pieces if len(piece)]
        if self.ended and not self.cut_off:
            compressed.append(compressor.end())
        return compressed
