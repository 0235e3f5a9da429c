"""
Which form a result has: what the request names, else the best of its Accept header, else JSON.

A media type of Arrow streams may ask for compressed buffers: ``; codecs="zstd, lz4"``.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from query_engine.errors import NotAcceptable
from query_engine.http.formats.catalog import FORMATS, FORMATS_BY_NAME
from query_engine.http.formats.format import Compression, Format

_ALTERNATIVE = re.compile(r'(?:[^,"]|"[^"]*")+')


class Accepted(NamedTuple):
    """One alternative of an Accept header."""

    media_type: str
    parameters: Mapping[str, str]
    quality: float


class Choice(NamedTuple):
    """The form of a result and the compression inside of it."""

    form: Format
    compression: Compression


def choose(asked: str | None, compression: Compression | None, accept: str) -> Choice:
    """
    Return the form that a result will have.

    Args:
        asked: The name of a format, if the request has one.
        compression: What is to be inside, if the request says.
        accept: The Accept header.

    Raises:
        NotAcceptable: The Accept header rules out everything that there is.
        CallerError: The form cannot have that compression.
    """
    accepted = list(alternatives(accept))
    form = FORMATS_BY_NAME[asked] if asked else _best(accepted, accept)
    wanted = compression or _codec(form, accepted)
    return Choice(form, form.compression(wanted))


def alternatives(header: str) -> Iterator[Accepted]:
    """Yield what an Accept or Accept-Encoding header names; what cannot be read is quality 0."""
    for part in _ALTERNATIVE.findall(header.lower()):
        if not part.strip():
            continue
        name, *pieces = (piece.strip() for piece in part.split(";"))
        pairs = (piece.partition("=")[::2] for piece in pieces)
        parameters = {key.strip(): value.strip().strip('"') for key, value in pairs}
        try:
            quality = float(parameters.get("q", "1"))
        except ValueError:
            quality = 0.0
        yield Accepted(name, parameters, quality)


def _best(accepted: list[Accepted], header: str) -> Format:
    if not accepted:
        return FORMATS[0]
    weighed = [(_quality(form, accepted), form) for form in FORMATS]
    quality, best = max(weighed, key=lambda pair: pair[0])
    if quality > 0:
        return best
    known = ", ".join(form.media_types[0].partition(";")[0] for form in FORMATS)
    raise NotAcceptable(f"nothing to offer for Accept: {header!r:.100}; there are {known}")


def _quality(form: Format, accepted: list[Accepted]) -> float:
    """Return how welcome a form is: what names it most exactly decides."""
    names = {media_type.partition(";")[0] for media_type in form.media_types}
    ranges = (names, {name.partition("/")[0] + "/*" for name in names}, {"*/*"})
    for wanted in ranges:
        qualities = [found.quality for found in accepted if found.media_type in wanted]
        if qualities:
            return max(qualities)
    return 0.0


def _codec(form: Format, accepted: list[Accepted]) -> Compression | None:
    for found in accepted:
        if found.media_type in form.media_types:
            for codec in found.parameters.get("codecs", "").replace(" ", ",").split(","):
                for known in form.compressions:
                    if codec == known:
                        return known
    return None
