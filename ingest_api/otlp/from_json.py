"""OTLP's JSON as protobuf: by the extension, or by Python where there is none."""

from assets.otlp_wire import json_request
from assets.otlp_wire.extension import native
from ingest_api.errors import MalformedBody, OverLimit


def to_protobuf(signal: str, body: bytes, bytes_max: int) -> bytes:
    """
    Return an export request as protobuf.

    Raises:
        MalformedBody: It is no JSON, or a member has a value that its type does not have.
        OverLimit: As protobuf it has more than *bytes_max* bytes.
    """
    if not body.strip():
        raise MalformedBody("the body is empty: an export request in JSON is at least {}")
    read = json_request.read if native is None else native.json_request
    try:
        return read(signal, body, bytes_max)
    except ValueError as exc:
        raise MalformedBody(exc.args[0]) from exc
    except OverflowError as exc:
        raise OverLimit("body_bytes_max", bytes_max, "send fewer records per request") from exc
