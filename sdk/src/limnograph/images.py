"""
Images on their way out: a small bounded queue beside the recorder.

An image is large and rare, so it takes a lock and is not a matter of nanoseconds: it is kept as it
was given (bytes are not copied) until the flush thread makes blocks of it.
"""

import threading
from collections import deque
from collections.abc import Iterator
from sys import _getframe
from types import FrameType
from typing import Any, NamedTuple

from limnograph import faults
from limnograph.limits import (
    IMAGE_BLOCK_BYTES_MAX,
    IMAGE_BYTES_MAX,
    IMAGES_QUEUED_MAX,
    NAME_CHARS_MAX,
)
from limnograph.losses import BUFFER_FULL, TOO_LARGE
from limnograph.notices import Notices
from limnograph.recorder import Batch, Block, Source, ticks
from limnograph.recorder.sites import named
from limnograph.recorder.texts import freeze, property_text, text_of
from limnograph.wire import build
from limnograph.wire.container import Clock

KIND = "images"


class Image(NamedTuple):
    """One image that waits, with when and where in the program it was sent."""

    ticks: int
    site: tuple[str, str, int]
    name: str
    format: str
    data: bytes
    properties: dict[str, str]


class ImageQueue:
    """
    The images of one process that are not encoded yet; thread-safe.

    Attributes:
        dropped: How many were not taken, by reason.
    """

    def __init__(self, bytes_max: int) -> None:
        self._bytes_max = bytes_max
        self._notices = Notices()
        self._lock = threading.Lock()
        self._waiting: deque[Image] = deque()
        self._bytes = 0
        self._untold = 0
        self._source = Source(KIND)
        self.dropped = {BUFFER_FULL: 0, TOO_LARGE: 0}

    def offer(self, name: object, format_: object, data: Any, properties: dict[str, Any]) -> bool:
        """Queue an image sent by whom the application called; False when it cannot be."""
        name = text_of(name)[:NAME_CHARS_MAX]
        found = _bytes_of(data)
        if found is None:
            mistake = TypeError(f"data of {name!r} is no bytes but {type(data).__name__}")
            self._notices.once("type", f"send_image: {mistake}")
            faults.count(mistake)
            return False
        if len(found) > IMAGE_BYTES_MAX:
            text = f"send_image: {name!r} has {len(found)} bytes, more than {IMAGE_BYTES_MAX=}"
            self._notices.once("size", text)
            return self._refuse(TOO_LARGE)
        freeze(properties)
        texts = {key: property_text(value) for key, value in properties.items()}
        image = Image(
            ticks(), _site(_getframe(3)), name, text_of(format_)[:NAME_CHARS_MAX], found, texts
        )
        with self._lock:
            full = len(self._waiting) >= IMAGES_QUEUED_MAX
            if not full and self._bytes + len(found) <= self._bytes_max:
                self._waiting.append(image)
                self._bytes += len(found)
                return True
        return self._refuse(BUFFER_FULL)

    def half_full(self) -> bool:
        """Return whether the flusher should hurry."""
        return 2 * self._bytes > self._bytes_max or 2 * len(self._waiting) > IMAGES_QUEUED_MAX

    def drain(self, origin: Clock) -> Iterator[Block]:
        """Take everything queued so far, as blocks of IMAGE_BLOCK_BYTES_MAX bytes or one image."""
        with self._lock:
            waiting, self._waiting = self._waiting, deque()
            self._bytes = 0
            self._source.untold += self._untold
            self._untold = 0
        while waiting:
            part = [waiting.popleft()]
            size = len(part[0].data)
            while waiting and size + len(waiting[0].data) <= IMAGE_BLOCK_BYTES_MAX:
                size += len(waiting[0].data)
                part.append(waiting.popleft())
            yield self._batch(part, origin.origin_ticks).block(origin)

    def _batch(self, images: list[Image], origin_ticks: int) -> Batch:
        images.sort(key=lambda image: image.ticks)
        times = [image.ticks for image in images]
        sites = list(dict.fromkeys(image.site for image in images))
        number = {site: at for at, site in enumerate(sites)}
        before = [origin_ticks, *times]
        columns = [
            build.fixed("time", "int64", [b - a for a, b in zip(before, times, strict=False)]),
            build.fixed("site", "uint32", [number[image.site] for image in images]),
            build.dictionary("name", [image.name for image in images]),
            build.dictionary("format", [image.format for image in images]),
            build.binary("data", [image.data for image in images]),
        ]
        if any(image.properties for image in images):
            columns.append(build.mapping("properties", [image.properties for image in images]))
        untold, self._source.untold = self._source.untold, 0
        table = [
            {"name": "", "target": target, "file": file, "line": line, "unit": ""}
            for target, file, line in sites
        ]
        return Batch(self._source, len(images), columns, table, times[0], times[-1], dropped=untold)

    def _refuse(self, reason: str) -> bool:
        with self._lock:
            self.dropped[reason] += 1
            self._untold += 1
        return False


def _bytes_of(data: Any) -> bytes | None:
    if type(data) is bytes:
        return data
    if isinstance(data, bytes | bytearray | memoryview):
        return bytes(data)
    return None


def _site(frame: FrameType) -> tuple[str, str, int]:
    _, target, file, line = named(frame, "")
    return target, file, line
