"""A push in JSON: ``{"streams": [{"stream": {...}, "values": [[ns, line, {...}], ...]}]}``."""

import json
from collections.abc import Iterator

from ingest_api.errors import MalformedBody
from ingest_api.json_body import parsed
from ingest_api.loki.push import NO_LABELS, Entry, Pairs, Refused, Stream, check_streams
from ingest_api.otlp.write import encoded

_DIGITS_MAX = 30


def streams_of(body: bytes, refused: Refused) -> Iterator[Stream]:
    """
    Yield the streams of a push; those that cannot be stored are counted in *refused*.

    Raises:
        MalformedBody: It is no push; the message names the place.
        OverLimit: It has too many streams.
    """
    document = parsed(body)
    streams = document.get("streams") if isinstance(document, dict) else None
    if not isinstance(streams, list):
        raise MalformedBody("the body has no array 'streams'")
    check_streams(len(streams))
    for at, one in enumerate(streams):
        place = f"streams[{at}]"
        if not isinstance(one, dict):
            raise MalformedBody(f"{place} is no object")
        labels = {
            name: value
            for name, value in _pairs(one.get("stream") or {}, f"{place}.stream")
            if value
        }
        values = one.get("values") or []
        if not isinstance(values, list):
            raise MalformedBody(f"{place}.values is no array")
        if not labels or "" in labels:
            refused.stream(f"{place}: {NO_LABELS if not labels else 'a label has no name'}")
        else:
            yield Stream(labels, _entries(values, f"{place}.values"))


def _entries(values: list[object], place: str) -> Iterator[Entry]:
    for at, one in enumerate(values):
        if not isinstance(one, list) or not 2 <= len(one) <= 3:
            raise MalformedBody(f"{place}[{at}] is no array of a time, a line and metadata")
        if not isinstance(one[1], str):
            raise MalformedBody(f"{place}[{at}][1] is no text")
        metadata = _pairs(one[2], f"{place}[{at}][2]") if len(one) == 3 else ()
        yield _time(one[0], f"{place}[{at}][0]"), encoded(one[1]), metadata


def _time(value: object, place: str) -> int:
    """Return a time; Loki takes text only, some clients send numbers."""
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    digits = value if isinstance(value, str) and len(value) < _DIGITS_MAX else ""
    if not (digits.isascii() and digits.removeprefix("-").isdecimal()):
        raise MalformedBody(f"{place} = {str(value)[:40]!r} is no integer of nanoseconds")
    return int(digits)


def _pairs(value: object, place: str) -> Pairs:
    """Return names with their texts; numbers and truth are taken as JSON writes them."""
    if not isinstance(value, dict):
        raise MalformedBody(f"{place} is no object")
    return tuple(
        (name, text if isinstance(text, str) else _text(text, f"{place}.{name[:80]}"))
        for name, text in value.items()
        if text is not None
    )


def _text(value: object, place: str) -> str:
    if not isinstance(value, bool | int | float):
        raise MalformedBody(f"{place} is no text")
    return json.dumps(value)
