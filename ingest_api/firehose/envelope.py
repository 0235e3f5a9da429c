"""
What Firehose wraps records in, and the only answers that it understands.

Rule: an answer other than 200 makes Firehose deliver the same records again, until it gives up and
keeps them in its bucket; after 413 it gives up at once.
"""

import base64
import binascii
import time
from collections.abc import Mapping
from dataclasses import dataclass

from starlette.responses import JSONResponse

from ingest_api.errors import MalformedBody, OverLimit
from ingest_api.json_body import parsed
from ingest_api.limits import (
    FIREHOSE_ATTRIBUTES_MAX,
    FIREHOSE_ERROR_CHARS_MAX,
    FIREHOSE_RECORDS_MAX,
    RETRY_AFTER_S,
)

REQUEST_ID = "x-amz-firehose-request-id"
ACCESS_KEY = "x-amz-firehose-access-key"
COMMON_ATTRIBUTES = "x-amz-firehose-common-attributes"


@dataclass(frozen=True, slots=True)
class Delivery:
    """
    A delivery.

    Attributes:
        request_id: As the body has it.
        records: What is in each, still in base64.
    """

    request_id: str
    records: list[object]


def opened(body: bytes) -> Delivery:
    """
    Return what a body holds.

    Raises:
        MalformedBody: It is no delivery.
        OverLimit: It has too many records.
    """
    document = parsed(body)
    if not isinstance(document, dict):
        raise MalformedBody("the body is no object")
    records = document.get("records")
    if not isinstance(records, list):
        raise MalformedBody("the body has no array 'records'")
    if len(records) > FIREHOSE_RECORDS_MAX:
        raise OverLimit("firehose_records_max", FIREHOSE_RECORDS_MAX, "deliver fewer at once")
    request_id = document.get("requestId")
    return Delivery(request_id if isinstance(request_id, str) else "", records)


def data_of(record: object) -> bytes:
    """
    Return the bytes of a record.

    Raises:
        MalformedBody: It has none.
    """
    data = record.get("data") if isinstance(record, dict) else None
    if not isinstance(data, str):
        raise MalformedBody("no text 'data'")
    try:
        return base64.b64decode(data, validate=True)
    except (ValueError, binascii.Error) as exc:
        raise MalformedBody(f"'data' is not base64: {exc}") from exc


def common_attributes(header: str | None) -> dict[str, str]:
    """
    Return what the owner of the stream set to be sent with every delivery.

    Raises:
        MalformedBody: The header is not as Firehose writes it.
        OverLimit: It has too many.
    """
    if header is None:
        return {}
    document = parsed(header.encode("latin-1", "replace"))
    found = document.get("commonAttributes") if isinstance(document, dict) else None
    if not isinstance(found, dict) or not all(isinstance(text, str) for text in found.values()):
        raise MalformedBody(f"{COMMON_ATTRIBUTES} has no object 'commonAttributes' of texts")
    if len(found) > FIREHOSE_ATTRIBUTES_MAX:
        raise OverLimit("firehose_attributes_max", FIREHOSE_ATTRIBUTES_MAX, "set fewer")
    return found


def answer(status: int, request_id: str, error: str = "") -> JSONResponse:
    """Return what Firehose reads: with *error*, the delivery has failed."""
    content: Mapping[str, object] = {
        "requestId": request_id,
        "timestamp": time.time_ns() // 1_000_000,
        **({"errorMessage": error[:FIREHOSE_ERROR_CHARS_MAX]} if error else {}),
    }
    headers = {"Retry-After": str(RETRY_AFTER_S)} if status >= 500 else None
    return JSONResponse(content, status, headers)
