"""The columns that uploads are made of: a name, and a kind with its words."""

from limnograph.wire import limits as wire
from query_engine.ingest import kinds
from query_engine.ingest.table import IngestColumn


def text(name: str) -> IngestColumn:
    """Return a column of short texts."""
    return IngestColumn(
        name=name,
        expected=f"text of at most {wire.TEXT_CHARS_MAX} characters",
        read=kinds.read_text,
        check=kinds.short_text,
    )


def uuid(name: str) -> IngestColumn:
    """Return a column of ids."""
    return IngestColumn(
        name=name, expected="UUIDs as text", read=kinds.read_uuid, check=kinds.one_uuid
    )


def parent(name: str) -> IngestColumn:
    """Return a column of ids of which some are not known."""
    return IngestColumn(
        name=name,
        expected="UUIDs as text, or empty",
        read=kinds.read_uuid,
        check=kinds.uuid_or_none,
        optional=True,
    )


def integer(
    name: str,
    low: int = kinds.INT64_MIN,
    high: int = kinds.INT64_MAX,
    *,
    optional: bool = False,
) -> IngestColumn:
    """Return a column of integers in [low, high]."""
    return IngestColumn(
        name=name,
        expected="integers",
        read=kinds.read_integer,
        check=kinds.integer(low, high),
        optional=optional,
    )


def time(name: str) -> IngestColumn:
    """Return a column of times."""
    return IngestColumn(
        name=name,
        expected="timestamps with a time zone, from 1970 on",
        read=kinds.read_time,
        check=kinds.integer(0),
    )


def tags(name: str) -> IngestColumn:
    """Return a column of lists of short texts."""
    return IngestColumn(
        name=name, expected="lists of text", read=kinds.read_texts, check=kinds.tags
    )


def properties(name: str) -> IngestColumn:
    """Return a column of properties."""
    return IngestColumn(
        name=name,
        expected="maps of text to text, lists of structs of key and value, or JSON objects",
        read=kinds.read_properties,
        check=kinds.properties,
        optional=True,
        default={},
    )


def payload(name: str) -> IngestColumn:
    """Return a column of bytes, none of them empty."""
    return IngestColumn(name=name, expected="binary", read=kinds.read_bytes, check=kinds.some_bytes)


def metadata(name: str) -> IngestColumn:
    """Return a column of bytes that only native clients have."""
    return IngestColumn(
        name=name,
        expected="binary",
        read=kinds.read_bytes,
        check=bytes,
        optional=True,
        default=b"",
    )
