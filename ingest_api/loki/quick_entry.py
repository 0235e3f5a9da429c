"""
A line of a protobuf push in one pass over its bytes.

Rule: only what clients write is read here. Whatever is unusual or broken is None, and is then read
field by field, which also finds out what is wrong with it.
"""

from ingest_api.loki.push import Entry

_TIME, _LINE, _METADATA = 0x0A, 0x12, 0x1A
_SECONDS, _NANOS = 0x08, 0x10
_NAME, _VALUE = 0x0A, 0x12
_NS = 1_000_000_000


def quick_entry(data: bytes, at: int, end: int) -> Entry | None:
    """Return the line that stands there, or None."""
    time, line = 0, b""
    metadata: list[tuple[str, str]] = []
    while at < end:
        if end - at < 3:
            return None
        tag, size = data[at], data[at + 1]
        at += 2
        if size >= 0x80:
            if data[at] >= 0x80:
                return None
            size = size & 0x7F | data[at] << 7
            at += 1
        stop = at + size
        if stop > end:
            return None
        if tag == _LINE:
            line = data[at:stop]
        elif tag == _TIME:
            found = _time(data, at, stop)
            if found is None:
                return None
            time = found
        elif tag == _METADATA:
            pair = _pair(data, at, stop)
            if pair is None:
                return None
            metadata.append(pair)
        else:
            return None
        at = stop
    return time, line, tuple(metadata)


def _time(data: bytes, at: int, end: int) -> int | None:
    """Return a time after 1970 whose seconds come before its nanoseconds."""
    time = 0
    for tag, unit, most in ((_SECONDS, _NS, 2**35), (_NANOS, 1, 2**31)):
        if at == end or data[at] != tag:
            continue
        value = shift = 0
        while (at := at + 1) < end and value < most:
            value |= (data[at] & 0x7F) << shift
            shift += 7
            if data[at] < 0x80:
                break
        else:
            return None
        if value >= most:
            return None
        time += value * unit
        at += 1
    return time if at == end else None


def _pair(data: bytes, at: int, end: int) -> tuple[str, str] | None:
    """Return a short name and its short value."""
    if end - at < 4 or data[at] != _NAME or data[at + 1] >= 0x80:
        return None
    middle = at + 2 + data[at + 1]
    if middle + 2 > end or data[middle] != _VALUE or middle + 2 + data[middle + 1] != end:
        return None
    if data[middle + 1] >= 0x80:
        return None
    name, value = data[at + 2 : middle], data[middle + 2 : end]
    return name.decode("utf-8", "replace"), value.decode("utf-8", "replace")
