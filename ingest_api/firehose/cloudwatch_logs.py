"""A record of a subscription filter of CloudWatch Logs, told as OTLP as Micromegas tells it."""

from collections.abc import Mapping

from ingest_api.body import decompress
from ingest_api.errors import MalformedBody
from ingest_api.json_body import parsed
from ingest_api.otlp import write

_NS_PER_MS = 1_000_000
_MS_MAX = (2**63 - 1) // _NS_PER_MS


def as_otlp(record: bytes, common: Mapping[str, str], bytes_max: int) -> tuple[bytes, int]:
    """
    Return an ExportLogsServiceRequest, and of how many bytes the record was when unpacked.

    It is empty for a message that only says that the subscription works.

    Args:
        record: gzip of JSON, or the JSON itself, if Firehose was told to decompress.
        common: Further attributes of the resource.
        bytes_max: More than this is not decompressed.

    Raises:
        MalformedBody: It is no such record.
        OverLimit: It is longer than *bytes_max*.
    """
    text = record if record.lstrip()[:1] == b"{" else decompress("gzip", record, bytes_max)
    message = parsed(text)
    if not isinstance(message, dict):
        raise MalformedBody("no object")
    if message.get("messageType") == "CONTROL_MESSAGE":
        return b"", len(text)
    group, stream, owner = (
        _text(message, name, name) for name in ("logGroup", "logStream", "owner")
    )
    events = message.get("logEvents", [])
    if not isinstance(events, list):
        raise MalformedBody("'logEvents' is no array")
    records = b"".join(
        write.with_length(2, _log_record(event, f"logEvents[{at}]"))
        for at, event in enumerate(events)
    )
    if not records:
        return b"", len(text)
    known = {
        "service.name": group,
        "service.instance.id": stream,
        "cloud.account.id": owner,
        "aws.log.group.name": group,
        "aws.log.stream.name": stream,
    }
    resource = write.resource({**known, **{k: v for k, v in common.items() if k not in known}})
    return write.with_length(1, resource + write.with_length(2, records)), len(text)


def _log_record(event: object, place: str) -> bytes:
    if not isinstance(event, dict):
        raise MalformedBody(f"{place} is no object")
    time = event.get("timestamp")
    if not isinstance(time, int) or isinstance(time, bool) or not 0 <= time <= _MS_MAX:
        raise MalformedBody(f"{place}.timestamp = {str(time)[:40]} is no time in milliseconds")
    pairs = [("aws.log.event.id", _text(event, "id", f"{place}.id"))]
    extracted = event.get("extractedFields") or {}
    if not isinstance(extracted, dict):
        raise MalformedBody(f"{place}.extractedFields is no object")
    pairs += [
        (f"aws.log.extracted.{name}", value if isinstance(value, str) else "")
        for name, value in extracted.items()
    ]
    return (
        write.fixed64(1, time * _NS_PER_MS)
        + write.with_length(5, write.string_value(_text(event, "message", f"{place}.message")))
        + write.attributes(6, pairs)
    )


def _text(holder: Mapping[str, object], name: str, place: str) -> str:
    found = holder.get(name)
    if not isinstance(found, str):
        raise MalformedBody(f"{place} is no text")
    return found
