"""Settings of the query service."""

from typing import ClassVar

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from assets.storage.settings import Settings
from assets.storage.tables.limits import VACUUM_KEEP_MIN
from query_engine.builds.modes import OnDemand
from query_engine.limits import (
    BUILD_BYTES_MAX,
    BUILDS_MAX,
    DRAIN_SECONDS_MAX,
    FLIGHT_CALLS_MAX,
    GLOBAL_GAP_BYTES_MAX,
    HTTP_CONNECTIONS_MAX,
    HTTP_REQUESTS_MAX,
    PROCESS_GAP_BYTES_MAX,
    QUERY_MEMORY_BYTES_MAX,
    QUERY_SECONDS_MAX,
    RUNNING_QUERIES_MAX,
    SPILL_BYTES_MAX,
    TLS_LOOK_SECONDS,
    WAITING_QUERIES_MAX,
)
from query_engine.setting_types import BasePath, Networks, Origin, Origins

_MIB = 1 << 20


class QuerySettings(Settings):
    """Where the query service listens and how much it may use."""

    toml_section: ClassVar[str] = "query"
    model_config = SettingsConfigDict(env_prefix="LIMNO_QUERY_")

    host: str = Field(default="127.0.0.1", description="Address that both doors listen on.")
    http_port: int = Field(
        default=9481, ge=0, le=65535, description="Port of the HTTP door; 0 takes a free one."
    )
    flight_port: int = Field(
        default=9482,
        ge=0,
        le=65535,
        description="Port of the Arrow Flight door; 0 takes a free one.",
    )
    tls_cert_file: str | None = Field(
        default=None,
        description="PEM file with the certificate of both doors and the chain to its root; with "
        "it they speak TLS only. It is followed when it changes.",
    )
    tls_key_file: str | None = Field(
        default=None,
        description="PEM file with the certificate's private key, without a passphrase.",
    )
    tls_client_ca_file: str | None = Field(
        default=None,
        description="PEM file with the CAs of clients' certificates: who has none of theirs is "
        "not let in, on both doors; unset: clients need no certificate.",
    )
    tls_look_seconds: float = Field(
        default=TLS_LOOK_SECONDS, gt=0, description="How often the TLS files are looked at."
    )
    flight_calls_max: int = Field(
        default=FLIGHT_CALLS_MAX,
        ge=1,
        description="Calls of the Flight door at the same time, streams included; each has a "
        "thread. One more is refused.",
    )
    http_requests_max: int = Field(
        default=HTTP_REQUESTS_MAX,
        ge=1,
        description="Requests of the HTTP door at the same time; one more is refused. Health, "
        "metrics and cancelling always pass.",
    )
    http_connections_max: int = Field(
        default=HTTP_CONNECTIONS_MAX,
        ge=1,
        description="Open connections of the HTTP door; one more is refused.",
    )
    http_base_path: BasePath = Field(
        default="",
        description="Path that the HTTP door is found below from outside, as /lake behind a proxy; "
        "the proxy may take it off or leave it.",
    )
    http_cors_origins: Origins = Field(
        default="",
        description="Origins whose pages may ask the HTTP door, with commas between, as "
        "https://app.example.org; * for all, empty for none.",
    )
    http_perfetto_ui: Origin = Field(
        default="https://ui.perfetto.dev",
        description="Origin of the viewer that pages of the HTTP door open traces in; one of your "
        "own, so that no program from elsewhere reads them.",
    )
    http_trusted_proxies: Networks = Field(
        default="127.0.0.1,::1",
        description="Addresses and networks of proxies whose X-Forwarded-For and X-Forwarded-Proto "
        "the HTTP door believes, with commas between; empty for none.",
    )
    views_dir: str | None = Field(
        default=None,
        description="Folder of definitions of views, a file `<view>.toml` each; what its files "
        "say is what is defined, and a change is seen within seconds. Set it for one service, or "
        "give all of them the same files at the same path.",
    )
    running_queries_max: int = Field(
        default=RUNNING_QUERIES_MAX, ge=1, description="Queries that run at the same time."
    )
    waiting_queries_max: int = Field(
        default=WAITING_QUERIES_MAX,
        ge=0,
        description="Queries that may wait for their turn; one more is refused.",
    )
    query_seconds_max: float = Field(
        default=QUERY_SECONDS_MAX,
        gt=0,
        le=VACUUM_KEEP_MIN.total_seconds(),
        description="Seconds after which a query is stopped, the sending of its result included. "
        "At most an hour: so long maintenance keeps what a query has begun to read.",
    )
    memory_bytes_max: int = Field(
        default=QUERY_MEMORY_BYTES_MAX,
        ge=64 * _MIB,
        description="Memory that one query may use, bytes; one that needs more is stopped.",
    )
    spill_bytes_max: int = Field(
        default=SPILL_BYTES_MAX,
        ge=_MIB,
        description="Disk that one query may use for intermediate results, bytes.",
    )
    result_rows_max: int | None = Field(
        default=None, ge=1, description="Rows that a result may have; unset: any number."
    )
    range_seconds_max: float | None = Field(
        default=None,
        gt=0,
        description="Seconds of time that a query may ask a view for, by begin and end or by its "
        "conditions; unset: any range, also an open one.",
    )
    scan_bytes_max: int | None = Field(
        default=None, ge=1, description="Bytes of table files that a query may read; unset: any."
    )
    scratch_dir: str = Field(
        default="/var/tmp",  # noqa: S108
        description="Where intermediate results lie; a local disk, better not a memory file "
        "system. The service makes a directory of its own in it.",
    )
    engine_threads: int | None = Field(
        default=None, ge=1, description="Threads of one query; unset: one per core."
    )
    drain_seconds_max: float = Field(
        default=DRAIN_SECONDS_MAX,
        ge=0,
        description="Seconds that running queries get to end after SIGTERM.",
    )
    admin: bool = Field(
        default=True,
        description=(
            "Where no credential is wanted, everyone who reaches the doors has the functions of "
            "administrators, as `materialize_partitions`; false: nobody has. With a login the role "
            "`admin` decides."
        ),
    )
    snapshot_cache_bytes: int = Field(
        default=256 * _MIB, ge=0, description="Budget of cached table snapshots, bytes."
    )
    decoded_cache_bytes: int = Field(
        default=256 * _MIB, ge=0, description="Budget of cached decoded tail blocks, bytes."
    )
    on_demand: OnDemand = Field(
        default="wait",
        description="What a query does that meets a table which lacks much, unless it says so "
        "itself: `wait` for what is being built, or read the `tail` at once.",
    )
    on_demand_process_bytes: int = Field(
        default=PROCESS_GAP_BYTES_MAX,
        ge=0,
        description="Stored bytes of a process that the table of a per-process view may lack for "
        "a query to decode them; more are built first.",
    )
    on_demand_global_bytes: int = Field(
        default=GLOBAL_GAP_BYTES_MAX,
        ge=0,
        description="The same for the passed hours of a view that is kept for all processes.",
    )
    on_demand_build_bytes: int = Field(
        default=BUILD_BYTES_MAX,
        ge=0,
        description="Stored bytes up to which the service builds what is missing itself; more "
        "becomes a request to Dagster.",
    )

    telemetry_uri: str | None = Field(
        default=None,
        description="Receiver that the service's own log and the audit records of queries are sent "
        "to, which system.query_log shows; unset: they are not kept.",
    )

    @property
    def connections(self) -> int:
        """Postgres connections: a query, and a build, holds one and may ask for a second."""
        return 2 * self.running_queries_max + 2 * BUILDS_MAX + 2
