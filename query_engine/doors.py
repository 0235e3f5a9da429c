"""
Both doors over one service: opened together, drained together.

Order of a stop: new queries are refused, running ones get the grace, what is left is cancelled,
then the doors close. Nothing waits for a client that does not read.
"""

import time
from functools import partial
from threading import Thread

from assets.materialize import DecodedCache
from assets.storage.bulk import BulkStore
from assets.storage.lake import Lake
from assets.storage.tables import TableCache
from auth.authenticator import Authenticator
from auth.errors import ExposedWithoutLogin
from auth.opening import is_required
from auth.settings import AuthSettings
from query_engine.builds.builder import Builder, GapLimits
from query_engine.callers import EVERYBODY
from query_engine.defined.known import DefinedViews
from query_engine.flight.request import Engine
from query_engine.flight.server import FlightDoor, address, in_url
from query_engine.flight.slots import CallSlots
from query_engine.flight.succession import FlightDoors, bound
from query_engine.http.app import create_app
from query_engine.http.server import http_server
from query_engine.ingest.uploads import Uploads
from query_engine.lake_health import LakeHealth
from query_engine.limits import CLOSE_SECONDS_MAX
from query_engine.metrics import QueryMetrics
from query_engine.readiness import Readiness, check_lake
from query_engine.service import QueryService, allowance_of
from query_engine.settings import QuerySettings
from query_engine.tables.catalog import LakeTables
from query_engine.tables.listing import table_infos
from query_engine.tables.session import LakeCaches
from query_engine.tls.contexts import HttpTls, context_of
from query_engine.tls.identity import Identity, read_identity, tls_files
from query_engine.tls.watch import TlsWatch
from query_engine.workers.pool import WorkerPool

_STEP_S = 0.01


def lake_service(
    lake: Lake,
    settings: QuerySettings,
    workers: WorkerPool | None = None,
    limits: GapLimits | None = None,
    authenticator: Authenticator | None = None,
) -> tuple[QueryService, Readiness]:
    """
    Return a query service over *lake* with caches of its own, and whether it can answer.

    Args:
        lake: What it answers from.
        settings: Its settings.
        workers: Where plans run; None for a pool of its own.
        limits: What it does about gaps; None: what the settings say.
        authenticator: Says who asks; None: no credential is wanted.
    """
    metrics, views = QueryMetrics(), DefinedViews(lake.connection)
    snapshots = TableCache(settings.snapshot_cache_bytes)
    decoded = DecodedCache(settings.decoded_cache_bytes)
    for name, cache in (("snapshot", snapshots), ("decoded", decoded)):
        metrics.cache(name, lambda cache=cache: cache.counters)  # type: ignore[misc]
    metrics.collector(LakeHealth(lake, snapshots, views=views))
    allowance = allowance_of(settings)
    caches = LakeCaches(
        lake,
        snapshots,
        decoded,
        metrics,
        allowance=allowance,
        builder=Builder(lake, snapshots, limits or gap_limits(settings)),
        views=views,
        views_change=views.expect_change,
    )
    tables = LakeTables(caches, admin=_has_admins(settings, authenticator))
    service = QueryService(tables, settings, metrics, workers)

    return service, Readiness(partial(check_lake, lake, snapshots), service.check_open)


def gap_limits(settings: QuerySettings) -> GapLimits:
    """Return from where on something is done about what tables lack."""
    return GapLimits(
        settings.on_demand_process_bytes,
        settings.on_demand_global_bytes,
        settings.on_demand_build_bytes,
    )


def lake_uploads(
    lake: Lake,
    service: QueryService,
    settings: QuerySettings,
    authenticator: Authenticator | None = None,
) -> Uploads:
    """Return what takes uploads to *lake* beside *service*."""
    admin = _has_admins(settings, authenticator)
    return Uploads(BulkStore(lake), service.metrics, admin=admin, check_open=service.check_open)


def _has_admins(settings: QuerySettings, authenticator: Authenticator | None) -> bool:
    """Tell whether anybody has the functions of administrators: known ones, or everybody."""
    return settings.admin if authenticator is None or authenticator.is_open else True


class Doors:
    """
    The two servers of one service, listening from the moment this is made.

    Attributes:
        http_port: Where the HTTP door listens.
        flight_port: Where the Flight door listens.
        http_url: The same as a client's URI.
        flight_url: The same as a client's URI.
        authenticator: Says who calls.
        watch: Follows the TLS files; None without TLS.

    Without an authenticator no credential is wanted, which is for this machine only.

    Raises:
        ExposedWithoutLogin: There is no authenticator, and others reach the doors.
        OSError: A port cannot be listened on.
        TlsUnusable: The TLS files cannot be used.
    """

    def __init__(
        self,
        service: QueryService,
        ready: Readiness,
        settings: QuerySettings,
        uploads: Uploads | None = None,
        authenticator: Authenticator | None = None,
    ) -> None:
        if authenticator is None and is_required(AuthSettings(), [settings.host]):
            raise ExposedWithoutLogin(f"{settings.host} is listened on and nobody asks who calls")
        self._service = service
        self.authenticator = authenticator or Authenticator(anybody=EVERYBODY)
        files = tls_files(settings)
        identity = read_identity(files) if files else None
        http_tls = HttpTls(identity) if identity else None
        self._socket = bound(settings.host, settings.http_port)
        self.http_port: int = self._socket.getsockname()[1]
        engine = Engine(
            service,
            check_ready=ready,
            slots=CallSlots(settings.flight_calls_max),
            uploads=uploads,
            authenticator=self.authenticator,
        )
        service.metrics.gauge(
            "limnograph_query_flight_calls",
            "Calls of the Flight door under way",
            lambda: engine.slots.taken,
        )
        open_flight = partial(FlightDoor, engine, settings.host)
        try:
            self._flight = FlightDoors(open_flight, settings.host, settings.flight_port, identity)
        except BaseException:
            self._socket.close()
            raise
        self.flight_port: int = self._flight.port
        listed = lambda: table_infos(service.views())  # noqa: E731
        app = create_app(service, settings, listed, ready, self.authenticator)
        self._http = http_server(app, settings, http_tls.context if http_tls else None)
        self._thread = Thread(
            target=self._http.run, args=([self._socket],), name="http", daemon=True
        )
        self._thread.start()
        while not self._http.started and self._thread.is_alive():
            time.sleep(_STEP_S)
        self.http_url = f"http{'s' if identity else ''}://{in_url(settings.host)}:{self.http_port}"
        self.flight_url = address(settings.host, self.flight_port, tls=identity is not None)
        self.watch: TlsWatch | None = None
        if files and identity and http_tls:
            use = partial(_use, http_tls, self._flight)
            self.watch = TlsWatch(files, identity, use, service.metrics)
            self.watch.start(settings.tls_look_seconds)

    def close(self, grace_s: float) -> bool:
        """
        Drain and stop.

        Args:
            grace_s: How long running queries may go on.

        Returns:
            Whether everything has stopped; else the process should end without waiting.
        """
        if self.watch is not None:
            self.watch.stop()
        idle = self._service.close(grace_s)
        self._http.should_exit = True
        # Flight's shutdown waits for its streams without a deadline.
        closer = Thread(target=self._flight.shutdown, name="flight-shutdown", daemon=True)
        closer.start()
        deadline = time.monotonic() + CLOSE_SECONDS_MAX
        for thread in (closer, self._thread):
            thread.join(max(0.0, deadline - time.monotonic()))
        self._socket.close()
        return idle and not closer.is_alive() and not self._thread.is_alive()


def _use(http: HttpTls, flight: FlightDoors, identity: Identity) -> None:
    """Let new connections of both doors meet another certificate, or those of neither."""
    context = context_of(identity)
    flight.replace(identity)
    http.use(context)
