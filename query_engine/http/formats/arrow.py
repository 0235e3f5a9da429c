"""
Results as an Arrow IPC stream.

Decided: a failed stream ends with a message that announces more bytes than come, and whose bytes
are the error as JSON. Every reader refuses it as cut short, so that none takes the rows before it
for a whole result, whatever a proxy or a file has made of the connection's end; and a client that
looks at the last bytes finds out what went wrong without knowing Arrow's formats.
"""

import json
import struct

import pyarrow as pa

from assets.errors import LakeError
from query_engine.execution import Rows
from query_engine.failures import error_fields
from query_engine.http.formats.drain import Drain
from query_engine.http.formats.format import Compression, Encoder, Format

ARROW_TYPE = "application/vnd.apache.arrow.stream"
END_OF_STREAM = b"\xff\xff\xff\xff\x00\x00\x00\x00"
_CONTINUES = b"\xff\xff\xff\xff"
_MISSING_BYTES = 8


class PlainArrow:
    """The worker's messages as they came."""

    cuts_off = False

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the schema message."""
        del query_id
        return bytes(schema.serialize())

    def rows(self, rows: Rows) -> memoryview:
        """Return one record batch message."""
        return rows.message

    def end(self) -> bytes:
        """Return the end-of-stream marker."""
        return END_OF_STREAM

    def failure(self, error: LakeError) -> bytes:
        """Return the message that no reader can read to its end."""
        return error_message(error)


class CompressedArrow:
    """Messages whose buffers are compressed."""

    cuts_off = False

    def __init__(self, codec: str) -> None:
        self._codec = codec
        self._drain = Drain()

    def begin(self, schema: pa.Schema, query_id: str) -> bytes:
        """Return the schema message."""
        del query_id
        options = pa.ipc.IpcWriteOptions(compression=self._codec)
        self._writer = pa.ipc.new_stream(pa.PythonFile(self._drain, "w"), schema, options=options)
        return self._drain.take()

    def rows(self, rows: Rows) -> bytes:
        """Return one record batch message."""
        self._writer.write_batch(rows.batch)
        return self._drain.take()

    def end(self) -> bytes:
        """Return the end-of-stream marker."""
        self._writer.close()
        return self._drain.take()

    def failure(self, error: LakeError) -> bytes:
        """Return the message that no reader can read to its end."""
        return self._drain.take() + error_message(error)


def error_message(error: LakeError) -> bytes:
    """Return the last bytes of a stream that failed."""
    fields = json.dumps({"error": error_fields(error)}).encode()
    return _CONTINUES + struct.pack("<i", len(fields) + _MISSING_BYTES) + fields


def _encoder(compression: Compression) -> Encoder:
    return PlainArrow() if compression == "none" else CompressedArrow(compression)


ARROW = Format(
    name="arrow",
    media_types=(ARROW_TYPE, "application/vnd.apache.arrow"),
    encoder=_encoder,
    compressions=("none", "lz4", "zstd"),
    ending="arrows",
    complete="the stream ends with its end-of-stream marker",
    broken="the last message is cut short, which every reader refuses; its bytes are the error as "
    'JSON, `{"error": {...}}`',
    schema={"type": "string", "format": "binary"},
)
