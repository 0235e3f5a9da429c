"""
What a form of results is: a frozen value, one file each, listed in ``catalog.py``.

Rule: a client can tell a complete result from a broken one. Either the bytes themselves say so, or
the body is cut off: the connection closes without the last chunk.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import pyarrow as pa

from assets.errors import CallerError, LakeError
from query_engine.execution import Rows

Compression = Literal["none", "lz4", "zstd"]
"""Of what is inside a result; text is compressed as a whole, by its Content-Encoding."""


class Encoder(Protocol):
    """
    One result as bytes: ``begin``, then ``rows`` by rows, then ``end`` or ``failure``.

    Every call but the first may take long, so they are made in threads, one at a time.

    Attributes:
        cuts_off: A failed result has no end of its own: its body is cut off after ``failure``.
    """

    cuts_off: bool

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return what stands before the first row."""
        ...

    def rows(self, rows: Rows) -> bytes | memoryview:
        """Return some rows; nothing when they come later."""
        ...

    def end(self) -> bytes:
        """Return what stands after the last row of a complete result."""
        ...

    def failure(self, error: LakeError) -> bytes:
        """Return what tells the client of *error*."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """
    A form of results.

    Attributes:
        name: What a request calls it.
        media_types: What Accept may call it; the first is what it is sent as.
        encoder: Makes the bytes of one result.
        compressions: What may be inside; the first unless asked otherwise. Empty for text.
        ending: Of the file that a browser keeps; none for a form that browsers show.
        complete: How a client knows that the result is whole, for the API's description.
        broken: How a client knows that it is not.
        schema: What OpenAPI says of it.
        told_by_cut: Nothing but the cut tells a broken result from a whole one.
    """

    name: str
    media_types: tuple[str, ...]
    encoder: Callable[[Compression], Encoder]
    compressions: tuple[Compression, ...] = ()
    ending: str = ""
    complete: str
    broken: str
    schema: Mapping[str, object]
    told_by_cut: bool = False

    @property
    def is_text(self) -> bool:
        """Whether the body may be compressed as a whole."""
        return not self.compressions

    def compression(self, asked: Compression | None) -> Compression:
        """
        Return what is inside a result.

        Raises:
            CallerError: The form cannot have what is asked for.
        """
        if asked is None or (asked == "none" and self.is_text):
            return self.compressions[0] if self.compressions else "none"
        if asked in self.compressions:
            return asked
        known = " or ".join(self.compressions)
        raise CallerError(
            f"{self.name} has no compression of its own; send Accept-Encoding: zstd or gzip"
            if self.is_text
            else f"compression of {self.name} is {known}, not {asked}"
        )
