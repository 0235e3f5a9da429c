"""Where each part listens: from the settings, with free ports filled in, each one checked."""

from dataclasses import dataclass

from ingest_api.settings import IngestSettings
from query_engine.settings import QuerySettings
from stack.errors import PortTaken
from stack.ports import LOOPBACK, free_port, is_free
from stack.settings import StackSettings

_ANYWHERE = {"0.0.0.0": LOOPBACK, "::": "::1", "": LOOPBACK}  # noqa: S104 - recognized, not used


@dataclass(frozen=True, slots=True)
class Addresses:
    """Host and port of each part; a port of 0 is of a part that is not started."""

    ingest_host: str
    ingest_port: int
    query_host: str
    query_http_port: int
    query_flight_port: int
    dagster_host: str
    dagster_port: int
    code_server_port: int

    @property
    def ingest_url(self) -> str:
        """Where applications send: the SDK's ``LIMNO_INGEST_URI``."""
        return _url("http", self.ingest_host, self.ingest_port)

    @property
    def query_url(self) -> str:
        """The HTTP door of the query service."""
        return _url("http", self.query_host, self.query_http_port)

    @property
    def flight_url(self) -> str:
        """The Arrow Flight door of the query service: the client's ``LIMNO_QUERY_URI``."""
        return _url("grpc", self.query_host, self.query_flight_port)

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
    )


def choose_addresses(configured: Addresses, *, dagster: bool) -> Addresses:
    """
    Return *configured* with free ports in place of 0.

    Raises:
        PortTaken: A port that is set is in use; the message names its setting.
    """

    def port(wanted: int, host: str, variable: str, part: str) -> int:
        if wanted == 0:
            return free_port(host)
        if not is_free(wanted, host):
            raise PortTaken(
                f"port {wanted} for {part} is taken by another program: stop it, or set "
                f"{variable} (0 picks a free one)"
            )
        return wanted

    c = configured
    return Addresses(
        ingest_host=c.ingest_host,
        ingest_port=port(c.ingest_port, c.ingest_host, "LIMNO_INGEST_PORT", "the receiver"),
        query_host=c.query_host,
        query_http_port=port(
            c.query_http_port, c.query_host, "LIMNO_QUERY_HTTP_PORT", "the query service (HTTP)"
        ),
        query_flight_port=port(
            c.query_flight_port, c.query_host, "LIMNO_QUERY_FLIGHT_PORT", "the query service"
        ),
        dagster_host=c.dagster_host,
        dagster_port=port(c.dagster_port, c.dagster_host, "LIMNO_DAGSTER_PORT", "the Dagster UI")
        if dagster
        else 0,
        code_server_port=free_port() if dagster else 0,
    )
