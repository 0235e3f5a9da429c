"""``POST /v1/blocks``: the native wire format, docs/formats/limnograph-v1.md."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

from assets.storage.metadata.records import ProcessRecord, StreamRecord
from auth.http_gate import principal_of
from ingest_api.audiences import stamped
from ingest_api.body import read_body
from ingest_api.errors import ErrorBody, MalformedBody, OverLimit, UnsupportedBody
from ingest_api.group_commit import Submission
from ingest_api.observation import note
from ingest_api.receiver import Receiver
from limnograph.wire.envelope import CONTENT_TYPE, Process, Stream, parse_request
from limnograph.wire.errors import FormatError, LimitError


class Accepted(BaseModel):
    """The blocks are durable: their bytes in the object store, their rows committed."""

    accepted: int = Field(description="Blocks stored now.", examples=[3])
    duplicates: int = Field(description="Blocks known already; nothing changed.", examples=[0])


_BODY_DOC = {
    "requestBody": {
        "required": True,
        "description": (
            "One process, its streams and any number of blocks: magic `LIMNOREQ`, u32 header"
            " length, a JSON header, then the blocks' payloads. docs/formats/limnograph-v1.md"
            " describes every byte. `Content-Encoding` may be `gzip`, `zstd`, `deflate` or"
            " `snappy`."
        ),
        "content": {CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}},
    },
    "parameters": [
        {
            "name": "Content-Encoding",
            "in": "header",
            "required": False,
            "schema": {"type": "string", "enum": ["gzip", "zstd", "deflate", "snappy", "identity"]},
        }
    ],
}

_ERROR_DOCS: dict[int | str, dict[str, object]] = {
    400: {"model": ErrorBody, "description": "The body breaks the format. Do not send it again."},
    413: {"model": ErrorBody, "description": "Over a named limit. Send less at once."},
    415: {"model": ErrorBody, "description": "Another content type or encoding is needed."},
    503: {
        "model": ErrorBody,
        "description": "Busy, or a store does not answer. Send it again unchanged.",
        "headers": {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}},
    },
}


def native_routes(receiver: Receiver) -> APIRouter:
    """Return the routes of the native format."""
    router = APIRouter(tags=["ingest"])

    @router.post(
        "/v1/blocks",
        summary="Store blocks",
        response_model=Accepted,
        responses=_ERROR_DOCS,
        openapi_extra=_BODY_DOC,
    )
    async def post_blocks(request: Request) -> JSONResponse:
        """
        Answers 200 when every block of the request is durable and visible to queries.

        Repeating a block id is harmless: the first arrival wins. Blocks may arrive before the
        stream that they belong to.
        """
        content_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if content_type != CONTENT_TYPE:
            raise UnsupportedBody(f"Content-Type {content_type!r} is not {CONTENT_TYPE}")
        with receiver.in_flight.reservation() as reservation:
            body, received = await read_body(request, receiver.settings, reservation)
            submission = parse(body, receiver.settings.payload_bytes_max)
            own = stamped(submission, principal_of(request.scope))
            outcome = await receiver.groups.submit(own)
        receiver.metrics.request_stored(outcome, received)
        answer = {"accepted": outcome.accepted, "duplicates": outcome.duplicates}
        note(request.scope, process_id=submission.process.process_id, bytes=received, **answer)
        return JSONResponse(answer)

    return router


def parse(body: bytes, payload_bytes_max: int) -> Submission:
    """
    Return what a body asks to store; its payloads are views into *body*.

    Raises:
        MalformedBody: It breaks the format; the message names the byte.
        OverLimit: It is over a limit of the format or of ours.
    """
    try:
        request = parse_request(body)
    except LimitError as exc:
        raise OverLimit(exc.limit, exc.value, f"split the request ({exc.reason})") from exc
    except FormatError as exc:
        raise MalformedBody(str(exc)) from exc
    for block in request.blocks:
        if block.payload_size > payload_bytes_max:
            raise OverLimit(
                "payload_bytes_max",
                payload_bytes_max,
                f"block {block.block_id} has {block.payload_size} bytes; flush it earlier",
            )
    return Submission(
        process=_process_record(request.process),
        streams=tuple(_stream_record(stream) for stream in request.streams),
        blocks=request.blocks,
        payloads=request.payloads,
        size=sum(block.payload_size for block in request.blocks),
    )


def _process_record(process: Process) -> ProcessRecord:
    return ProcessRecord(
        process_id=process.process_id,
        exe=process.exe,
        username=process.username,
        realname=process.realname,
        computer=process.computer,
        distro=process.distro,
        cpu_brand=process.cpu_brand,
        tsc_frequency=process.tsc_frequency,
        start_time_ns=process.start_time_ns,
        start_ticks=process.start_ticks,
        parent_process_id=process.parent_process_id,
        properties=process.properties,
    )


def _stream_record(stream: Stream) -> StreamRecord:
    return StreamRecord(
        stream_id=stream.stream_id,
        process_id=stream.process_id,
        format=stream.format,
        tags=stream.tags,
        properties=stream.properties,
    )
