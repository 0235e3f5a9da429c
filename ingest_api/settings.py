"""Settings of the receiver."""

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field
from pydantic_settings import SettingsConfigDict

from assets.storage.settings import Settings
from ingest_api import limits

OFF = "off"


def _off_is_none(value: object) -> object:
    return None if isinstance(value, str) and value.strip().lower() == OFF else value


PortOrOff = Annotated[Annotated[int, Field(ge=0, le=65_535)] | None, BeforeValidator(_off_is_none)]
"""A port, 0 for a free one, None for none."""


class IngestSettings(Settings):
    """How the receiver listens, and how much it takes in."""

    model_config = SettingsConfigDict(frozen=True, env_prefix="LIMNO_INGEST_", extra="forbid")
    toml_section: ClassVar[str] = "ingest"

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(
        default=9480, ge=0, le=65_535, description="Port to listen on; 0 picks a free one."
    )
    grpc_port: PortOrOff = Field(
        default=4317,
        description="Port for OTLP over gRPC; 0 picks a free one, `off` listens on none. Where the "
        "default is taken by another program, the receiver warns and goes on without it.",
    )
    otlp_port: PortOrOff = Field(
        default=4318,
        description="Second port of the same HTTP, where OpenTelemetry's exporters look by "
        "default; 0, `off` and a taken default as above.",
    )
    wire_body_bytes_max: int = Field(
        default=limits.WIRE_BODY_BYTES_MAX,
        gt=0,
        description="Longest request body as sent, bytes; a longer one is refused with 413.",
    )
    body_bytes_max: int = Field(
        default=limits.BODY_BYTES_MAX,
        gt=0,
        description="Longest request body after decompression, bytes; else 413.",
    )
    payload_bytes_max: int = Field(
        default=limits.PAYLOAD_BYTES_MAX,
        gt=0,
        description="Longest payload of one block, bytes; else 413.",
    )
    in_flight_bytes_max: int = Field(
        default=limits.IN_FLIGHT_BYTES_MAX,
        gt=0,
        description="Bytes of unanswered requests held in memory; beyond, requests get 503.",
    )
    segment_bytes: int = Field(
        default=limits.SEGMENT_BYTES,
        gt=0,
        description="A group of requests is flushed at this size, bytes.",
    )
    group_age_s_max: float = Field(
        default=limits.GROUP_AGE_S_MAX,
        ge=0,
        description="A group is flushed when its oldest request has waited this long, seconds.",
    )
    group_age_s_min: float = Field(
        default=limits.GROUP_AGE_S_MIN,
        ge=0,
        le=10,
        description="A request waits so long for others to share its object and transaction with, "
        "seconds, unless its group is full. In a bucket each object is paid for: with 1, a "
        "receiver makes about one a second, and senders wait a second for their answer.",
    )
    flushes_max: int = Field(
        default=limits.FLUSHES_MAX,
        gt=0,
        le=64,
        description="Groups written at the same time; each uses a Postgres connection.",
    )
    cors_origins: str = Field(
        default="",
        description="Origins of web pages whose scripts may send, separated by commas; `*` is any."
        " Empty: browsers keep scripts of other pages from sending.",
    )
    access_log: bool = Field(
        default=True, description="Write one JSON line per request to standard output."
    )
