"""
One message of a call: read within bounds, and decompressed by us.

Rule: the library does not decompress. It would do so without a limit, and a message of a few
megabytes could ask for gigabytes; so messages come as they were sent, and are told by how they
begin, since the library does not tell their encoding.
"""

from typing import Any

from grpc import aio

from ingest_api import limits
from ingest_api.body import decompress
from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.in_flight import Reservation
from ingest_api.settings import IngestSettings
from ingest_api.storing import beside

_GZIP = b"\x1f\x8b"
_ZLIB_METHOD = 8


async def read_message(
    context: "aio.ServicerContext[Any, Any]", settings: IngestSettings, reservation: Reservation
) -> bytes:
    """
    Return the message of a call as it was sent; take a turn of `Reads` before.

    Raises:
        OverLimit: Longer than a limit.
        Overloaded: No memory for it now.
        MalformedBody: There is none.
    """
    reservation.hold(min(limits.GRPC_READ_BYTES, settings.wire_body_bytes_max))
    sent = await context.read()
    if not isinstance(sent, bytes):
        # Of one that is too long the library has told the client by now, and us nothing.
        raise MalformedBody(
            "the call has no message, or one that is longer than wire_body_bytes_max ="
            f" {settings.wire_body_bytes_max}"
        )
    if len(sent) > settings.wire_body_bytes_max:
        raise OverLimit(
            "wire_body_bytes_max", settings.wire_body_bytes_max, "export smaller batches"
        )
    reservation.hold(len(sent))
    return sent


async def decompressed(sent: bytes, settings: IngestSettings, reservation: Reservation) -> bytes:
    """
    Return what a message holds.

    Raises:
        OverLimit: Longer than a limit; nothing beyond is decompressed.
        Overloaded: No memory for it now.
        MalformedBody: It does not decompress.
    """
    encoding = encoding_of(sent)
    if encoding is None:
        return sent
    body = await beside(decompress, encoding, sent, settings.body_bytes_max, size=len(sent))
    reservation.hold(len(body))
    return body


def encoding_of(message: bytes) -> str | None:
    """
    Return how a message is compressed, None if it is not.

    An export request begins with 0x0a or is empty. No protobuf message begins as gzip does; one
    that begins as zlib's streams do starts with an unknown number field, which no version of
    OTLP has.
    """
    if message[:2] == _GZIP:
        return "gzip"
    head = int.from_bytes(message[:2], "big")
    if len(message) > 2 and message[0] & 0x0F == _ZLIB_METHOD and head % 31 == 0:
        return "deflate"
    return None
