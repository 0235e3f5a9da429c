"""
``GET /api/image/{block_id}/{image}``: one image of a block, for ``<img>`` and for the address line.

Decided: the bytes say what is shown in a browser, not the name that an application gave them; what
is no picture that browsers only draw (SVG runs scripts) is a file to save.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from types import MappingProxyType
from typing import Annotated, NamedTuple
from uuid import UUID

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from assets.errors import NotFound
from query_engine.headers import QueryHeaders
from query_engine.http.description import HEADERS
from query_engine.http.door import HttpDoor
from query_engine.http.errors import QUERY_ERRORS
from query_engine.http.question import caller
from query_engine.http.response import QUERY_ID, while_there
from query_engine.limits import IMAGE_NUMBER_MAX

FILE = "application/octet-stream"
DRAWN: Mapping[str, str] = MappingProxyType(
    {"image/png": "png", "image/jpeg": "jpg", "image/gif": "gif", "image/webp": "webp"}
)
"""Types of pictures that a browser draws and does nothing else with, and their endings."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_IMAGE: dict[int | str, dict[str, object]] = {
    200: {
        "description": "The bytes as they were sent; what is none of these pictures is a file.",
        "content": {
            kind: {"schema": {"type": "string", "format": "binary"}} for kind in (*DRAWN, FILE)
        },
    }
}


Caller = tuple[str, QueryHeaders]
"""Who asks, and how."""


class Name(NamedTuple):
    """Which image of which block."""

    block_id: UUID
    number: int


@dataclass(frozen=True, slots=True)
class Image:
    """An image that was found, and the query that found it."""

    data: bytes
    query_id: str


def routes(door: HttpDoor) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["images"])

    @router.get(
        "/api/image/{block_id}/{image}",
        response_class=Response,
        responses=_IMAGE | QUERY_ERRORS,
        openapi_extra={"parameters": HEADERS},
    )
    async def image(
        request: Request,
        block_id: Annotated[UUID, Path(description="The block, as the view images names it.")],
        image: Annotated[int, Path(ge=0, le=IMAGE_NUMBER_MAX, description="From 0 on.")],
    ) -> Response:
        """Send one image of a block."""
        ask = partial(found, door, Name(block_id, image), caller(request))
        one = await while_there(request, ask, door.query_threads)
        return answer(one, f"{block_id}-{image}", request.headers.get("if-none-match", ""))

    return router


def found(door: HttpDoor, name: Name, asks: Caller, is_gone: Callable[[], bool]) -> Image:
    """
    Return an image of a block; a query like any other, which stops when its client is gone.

    Raises:
        NotFound: There is no such block, it carries no images, or fewer.
        LakeError: The query failed.
    """
    client, headers = asks
    stream = door.service.query(
        f"SELECT data FROM block_images('{name.block_id}') WHERE image = {name.number}",
        door="http",
        client=client,
        who=headers.who,
        principal=headers.principal,
        query_id=headers.query_id,
        admin=False,
        is_cancelled=is_gone,
    )
    rows = [row for batch in stream.batches for row in batch.column(0).to_pylist()]
    if not rows:
        raise NotFound(
            f"block {name.block_id} has no image {name.number}; they are numbered from 0 on"
        )
    return Image(rows[0], stream.query_id)


def answer(one: Image, name: str, if_none_match: str) -> Response:
    """Return the image, or that the caller has it already."""
    tag = f'"{sha256(one.data).hexdigest()[:32]}"'
    kind = kind_of(one.data)
    place = "inline" if kind in DRAWN else "attachment"
    headers = {
        "etag": tag,
        # A copy may be kept, and is asked about each time: retention may have removed the block.
        "cache-control": "private, no-cache",
        "content-disposition": f'{place}; filename="{name}.{DRAWN.get(kind, "bin")}"',
        "content-security-policy": "sandbox; default-src 'none'",
        "cross-origin-resource-policy": "same-origin",
        QUERY_ID: one.query_id,
    }
    known = {part.strip().removeprefix("W/") for part in if_none_match.split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(one.data, media_type=kind, headers=headers)


def kind_of(data: bytes) -> str:
    """Return the media type that the first bytes tell."""
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return "image/webp"
    return next((kind for start, kind in _SIGNATURES if data.startswith(start)), FILE)
