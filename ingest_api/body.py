"""
Reading a request body: bounded as sent and as decompressed, never more memory than reserved.

Rule: a limit is checked before the bytes beyond it are kept.
"""

import asyncio
import sys
import zlib
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Protocol

from starlette.requests import ClientDisconnect, Request

from assets.errors import LakeError
from ingest_api import limits, snappy
from ingest_api.errors import BodyTimeout, MalformedBody, OverLimit, UnsupportedBody
from ingest_api.in_flight import Reservation
from ingest_api.settings import IngestSettings

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

DECOMPRESSION_THREADS = ThreadPoolExecutor(limits.DECOMPRESSIONS_MAX, "decompress")


class Decompressor(Protocol):
    """What the decompressors of gzip and zstd have in common, once wrapped."""

    @property
    def eof(self) -> bool: ...  # noqa: D102

    @property
    def unused_data(self) -> bytes: ...  # noqa: D102

    def decompress(self, data: bytes, max_length: int) -> bytes: ...  # noqa: D102


class _Zlib:
    """zlib's decompressor, which keeps its unread input to itself as zstd's does."""

    def __init__(self, wbits: int) -> None:
        self._inner = zlib.decompressobj(wbits=wbits)

    @property
    def eof(self) -> bool:
        return self._inner.eof

    @property
    def unused_data(self) -> bytes:
        return self._inner.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        return self._inner.decompress(self._inner.unconsumed_tail + data, max_length)


def _zstd() -> Decompressor:
    window = {int(zstd.DecompressionParameter.window_log_max): limits.ZSTD_WINDOW_LOG_MAX}
    decompressor: Decompressor = zstd.ZstdDecompressor(options=window)
    return decompressor


ENCODINGS: Mapping[str, Callable[[], Decompressor]] = {
    "deflate": partial(_Zlib, zlib.MAX_WBITS),
    "gzip": partial(_Zlib, zlib.MAX_WBITS | 16),
    "zstd": _zstd,
}
SNAPPY = "snappy"
"""A block, which is one step: it says its length beforehand."""


async def read_body(
    request: Request, settings: IngestSettings, reservation: Reservation
) -> tuple[bytes, int]:
    """
    Return the decompressed body and its length as sent.

    A refused body is read to its end and dropped, within bounds, so that the sender sees why.

    Raises:
        OverLimit: Longer than a limit, as sent or decompressed.
        Overloaded: No memory for it now.
        UnsupportedBody: An unknown Content-Encoding.
        MalformedBody: It does not decompress.
        BodyTimeout: It took too long to arrive.
        ClientDisconnect: The sender is gone.
    """
    try:
        async with asyncio.timeout(limits.BODY_READ_S_MAX):
            incoming = _Incoming(request)
            try:
                encoding = _encoding(request)
                sent = await _read(incoming, settings, reservation)
            except LakeError:
                reservation.hold(0)
                await incoming.discard()
                raise
    except TimeoutError as exc:
        raise BodyTimeout(
            f"the body did not arrive within {limits.BODY_READ_S_MAX:.0f} s: send it again"
        ) from exc
    if encoding is None:
        return sent, len(sent)
    if len(sent) <= limits.INLINE_DECOMPRESSION_BYTES_MAX:
        body = decompress(encoding, sent, settings.body_bytes_max)
    else:
        body = await asyncio.get_running_loop().run_in_executor(
            DECOMPRESSION_THREADS, decompress, encoding, sent, settings.body_bytes_max
        )
    reservation.hold(len(body))
    return body, len(sent)


def decompress(encoding: str, data: bytes, bytes_max: int) -> bytes:
    """
    Return what *data* holds: one gzip member, zlib stream, zstd frame or snappy block.

    Several would be allowed by their formats; no client sends them, and a body of millions of
    empty ones would keep us busy for minutes.

    Raises:
        OverLimit: It holds more than *bytes_max*; nothing beyond is decompressed.
        MalformedBody: It is not what *encoding* says, is cut off, or something follows it.
    """
    if encoding == SNAPPY:
        return snappy.decompress(data, bytes_max)
    decompressor = ENCODINGS[encoding]()
    parts = []
    size = 0
    try:
        while not decompressor.eof:
            part = decompressor.decompress(data, limits.DECOMPRESSION_STEP_BYTES)
            if not part and not data and not decompressor.eof:
                raise MalformedBody(f"the {encoding} body is cut off")
            data = b""
            size += len(part)
            if size > bytes_max:
                raise OverLimit("body_bytes_max", bytes_max, "send less per request")
            parts.append(part)
    except (zlib.error, zstd.ZstdError, EOFError) as exc:
        raise MalformedBody(f"the body is not {encoding}: {exc}") from exc
    if decompressor.unused_data:
        raise MalformedBody(
            f"{len(decompressor.unused_data)} bytes follow the {encoding} body's end"
        )
    return b"".join(parts)


def _encoding(request: Request) -> str | None:
    encoding = request.headers.get("content-encoding", "").strip().lower()
    if encoding in {"", "identity"}:
        return None
    if encoding not in ENCODINGS and encoding != SNAPPY:
        known = ", ".join(sorted([*ENCODINGS, SNAPPY]))
        raise UnsupportedBody(f"Content-Encoding {encoding!r} is not known; send {known} or none")
    return encoding


class _Incoming:
    """The body as it arrives, chunk by chunk."""

    def __init__(self, request: Request) -> None:
        self.headers = request.headers
        self._receive = request.receive
        self._complete = False

    async def chunk(self) -> bytes | None:
        """Return the next chunk; None at the end."""
        if self._complete:
            return None
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        self._complete = not message.get("more_body", False)
        return bytes(message.get("body", b""))

    async def discard(self) -> None:
        """Read what is left and drop it, within bounds; unless the sender waits to be asked."""
        if self.headers.get("expect", "").lower() == "100-continue":
            return
        left = limits.DISCARD_BYTES_MAX
        while left > 0:
            chunk = await self.chunk()
            if chunk is None:
                return
            left -= len(chunk)


async def _read(incoming: _Incoming, settings: IngestSettings, reservation: Reservation) -> bytes:
    """Return the body as sent; reserved by its announced length, or chunk by chunk."""
    too_long = OverLimit(
        "wire_body_bytes_max", settings.wire_body_bytes_max, "send less per request"
    )
    announced = incoming.headers.get("content-length", "")
    if announced.isdigit():
        if int(announced) > settings.wire_body_bytes_max:
            raise too_long
        reservation.hold(int(announced))
    chunks = []
    size = 0
    while (chunk := await incoming.chunk()) is not None:
        size += len(chunk)
        if size > settings.wire_body_bytes_max:
            raise too_long
        if size > reservation.bytes:
            reservation.hold(size)
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
