"""Files that arrive in pieces: the values of one column of bytes, one after the other."""

from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from limnograph.client import Result


def write_chunks(result: "Result", out: IO[bytes]) -> int:
    """Write the pieces; return their bytes."""
    size = 0
    for batch in result.batches(keep=False):
        for piece in batch.column(0):
            size += out.write(piece.as_buffer())
    return size
