"""Where each part listens: from the settings, with free ports filled in, each one checked."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass

from ingest_api.listening import others
from ingest_api.settings import IngestSettings
from query_engine.settings import QuerySettings
from stack.errors import AddressUnusable, PortTaken
from stack.ports import LOOPBACK, free_port, is_free, is_free_on_all
from stack.settings import StackSettings

OFF = -1
"""In place of a port that is not listened on, though its part runs."""

_ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - recognized, not used


@dataclass(frozen=True, slots=True)
class Addresses:
    """
    Host and port of each part; a port of 0 is of a part that is not started.

    Attributes:
        ingest_grpc_port: OFF where OTLP over gRPC is not taken in.
        ingest_otlp_port: OFF where OTLP over HTTP has no port of its own.
        query_tls: The query service speaks TLS.
        query_client_certificates: And wants a certificate of its clients.
    """

    ingest_host: str
    ingest_port: int
    query_host: str
    query_http_port: int
    query_flight_port: int
    dagster_host: str
    dagster_port: int
    code_server_port: int
    query_tls: bool = False
    query_client_certificates: bool = False
    ingest_grpc_port: int = OFF
    ingest_otlp_port: int = OFF

    @property
    def ingest_url(self) -> str:
        """Where applications send: the SDK's ``LIMNO_INGEST_URI``."""
        return _url("http", self.ingest_host, self.ingest_port)

    @property
    def grpc_url(self) -> str:
        """Where OpenTelemetry's exporters send over gRPC; empty if that is off."""
        port = self.ingest_grpc_port
        return "" if port == OFF else _url("http", self.ingest_host, port)

    @property
    def otlp_url(self) -> str:
        """Where they send over HTTP, beside ``ingest_url``; empty if that is off."""
        port = self.ingest_otlp_port
        return "" if port == OFF else _url("http", self.ingest_host, port)

    @property
    def query_url(self) -> str:
        """The HTTP door of the query service."""
        return _url("https" if self.query_tls else "http", self.query_host, self.query_http_port)

    @property
    def flight_url(self) -> str:
        """The Arrow Flight door of the query service: the client's ``LIMNO_QUERY_URI``."""
        scheme = "grpc+tls" if self.query_tls else "grpc"
        return _url(scheme, self.query_host, self.query_flight_port)

    @property
    def dagster_url(self) -> str:
        """The Dagster UI."""
        return _url("http", self.dagster_host, self.dagster_port)


def reachable(host: str) -> str:
    """Return the host at which a client on this machine finds what listens on *host*."""
    return _ANYWHERE.get(host, host)


def _url(scheme: str, host: str, port: int) -> str:
    name = reachable(host)
    return f"{scheme}://[{name}]:{port}" if ":" in name else f"{scheme}://{name}:{port}"


def configured_addresses(
    stack: StackSettings, ingest: IngestSettings, query: QuerySettings
) -> Addresses:
    """Return the addresses as they are set; 0 stays 0."""
    return Addresses(
        ingest_host=ingest.host,
        ingest_port=ingest.port,
        query_host=query.host,
        query_http_port=query.http_port,
        query_flight_port=query.flight_port,
        dagster_host=stack.dagster_host,
        dagster_port=stack.dagster_port if stack.dagster else 0,
        code_server_port=0,
        query_tls=query.tls_cert_file is not None,
        query_client_certificates=query.tls_client_ca_file is not None,
        ingest_grpc_port=OFF if ingest.grpc_port is None else ingest.grpc_port,
        ingest_otlp_port=OFF if ingest.otlp_port is None else ingest.otlp_port,
    )


@dataclass(frozen=True, slots=True)
class _Place:
    """
    A port of `Addresses`, and the words for it in messages.

    Attributes:
        both_families: Of the loopback address it is listened on in IPv6, too.
    """

    port: str
    host: str
    part: str
    both_families: bool = False

    @property
    def variable(self) -> str:
        return f"LIMNO_{self.port.upper()}"


_PLACES = (
    _Place("ingest_port", "ingest_host", "the receiver"),
    _Place("query_http_port", "query_host", "the query service (HTTP)"),
    _Place("query_flight_port", "query_host", "the query service (Flight)"),
    _Place("dagster_port", "dagster_host", "the Dagster UI"),
    _Place("ingest_grpc_port", "ingest_host", "OTLP over gRPC", both_families=True),
    _Place("ingest_otlp_port", "ingest_host", "OTLP over HTTP", both_families=True),
)


def choose_addresses(
    configured: Addresses,
    *,
    dagster: bool,
    postgres_port: int = 0,
    optional: Collection[str] = (),
    say: Callable[[str], None] = print,
) -> Addresses:
    """
    Return *configured* with free ports in place of 0.

    Args:
        configured: What is set.
        dagster: Whether Dagster is started.
        postgres_port: What is set for the embedded Postgres: no other part may have it.
        optional: Ports that are left OFF where they are taken: defaults that nobody chose.
        say: Prints a line about each of these.

    Raises:
        PortTaken: A port that is set is in use, or set twice; the message names its setting.
        AddressUnusable: Nothing can listen there; likewise.
    """
    owners = {postgres_port: "LIMNO_POSTGRES_PORT"} if postgres_port else {}
    places = [
        place
        for place in _PLACES
        if (dagster or place.port != "dagster_port") and getattr(configured, place.port) != OFF
    ]
    chosen: dict[str, int] = {}
    for place in sorted(
        places, key=lambda place: (getattr(configured, place.port) == 0, place.port in optional)
    ):
        try:
            port = _chosen_port(place, configured, owners)
            owners[port] = place.variable
        except PortTaken as exc:
            if place.port not in optional:
                raise
            say(f"WARNING: no {place.part}: {exc}")
            port = OFF
        chosen[place.port] = port
    if dagster:
        chosen["code_server_port"] = free_port(without=owners)
    else:
        chosen["dagster_port"] = chosen["code_server_port"] = 0
    return Addresses(**{**asdict(configured), **chosen})


def otlp_defaults(ingest: IngestSettings) -> frozenset[str]:
    """Return the ports of `Addresses` that are OpenTelemetry's own, and that nobody set."""
    fields = {"grpc_port", "otlp_port"} - ingest.model_fields_set
    return frozenset(f"ingest_{field}" for field in fields)


def _chosen_port(place: _Place, configured: Addresses, owners: Mapping[int, str]) -> int:
    """Return the port of *place*; *owners* names the settings that have taken theirs."""
    wanted: int = getattr(configured, place.port)
    host: str = getattr(configured, place.host)
    if wanted in owners:
        raise PortTaken(
            f"{place.variable} and {owners[wanted]} are both {wanted}: change one of them "
            "(0 picks a free one)"
        )
    try:
        further = others(host) if place.both_families else ()
        taken = set(owners)
        while not wanted:
            port = free_port(host, without=taken)
            if is_free_on_all(port, further):
                return port
            taken.add(port)
        if is_free(wanted, host) and is_free_on_all(wanted, further):
            return wanted
    except OSError as exc:
        raise AddressUnusable(
            f"{place.part} cannot listen on {host}, port {wanted or 'of its choice'} "
            f"({exc.strerror}): change LIMNO_{place.host.upper()} or {place.variable}"
        ) from exc
    raise PortTaken(
        f"port {wanted} for {place.part} is taken by another program: stop it, or set "
        f"{place.variable} (0 picks a free one)"
    )
